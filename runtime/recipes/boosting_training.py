"""Learns one column of a table by boosting; XGBoost and LightGBM say how a round is made.

Driven by job.json (runtime/README.md). Leaves the library's own model file and model.card.json, which says how rows of
the table become what the model takes, and how well it does.
"""

import json
import os
import platform
import sys

import numpy as np
import pandas as pd
import sklearn

import table_problem
import trainyard
from boosting_columns import Columns, balanced_weights, encode_target
from boosting_rounds import Rounds
from table_checkpoints import Checkpoints
from table_reader import TableError
from table_scores import describe, score_amounts, score_classes

MOST_LISTED_FEATURES = 20


class Task:
    """What a library is asked to do."""

    def __init__(self, problem, params, own):
        self.params = params
        #: Parameters of the library itself, which the recipe passes on.
        self.free = {name: value for name, value in params.items() if name not in own}
        self.classes = problem.classes
        self.columns = Columns(problem)
        self.learned = self.columns.frame(problem.learned)
        self.held_back = self.columns.frame(problem.held_back)
        self.learned_target = encode_target(problem, problem.learned_target)
        self.held_back_target = encode_target(problem, problem.held_back_target)
        self.weights = balanced_weights(self.learned_target) if params["classWeight"] == "balanced" else None
        self.metrics = [name.strip() for name in params["metric"].split(",") if name.strip()]

    @property
    def kind(self):
        if self.classes is None:
            return "regression"
        return "two classes" if len(self.classes) == 2 else "several classes"


class Training:
    """`library` is a class; see xgboost_table.py for what it does."""

    def __init__(self, library, problem, params):
        self.problem = problem
        self.params = params
        self.task = Task(problem, params, library.own_parameters)
        self.library = library(self.task)
        metric = self.library.metrics[0]
        higher_is_better = metric.split("@")[0] in library.higher_is_better
        self.rounds = Rounds(params["rounds"], params["earlyStopping"], metric, higher_is_better)
        self.checkpoints = Checkpoints(self.identity(), "round-%06d.checkpoint", dump_checkpoint, load_checkpoint)
        self.is_stopped = False

    def identity(self):
        return {
            self.library.package: self.library.version,
            "parameters": json.loads(json.dumps(self.library.settings)),
            "earlyStopping": self.params["earlyStopping"],
            "classWeight": self.params["classWeight"],
            "seed": self.params["seed"],
            "testSize": self.params["testSize"],
            "target": self.problem.target,
            "columns": self.problem.features,
            "rows": len(self.problem.learned),
        }

    def run(self):
        """Until the last round, until no round gets better, or until somebody asks to stop."""
        saved = self.checkpoints.load()
        if saved is not None:
            self.rounds.restore(saved["rounds"])
            print("going on after round %d" % self.rounds.done, flush=True)
        print("%s %s on the %s" % (self.library.title, self.library.version, self.library.device_name), flush=True)
        self.library.train(self.rounds, saved and saved["model"], self.after_round)
        if self.rounds.has_stalled:
            print(
                "no better %s for %d rounds; the best was round %d"
                % (self.rounds.metric, self.rounds.patience, self.rounds.best),
                flush=True,
            )

    def after_round(self, metrics, model):
        """Called by the library; `model()` is the model so far, as bytes. Returns whether to go on."""
        self.rounds.add(metrics)
        self.is_stopped = trainyard.should_stop()
        if trainyard.should_save() or self.is_stopped or self.checkpoints.is_due:
            self.checkpoints.save(self.rounds.done, {"rounds": self.rounds.state(), "model": model()})
        return not self.is_stopped and not self.rounds.is_finished

    def save_model(self):
        path = os.path.join(trainyard.output_dir(), self.library.model_name)
        trainyard.save_atomically(path, self.library.finish(self.rounds.kept))
        card = self.card()
        card_path = os.path.join(trainyard.output_dir(), "model.card.json")
        trainyard.save_atomically(card_path, json.dumps(card, indent=2, ensure_ascii=False) + "\n")
        trainyard.model(path)
        trainyard.model(card_path)
        print("held-back rows: %s" % describe(card["scores"]["held_back"]), flush=True)

    def card(self):
        problem, library, rounds = self.problem, self.library, self.rounds
        return {
            "recipe": library.package,
            "task": problem.task,
            "target": problem.target,
            "classes": None if problem.classes is None else problem.classes.tolist(),
            "columns": self.task.columns.describe(),
            "left_out": problem.left_out,
            "objective": library.objective,
            "metric": {"name": rounds.metric, "best": rounds.best_score},
            "rounds": {"trained": rounds.done, "most": rounds.most, "best": rounds.best, "kept": rounds.kept},
            "finished": not self.is_stopped,
            "device": library.device,
            "rows": problem.count_rows(),
            "scores": {
                "learned": self.score(self.task.learned, problem.learned_target),
                "held_back": self.score(self.task.held_back, problem.held_back_target),
            },
            "importance": self.importance(),
            "parameters": self.params,
            "read": problem.reading,
            "versions": {
                "python": platform.python_version(),
                library.package: library.version,
                "scikit-learn": sklearn.__version__,
                "pandas": pd.__version__,
                "numpy": np.__version__,
            },
        }

    def score(self, frame, target):
        predicted = self.library.predict(frame)
        classes = self.problem.classes
        if classes is None:
            return score_amounts(target, predicted)
        probabilities = np.column_stack([1 - predicted, predicted]) if predicted.ndim == 1 else predicted
        probabilities = probabilities / probabilities.sum(axis=1, keepdims=True)
        return score_classes(target, classes[probabilities.argmax(axis=1)], probabilities, classes)

    def importance(self):
        """The columns that made the model better, the most first, each with its share of all gain."""
        gains = self.library.gains()
        total = sum(gains.values())
        named = {feature: name for name, feature in self.task.columns.names.items()}
        ranked = sorted(gains.items(), key=lambda item: -item[1])[:MOST_LISTED_FEATURES]
        return [{"name": named[feature], "share": gain / total} for feature, gain in ranked if gain > 0]


def dump_checkpoint(content, file):
    """A line of JSON, then the model as the library writes it."""
    state = dict(content["state"])
    model = state.pop("model")
    file.write(json.dumps(dict(content, state=state)).encode("utf-8") + b"\n")
    file.write(model)


def load_checkpoint(file):
    content = json.loads(file.readline().decode("utf-8"))
    content["state"]["model"] = file.read()
    return content


def has_gpu():
    """Whether this machine shows an NVIDIA GPU; also in a container, and in Windows' Linux."""
    return any(os.path.exists(path) for path in ("/dev/nvidiactl", "/dev/nvidia0", "/dev/dxg"))


def main(library):
    try:
        job = table_problem.read_job()
        problem = table_problem.read_problem(job)
        print(problem.describe(), flush=True)
        training = Training(library, problem, job["params"])
        training.run()
        training.save_model()
    except TableError as error:
        trainyard.error(str(error))
        sys.exit(1)
    except library.error as error:
        trainyard.error("%s refused this: %s" % (library.title, first_line(error)))
        sys.exit(1)


def first_line(error):
    """What a library says before the addresses of its C++ stack."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[0] if lines else type(error).__name__
