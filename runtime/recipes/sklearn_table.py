"""Learns one column of a table from the others with scikit-learn.

Driven by job.json (runtime/README.md). Leaves model.joblib, a pipeline that takes rows as they stand in the table, and
model.card.json, which says what it expects and how well it does. Not called sklearn.py, or it would be imported as such.
"""

import json
import os
import platform
import sys

# Before scikit-learn loads OpenMP: its threads spin while they wait, which on a shared machine slows everybody down.
os.environ.setdefault("OMP_WAIT_POLICY", "passive")

import joblib
import numpy as np
import pandas as pd
import sklearn
from sklearn.pipeline import Pipeline

import table_problem
import trainyard
from sklearn_columns import make_columns
from sklearn_folds import CrossValidation
from sklearn_learners import make_learner
from sklearn_scores import score
from table_checkpoints import Checkpoints
from table_reader import TableError
from table_scores import describe

#: Not more rows than this are scored at every step: the curve must not cost more than the training.
MOST_SCORED_ROWS = 20_000


class Training:
    def __init__(self, problem, params):
        self.problem = problem
        self.params = params
        self.learner = make_learner(
            params["model"], params["iterations"], params["seed"], problem.learned_target, problem.classes
        )
        self.validation = CrossValidation(problem, params)
        self.checkpoints = Checkpoints(self.identity(), "iteration-%06d.joblib", dump, joblib.load)
        self.columns = make_columns(problem, self.learner.is_scaled)
        self.learned = self.columns.fit_transform(problem.learned)
        self.held_back = self.columns.transform(problem.held_back)

    def identity(self):
        return {
            "scikit-learn": sklearn.__version__,
            "model": type(self.learner.estimator).__name__,
            "iterations": self.learner.iterations,
            "folds": self.params["folds"],
            "seed": self.params["seed"],
            "testSize": self.params["testSize"],
            "task": self.problem.task,
            "target": self.problem.target,
            "columns": self.problem.features,
            "rows": len(self.problem.learned),
        }

    def run(self):
        """Through all folds and to the last iteration, or until somebody asks to stop."""
        saved = self.checkpoints.load()
        if saved is not None:
            self.learner = saved["learner"]
            self.validation = CrossValidation(self.problem, self.params, saved["folds"])
            print("going on after iteration %d" % self.learner.done, flush=True)
        if not self.validation.is_finished:
            self.validation.run(self.after_fold)
        while not self.learner.is_finished:
            self.learner.advance(self.learned, self.problem.learned_target)
            self.report()
            must_stop = trainyard.should_stop()
            if trainyard.should_save() or must_stop or self.checkpoints.is_due:
                self.save_checkpoint()
            if must_stop:
                break

    def save_checkpoint(self):
        self.checkpoints.save(self.learner.done, {"learner": self.learner, "folds": self.validation.scores})

    def after_fold(self, scores):
        """A point for each fold: its own scores, and the mean and spread of all so far."""
        metrics = {"cv_" + name: value for name, value in scores.items()}
        for name, spread in self.validation.summary().items():
            metrics.update({"cv_%s_mean" % name: spread["mean"], "cv_%s_std" % name: spread["std"]})
        done = len(self.validation.scores)
        status = "fold %d of %d" % (done, self.params["folds"])
        trainyard.report(status=status, **self.position(done, 0), **metrics)
        if trainyard.should_save() or self.checkpoints.is_due:
            self.save_checkpoint()

    def report(self):
        learner = self.learner
        estimator = learner.usable_estimator()
        scores = score(estimator, self.learned, self.problem.learned_target, MOST_SCORED_ROWS)
        held_back = score(estimator, self.held_back, self.problem.held_back_target, MOST_SCORED_ROWS)
        scores.update({"val_" + name: value for name, value in held_back.items()})
        trainyard.report(**self.position(self.params["folds"], learner.done), **scores)

    def position(self, folds_done, iterations_done):
        """Where the training is. A fold is a step like those of the model that comes after all of them."""
        learner, folds = self.learner, self.params["folds"]
        unit = "step" if folds else learner.unit
        return {
            "progress": (folds_done + iterations_done / learner.iterations) / (folds + 1),
            unit: folds_done + iterations_done,
            "total_%ss" % unit: folds + learner.iterations,
        }

    def save_model(self):
        estimator = self.learner.usable_estimator()
        pipeline = Pipeline([("columns", self.columns), ("model", estimator)])
        path = os.path.join(trainyard.output_dir(), "model.joblib")
        trainyard.save_atomically(path, lambda file: joblib.dump(pipeline, file, compress=3))
        card = self.card(estimator)
        card_path = os.path.join(trainyard.output_dir(), "model.card.json")
        trainyard.save_atomically(card_path, json.dumps(card, indent=2, ensure_ascii=False) + "\n")
        trainyard.model(path)
        trainyard.model(card_path)
        for name, spread in self.validation.summary().items():
            print("%d folds: %s %.4f ± %.4f" % (len(self.validation.scores), name, spread["mean"], spread["std"]))
        print("held-back rows: %s" % describe(card["scores"]["held_back"]), flush=True)

    def card(self, estimator):
        problem = self.problem
        return {
            "recipe": "sklearn",
            "task": problem.task,
            "target": problem.target,
            "classes": None if problem.classes is None else problem.classes.tolist(),
            "columns": [{"name": n, "type": "number" if n in problem.numbers else "text"} for n in problem.features],
            "left_out": problem.left_out,
            "model": type(estimator).__name__,
            "iterations": self.learner.done,
            "finished": self.learner.is_finished,
            "rows": problem.count_rows(),
            "scores": {
                "learned": score(estimator, self.learned, problem.learned_target),
                "held_back": score(estimator, self.held_back, problem.held_back_target),
            },
            "cross_validation": self.describe_folds(),
            "parameters": self.params,
            "read": problem.reading,
            "versions": {
                "python": platform.python_version(),
                "scikit-learn": sklearn.__version__,
                "pandas": pd.__version__,
                "numpy": np.__version__,
                "joblib": joblib.__version__,
            },
        }

    def describe_folds(self):
        """None when none were asked for."""
        if self.params["folds"] == 0:
            return None
        validation = self.validation
        return {"folds": validation.folds, "done": len(validation.scores), "scores": validation.summary()}


def dump(content, file):
    joblib.dump(content, file, compress=3)


def main():
    job = table_problem.read_job()
    problem = table_problem.read_problem(job)
    print(problem.describe(), flush=True)
    training = Training(problem, job["params"])
    training.run()
    training.save_model()


if __name__ == "__main__":
    try:
        main()
    except TableError as error:
        trainyard.error(str(error))
        sys.exit(1)
