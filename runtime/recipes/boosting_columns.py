"""Rows of a table as boosting libraries take them: numbers, categories and gaps, under names they accept."""

import re

import numpy as np
import pandas as pd

#: What XGBoost ([ ] <) or LightGBM (those of JSON, blanks) does not take in a name.
FORBIDDEN_IN_NAMES = re.compile(r"[\[\]<>{}\":,\s]")


class Columns:
    """How rows become a frame to learn from. All of it stands in the card, so that anybody can repeat it."""

    def __init__(self, problem):
        self.features = problem.features
        self.names = dict(zip(problem.features, accepted_names(problem.features)))
        #: By column of text, the values it has in the rows to learn from; any other is a gap.
        self.categories = {name: sorted(problem.learned[name].dropna().unique()) for name in problem.texts}

    def frame(self, rows):
        columns = {self.names[name]: self.column(rows[name]) for name in self.features}
        return pd.DataFrame(columns, index=rows.index)

    def column(self, values):
        if values.name not in self.categories:
            return values.astype("float64")
        known = np.array(self.categories[values.name], dtype=object)
        return pd.Series(pd.Categorical(values, categories=known), index=values.index)

    def describe(self):
        """For the card."""
        return [self.describe_column(name) for name in self.features]

    def describe_column(self, name):
        described = {"name": name, "feature": self.names[name]}
        if name not in self.categories:
            return dict(described, type="number")
        return dict(described, type="category", categories=self.categories[name])


def accepted_names(names):
    """Each name with `_` for what is not accepted, and a number where that makes two equal."""
    accepted = []
    for name in names:
        plain = FORBIDDEN_IN_NAMES.sub("_", name)
        unique, number = plain, 2
        while unique in accepted or (unique != name and unique in names):
            unique, number = "%s_%d" % (plain, number), number + 1
        accepted.append(unique)
    return accepted


def encode_target(problem, values):
    """The target as a library wants it: amounts as they are, classes as their place in `problem.classes`."""
    return values if problem.classes is None else np.searchsorted(problem.classes, values)


def balanced_weights(codes):
    """A weight for each row, so that every class weighs the same; their mean is 1."""
    counts = np.bincount(codes)
    return len(codes) / (np.count_nonzero(counts) * counts[codes])
