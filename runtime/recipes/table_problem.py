"""What is to be learned from a table, whatever learns it: the columns, the rows to learn from and those held back."""

import json
import os

import numpy as np
import pandas as pd
from sklearn.model_selection import train_test_split

import table_reader
from table_reader import TableError


class TableProblem:
    """The same parameters make the same parts of a table, so that the scores of different recipes can be compared."""

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
        #: Of the target, sorted; None when it is an amount.
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

    def describe(self):
        return "%s of '%s' in %s: %d rows to learn from, %d held back, %d columns" % (
            self.task,
            self.target,
            self.reading["file"],
            len(self.learned),
            len(self.held_back),
            len(self.features),
        )

    def count_rows(self):
        """For the card."""
        return {"table": self.table_rows, "learned": len(self.learned), "held_back": len(self.held_back)}


def read_problem(job):
    """The problem that a job poses."""
    params = job["params"]
    name = table_reader.find_table(job["dataset"], params["file"])
    return TableProblem(table_reader.read_table(job["dataset"], name), params)


def read_job():
    with open(os.environ["TRAINYARD_JOB_FILE"], encoding="utf-8") as file:
        return json.load(file)
