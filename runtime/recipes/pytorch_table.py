"""A table as something to learn: its columns as numbers and as places in vocabularies, and the network."""

import numpy as np
import torch
from torch import nn

import table_problem
from pytorch_errors import TrainingError
from pytorch_predict import build_network, to_text
from pytorch_scores import AmountScores, ClassScores
from table_reader import TableError

#: Rarer values of a text column count as unknown.
MOST_VALUES = 1_000
#: A one-hot column for each: more of them learn slowly.
MOST_ONE_HOT_VALUES = 50


class RowProblem:
    """A column to learn from the others, for `pytorch_loop.Training`."""

    kind = "table"
    #: Amounts need all their digits, and the network is small.
    is_mixed_precision_useful = False

    def __init__(self, job):
        self.params = job["params"]
        try:
            self.table = table_problem.read_problem(job)
        except TableError as error:
            raise TrainingError(str(error)) from error
        self.task = self.table.task
        self.numbers, self.texts = self.table.numbers, self.table.texts
        found = self.table.classes
        self.classes = None if found is None else [str(name) for name in found.tolist()]
        if found is not None and len(found) < 2:
            raise TrainingError("'%s' is the same in every row; there is nothing to tell apart." % self.table.target)
        self.targets = {
            "train": self.encode_target(self.table.learned_target),
            "val": self.encode_target(self.table.held_back_target),
        }
        self.fit(self.table.learned)
        self.inputs = {"train": self.encode(self.table.learned), "val": self.encode(self.table.held_back)}

    def encode_target(self, values):
        """Classes as their numbers, amounts as they are."""
        if self.classes is None:
            return torch.tensor(values.astype("float32"))
        return torch.tensor(np.searchsorted(self.table.classes, values), dtype=torch.int64)

    def fit(self, frame):
        """What is known of the columns is learned from the rows to learn from alone."""
        numbers = frame[self.numbers].astype("float64")
        medians = numbers.median().fillna(0.0)
        filled = numbers.fillna(medians)
        scales = filled.std(ddof=0)
        self.medians = medians.tolist()
        self.means = filled.mean().tolist()
        self.scales = scales.where(scales > 0, 1.0).tolist()
        most = MOST_ONE_HOT_VALUES if self.params["textColumns"] == "one-hot" else MOST_VALUES
        self.vocabularies = [["<unknown>"] + commonest(frame[name], most) for name in self.texts]
        if self.classes is None:
            amounts = self.targets["train"].double()
            self.target_mean = float(amounts.mean())
            self.target_scale = float(amounts.std(unbiased=False)) or 1.0

    def encode(self, frame):
        """What `TableNet` takes."""
        inputs = {}
        if self.numbers:
            inputs["numbers"] = torch.tensor(frame[self.numbers].to_numpy(dtype="float32"))
        if self.texts:
            columns = []
            for name, values in zip(self.texts, self.vocabularies):
                places = {value: place for place, value in enumerate(values)}
                known = frame[name].map(lambda cell: places.get(to_text(cell), 0), na_action="ignore")
                columns.append(known.fillna(0).to_numpy(dtype="int64"))
            inputs["texts"] = torch.tensor(np.stack(columns, axis=1))
        return inputs

    def identity(self):
        return {
            "task": self.task,
            "target": self.table.target,
            "columns": self.table.features,
            "layers": self.layers(),
            "rows": self.size("train"),
        }

    def describe(self):
        return self.table.describe()

    def layers(self):
        try:
            return [int(units) for units in self.params["layers"].split(",") if units.strip()]
        except ValueError:
            raise TrainingError("layers must be whole numbers with commas between, as in 128,64.") from None

    def make_network(self, origin=None):
        """The network and where its weights come from."""
        self.architecture = {
            "name": "table",
            "numbers": len(self.numbers),
            "vocabularies": [len(values) for values in self.vocabularies],
            "layers": self.layers(),
            "outputs": 0 if self.classes is None else len(self.classes),
            "dropout": self.params["dropout"],
            "texts_as": self.params["textColumns"],
        }
        network = build_network(self.architecture)
        network.medians.copy_(torch.tensor(self.medians))
        network.means.copy_(torch.tensor(self.means))
        network.scales.copy_(torch.tensor(self.scales))
        if self.classes is None:
            network.target_mean.fill_(self.target_mean)
            network.target_scale.fill_(self.target_scale)
        self.network = network
        return network, origin or "random"

    def usual_learning_rate(self):
        return 0.01 if self.params["optimizer"] == "sgd" else 0.003

    def to_training(self):
        self.network.train()

    def size(self, part):
        return len(self.targets.get(part, ()))

    def batches(self, part, batches, turn, device):
        """(inputs, targets) for each list of numbers."""
        for batch in batches:
            rows = torch.tensor(batch)
            inputs = {name: values[rows].to(device) for name, values in self.inputs[part].items()}
            yield inputs, self.targets[part][rows].to(device)

    def make_loss(self, device):
        """What is to become small: of (outputs, targets)."""
        if self.classes is None:
            return ScaledSquares(self.target_scale)
        weight = None
        if self.params["classWeights"]:
            counts = torch.bincount(self.targets["train"], minlength=len(self.classes))
            weight = (counts.sum() / (len(self.classes) * counts)).float().to(device)
        return nn.CrossEntropyLoss(weight=weight, label_smoothing=self.params["labelSmoothing"])

    def make_plain_loss(self, device):
        """What held-back rows are measured by, whatever helps learning."""
        return ScaledSquares(self.target_scale) if self.classes is None else nn.CrossEntropyLoss()

    def make_scores(self):
        return AmountScores(self.target_mean) if self.classes is None else ClassScores(self.classes)

    def preprocessing(self):
        reading = self.table.reading
        return {
            "kind": "table",
            "target": self.table.target,
            "numbers": self.numbers,
            "texts": self.texts,
            "vocabularies": self.vocabularies,
            "decimal_commas": reading["decimal_commas"],
            "read": {"separator": reading["separator"], "encoding": reading["encoding"]},
        }

    def example_inputs(self):
        return {name: values[:2] for name, values in self.inputs["train"].items()}

    def card(self):
        table = self.table
        return {
            "target": table.target,
            "classes": self.classes,
            "columns": [{"name": n, "type": "number" if n in self.numbers else "text"} for n in table.features],
            "left_out": table.left_out,
            "rows": table.count_rows(),
            "read": table.reading,
        }


class ScaledSquares:
    """The mean square of the errors, in units of how far the amounts are spread."""

    def __init__(self, scale):
        self.scale = scale

    def __call__(self, outputs, targets):
        return (((outputs - targets) / self.scale) ** 2).mean()


def commonest(column, most):
    """The texts of a column, the most frequent first, without gaps."""
    counts = column.dropna().map(to_text).value_counts()
    return sorted(counts.index.tolist(), key=lambda value: (-counts[value], value))[:most]
