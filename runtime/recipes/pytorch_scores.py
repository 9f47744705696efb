"""How well a model does on data it was not taught."""

import math

import torch

#: With more classes the matrix is left out of the card: nobody reads it, and it grows with the square.
MOST_CLASSES_IN_MATRIX = 100
#: With more classes a curve for each hides the others.
MOST_CLASSES_WITH_CURVE = 10


class ClassScores:
    """Counts what was taken for what: a matrix [true class, predicted class]."""

    def __init__(self, classes):
        self.classes = classes
        self.matrix = torch.zeros(len(classes), len(classes), dtype=torch.int64)

    def add(self, outputs, targets):
        """`outputs` are scores [examples, classes]."""
        places = targets.cpu() * len(self.classes) + outputs.argmax(dim=1).cpu()
        self.matrix += torch.bincount(places, minlength=self.matrix.numel()).view_as(self.matrix)

    def summary(self):
        """`accuracy`, and `f1`: the mean over the classes that are there or were predicted."""
        present = [row for row in self.rows() if row["support"] or row["predicted"]]
        count = int(self.matrix.sum())
        return {
            "accuracy": int(self.matrix.diag().sum()) / count if count else 0.0,
            "f1": sum(row["f1"] for row in present) / len(present) if present else 0.0,
        }

    def curves(self):
        """A share of each class that was recognised, when there are few."""
        if len(self.classes) > MOST_CLASSES_WITH_CURVE:
            return {}
        return {"accuracy/%s" % row["class"]: row["recall"] for row in self.rows() if row["support"]}

    def details(self):
        """For the card."""
        rows = [{name: value for name, value in row.items() if name != "predicted"} for row in self.rows()]
        details = {"per_class": rows}
        if len(self.classes) <= MOST_CLASSES_IN_MATRIX:
            details["confusion"] = {"rows": "true", "columns": "predicted", "counts": self.matrix.tolist()}
        return details

    def rows(self):
        hits = self.matrix.diag().tolist()
        supports = self.matrix.sum(dim=1).tolist()
        predictions = self.matrix.sum(dim=0).tolist()
        for name, hit, support, predicted in zip(self.classes, hits, supports, predictions):
            yield {
                "class": name,
                "precision": hit / predicted if predicted else 0.0,
                "recall": hit / support if support else 0.0,
                "f1": 2 * hit / (support + predicted) if support + predicted else 0.0,
                "support": support,
                "predicted": predicted,
            }

    @staticmethod
    def is_better(new, old):
        """`f1` decides, and where it is equal a loss that is clearly lower."""
        return new["f1"] > old["f1"] or (new["f1"] == old["f1"] and new["loss"] < 0.999 * old["loss"])


class AmountScores:
    """Sums up the errors of amounts, without keeping them."""

    def __init__(self, shift):
        #: Near the mean of the targets, so that their squares keep their digits.
        self.shift = shift
        self.count = 0
        self.squares = self.absolutes = self.sum = self.sum_of_squares = 0.0

    def add(self, outputs, targets):
        targets = targets.double().cpu()
        errors = outputs.double().cpu() - targets
        shifted = targets - self.shift
        self.count += len(targets)
        self.squares += float((errors**2).sum())
        self.absolutes += float(errors.abs().sum())
        self.sum += float(shifted.sum())
        self.sum_of_squares += float((shifted**2).sum())

    def summary(self):
        """`rmse` and `mae` in the units of the table, `r2`: 1 is perfect, 0 no better than the mean."""
        count = max(1, self.count)
        variance = self.sum_of_squares - self.sum**2 / count
        return {
            "rmse": math.sqrt(self.squares / count),
            "mae": self.absolutes / count,
            "r2": 1.0 - self.squares / variance if variance > 0 else 0.0,
        }

    def curves(self):
        return {}

    def details(self):
        return {}

    @staticmethod
    def is_better(new, old):
        return new["rmse"] < old["rmse"]
