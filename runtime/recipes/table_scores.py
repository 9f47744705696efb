"""How well a column of a table is predicted, measured the same way whatever predicts it."""

import numpy as np
from sklearn.metrics import accuracy_score, f1_score, log_loss, mean_absolute_error, mean_squared_error, r2_score


def score_amounts(target, predicted):
    return {
        "rmse": float(np.sqrt(mean_squared_error(target, predicted))),
        "mae": float(mean_absolute_error(target, predicted)),
        "r2": float(r2_score(target, predicted)),
    }


def score_classes(target, predicted, probabilities, classes):
    """`probabilities` has a column for each of `classes`; None when the model tells none."""
    scores = {
        "accuracy": float(accuracy_score(target, predicted)),
        "f1": float(f1_score(target, predicted, average="macro", zero_division=0)),
    }
    if probabilities is not None:
        scores["loss"] = float(log_loss(target, probabilities, labels=classes))
    return scores


def describe(scores):
    return ", ".join("%s %.4f" % item for item in scores.items())
