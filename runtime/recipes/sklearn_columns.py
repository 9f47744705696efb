"""Turns rows of a table into numbers for scikit-learn: gaps filled, text as yes/no columns."""

import numpy as np
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, StandardScaler

MOST_ENCODED_CATEGORIES = 50


def make_columns(problem, is_scaled):
    """A transformer for the columns of a TableProblem; `is_scaled` makes all numbers of similar size."""
    as_float = FunctionTransformer(np.asarray, kw_args={"dtype": "float64"}, feature_names_out="one-to-one")
    numbers = [("float", as_float), ("gaps", SimpleImputer(strategy="median", keep_empty_features=True))]
    if is_scaled:
        numbers.append(("scale", StandardScaler()))
    encoder = OneHotEncoder(
        handle_unknown="infrequent_if_exist", max_categories=MOST_ENCODED_CATEGORIES, sparse_output=False
    )
    texts = [("gaps", SimpleImputer(strategy="most_frequent", keep_empty_features=True)), ("encode", encoder)]
    return ColumnTransformer(
        [("numbers", Pipeline(numbers), problem.numbers), ("texts", Pipeline(texts), problem.texts)],
        verbose_feature_names_out=False,
    )
