"""Cross-validation: how much the score depends on which rows are learned from."""

import warnings

import numpy as np
from sklearn.model_selection import KFold, StratifiedKFold

import trainyard
from sklearn_columns import make_columns
from sklearn_learners import make_learner
from sklearn_scores import score


class CrossValidation:
    """Teaches a model anew for each fold and tests it on the rows of that fold. Held-back rows take no part."""

    def __init__(self, problem, params, scores=()):
        self.problem = problem
        self.params = params
        self.folds = params["folds"]
        #: Of each fold that is done.
        self.scores = list(scores)

    @property
    def is_finished(self):
        return len(self.scores) >= self.folds

    def run(self, after_fold):
        """Goes on with the first fold that is not done; ends early when somebody asks to stop."""
        target = self.problem.learned_target
        kind = KFold if self.problem.classes is None else StratifiedKFold
        with warnings.catch_warnings():
            # That a class has too few rows was said before the start.
            warnings.simplefilter("ignore", UserWarning)
            parts = list(kind(self.folds, shuffle=True, random_state=self.params["seed"]).split(target, target))
        for learned, tested in parts[len(self.scores) :]:
            scores = self.teach(learned, tested)
            if scores is None:
                return
            self.scores.append(scores)
            after_fold(scores)
            if trainyard.should_stop():
                return

    def teach(self, learned, tested):
        """The scores of one fold; None when somebody asks to stop in the middle."""
        rows, target = self.problem.learned, self.problem.learned_target
        learner = make_learner(
            self.params["model"], self.params["iterations"], self.params["seed"], target[learned], self.problem.classes
        )
        columns = make_columns(self.problem, learner.is_scaled)
        prepared = columns.fit_transform(rows.iloc[learned])
        while not learner.is_finished:
            if trainyard.should_stop():
                return None
            learner.advance(prepared, target[learned])
        return score(learner.usable_estimator(), columns.transform(rows.iloc[tested]), target[tested])

    def summary(self):
        """Mean and standard deviation over the folds that are done, by metric."""
        names = self.scores[0] if self.scores else ()
        return {name: self.spread([scores[name] for scores in self.scores if name in scores]) for name in names}

    @staticmethod
    def spread(values):
        return {"mean": float(np.mean(values)), "std": float(np.std(values))}
