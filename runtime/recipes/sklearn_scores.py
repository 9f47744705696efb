"""How well an estimator predicts, in the metrics of the recipe."""

from table_scores import score_amounts, score_classes


def score(estimator, rows, target, most_rows=None):
    """On at most so many rows."""
    rows, target = rows[:most_rows], target[:most_rows]
    predicted = estimator.predict(rows)
    if not hasattr(estimator, "classes_"):
        return score_amounts(target, predicted)
    probabilities = estimator.predict_proba(rows) if hasattr(estimator, "predict_proba") else None
    return score_classes(target, predicted, probabilities, estimator.classes_)
