"""Learns one column of a table from the others with scikit-learn.

Driven by job.json (runtime/README.md). Leaves model.joblib, a pipeline that takes rows as they stand in the table, and
model.card.json, which says what it expects and how well it does. Not called sklearn.py, or it would be imported as such.
"""

import json
import os
import platform
import sys
import time

# Before scikit-learn loads OpenMP: its threads spin while they wait, which on a shared machine slows everybody down.
os.environ.setdefault("OMP_WAIT_POLICY", "passive")

import joblib
import numpy as np
import pandas as pd
import sklearn
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.metrics import accuracy_score, f1_score, log_loss, mean_absolute_error, mean_squared_error, r2_score
from sklearn.model_selection import train_test_split
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, StandardScaler

import table_reader
import trainyard
from sklearn_learners import make_learner
from table_reader import TableError

#: Not more rows than this are scored at every step: the curve must not cost more than the training.
MOST_SCORED_ROWS = 20_000
MOST_ENCODED_CATEGORIES = 50
SECONDS_BETWEEN_CHECKPOINTS = 10
KEPT_CHECKPOINTS = 2


class Problem:
    """What is to be learned: the columns that are used, the rows to learn from and those held back."""

    def __init__(self, table, params):
        frame = table.frame
        self.table_rows = len(frame)
        self.reading = table.reading
        self.target = table_reader.find_target(list(frame.columns), params["target"])
        self.task = table_reader.decide_task(frame[self.target], params["task"])
        frame = frame[frame[self.target].notna()]
        ignored = [name.strip() for name in params["ignore"].split(",")]
        candidates = [name for name in frame.columns if name != self.target and name not in ignored]
        self.left_out = [name for name in candidates if table_reader.is_left_out(frame[name])]
        self.features = [name for name in candidates if name not in self.left_out]
        if not self.features:
            raise TableError("The table has no column to learn from beside '%s'." % self.target)
        self.numbers = [name for name in self.features if pd.api.types.is_numeric_dtype(frame[name])]
        self.texts = [name for name in self.features if name not in self.numbers]
        self.split(frame, params["testSize"], params["seed"])

    def split(self, frame, test_size, seed):
        target = self.target_values(frame[self.target])
        self.classes = np.unique(target) if self.task == "classification" else None
        try:
            parts = train_test_split(
                frame[self.features],
                target,
                test_size=test_size,
                random_state=seed,
                stratify=None if self.classes is None else target,
            )
        except ValueError as error:
            raise TableError("The rows cannot be divided into two parts: %s" % error) from error
        self.learned, self.held_back, self.learned_target, self.held_back_target = parts

    def target_values(self, column):
        if self.task == "regression":
            if not table_reader.is_number(column):
                raise TableError("'%s' holds text, and regression needs numbers." % self.target)
            return column.to_numpy(dtype="float64")
        if not pd.api.types.is_numeric_dtype(column):
            return column.to_numpy(dtype=object)
        if not table_reader.is_whole(column):
            raise TableError("'%s' holds decimal numbers: that is regression, not classification." % self.target)
        return column.to_numpy(dtype=bool if pd.api.types.is_bool_dtype(column) else "int64")

    def make_columns(self, is_scaled):
        """Turns rows of the table into numbers: gaps filled, text as yes/no columns."""
        as_float = FunctionTransformer(np.asarray, kw_args={"dtype": "float64"}, feature_names_out="one-to-one")
        numbers = [("float", as_float), ("gaps", SimpleImputer(strategy="median", keep_empty_features=True))]
        if is_scaled:
            numbers.append(("scale", StandardScaler()))
        encoder = OneHotEncoder(
            handle_unknown="infrequent_if_exist", max_categories=MOST_ENCODED_CATEGORIES, sparse_output=False
        )
        texts = [("gaps", SimpleImputer(strategy="most_frequent", keep_empty_features=True)), ("encode", encoder)]
        return ColumnTransformer(
            [("numbers", Pipeline(numbers), self.numbers), ("texts", Pipeline(texts), self.texts)],
            verbose_feature_names_out=False,
        )


class Checkpoints:
    """Saves a learner now and then, and finds the one to go on from."""

    def __init__(self, identity):
        #: What must be equal for a checkpoint to fit this training.
        self.identity = identity
        self.saved_at = time.monotonic()

    def load(self):
        path = trainyard.resume_from()
        if path is None:
            return None
        saved = joblib.load(path)
        if saved["identity"] != self.identity:
            differing = [name for name, value in self.identity.items() if saved["identity"].get(name) != value]
            raise TableError(
                "The checkpoint %s does not fit: %s changed since; start a fresh job."
                % (os.path.basename(path), ", ".join(differing) or "its version")
            )
        return saved["learner"]

    @property
    def is_due(self):
        return time.monotonic() - self.saved_at >= SECONDS_BETWEEN_CHECKPOINTS

    def save(self, learner):
        path = trainyard.checkpoint_path("iteration-%06d.joblib" % learner.done)
        content = {"identity": self.identity, "learner": learner}
        trainyard.save_atomically(path, lambda file: joblib.dump(content, file, compress=3))
        self.saved_at = time.monotonic()
        folder = os.path.dirname(path)
        names = sorted(name for name in os.listdir(folder) if name.startswith("iteration-"))
        for name in names[:-KEPT_CHECKPOINTS]:
            os.unlink(os.path.join(folder, name))


class Training:
    def __init__(self, problem, params):
        self.problem = problem
        self.params = params
        self.learner = make_learner(
            params["model"], params["iterations"], params["seed"], problem.learned_target, problem.classes
        )
        self.checkpoints = Checkpoints(self.identity())
        self.columns = problem.make_columns(self.learner.is_scaled)
        self.learned = self.columns.fit_transform(problem.learned)
        self.held_back = self.columns.transform(problem.held_back)

    def identity(self):
        return {
            "scikit-learn": sklearn.__version__,
            "model": type(self.learner.estimator).__name__,
            "iterations": self.learner.iterations,
            "seed": self.params["seed"],
            "testSize": self.params["testSize"],
            "task": self.problem.task,
            "target": self.problem.target,
            "columns": self.problem.features,
            "rows": len(self.problem.learned),
        }

    def run(self):
        """Until the last iteration, or until somebody asks to stop."""
        self.learner = self.checkpoints.load() or self.learner
        if self.learner.done > 0:
            print("going on after iteration %d" % self.learner.done, flush=True)
        while not self.learner.is_finished:
            self.learner.advance(self.learned, self.problem.learned_target)
            self.report()
            must_stop = trainyard.should_stop()
            if trainyard.should_save() or must_stop or self.checkpoints.is_due:
                self.checkpoints.save(self.learner)
            if must_stop:
                break

    def report(self):
        learner = self.learner
        estimator = learner.usable_estimator()
        scores = score(estimator, self.learned, self.problem.learned_target, MOST_SCORED_ROWS)
        held_back = score(estimator, self.held_back, self.problem.held_back_target, MOST_SCORED_ROWS)
        scores.update({"val_" + name: value for name, value in held_back.items()})
        position = {learner.unit: learner.done, "total_%ss" % learner.unit: learner.iterations}
        trainyard.report(progress=learner.done / learner.iterations, **position, **scores)

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
            "rows": {
                "table": problem.table_rows,
                "learned": len(problem.learned),
                "held_back": len(problem.held_back),
            },
            "scores": {
                "learned": score(estimator, self.learned, problem.learned_target),
                "held_back": score(estimator, self.held_back, problem.held_back_target),
            },
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


def score(estimator, rows, target, most_rows=None):
    """How well the target is predicted, on at most so many rows."""
    rows, target = rows[:most_rows], target[:most_rows]
    predicted = estimator.predict(rows)
    if not hasattr(estimator, "classes_"):
        return {
            "rmse": float(np.sqrt(mean_squared_error(target, predicted))),
            "mae": float(mean_absolute_error(target, predicted)),
            "r2": float(r2_score(target, predicted)),
        }
    scores = {
        "accuracy": float(accuracy_score(target, predicted)),
        "f1": float(f1_score(target, predicted, average="macro", zero_division=0)),
    }
    if hasattr(estimator, "predict_proba"):
        scores["loss"] = float(log_loss(target, estimator.predict_proba(rows), labels=estimator.classes_))
    return scores


def describe(scores):
    return ", ".join("%s %.4f" % item for item in scores.items())


def read_job():
    with open(os.environ["TRAINYARD_JOB_FILE"], encoding="utf-8") as file:
        return json.load(file)


def main():
    job = read_job()
    params = job["params"]
    name = table_reader.find_table(job["dataset"], params["file"])
    problem = Problem(table_reader.read_table(job["dataset"], name), params)
    print(
        "%s of '%s' in %s: %d rows to learn from, %d held back, %d columns"
        % (problem.task, problem.target, name, len(problem.learned), len(problem.held_back), len(problem.features)),
        flush=True,
    )
    training = Training(problem, params)
    training.run()
    training.save_model()


if __name__ == "__main__":
    try:
        main()
    except TableError as error:
        trainyard.error(str(error))
        sys.exit(1)
