"""The models of the scikit-learn recipe, each taught in steps so that its curve can be watched."""

import copy
import math
import warnings

import numpy as np
from sklearn.compose import TransformedTargetRegressor
from sklearn.ensemble import (
    AdaBoostClassifier,
    AdaBoostRegressor,
    ExtraTreesClassifier,
    ExtraTreesRegressor,
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import ElasticNetCV, LinearRegression, LogisticRegression, Ridge, RidgeClassifier
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC, SVR
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

SMALL_TABLE_ROWS = 1_000
FORESTS = {
    "random-forest": (RandomForestClassifier, RandomForestRegressor),
    "extra-trees": (ExtraTreesClassifier, ExtraTreesRegressor),
}


class Learner:
    """A model and how far it is. Pickled in mid-training, it goes on exactly where it was."""

    #: What one of its iterations is called in a report.
    unit = "step"
    #: Whether it learns well only from columns of similar size.
    is_scaled = False
    #: About so many points are reported over the whole training.
    points = 50

    def __init__(self, estimator, iterations):
        self.estimator = estimator
        self.iterations = iterations
        self.done = 0

    @property
    def is_finished(self):
        return self.done >= self.iterations

    @property
    def iterations_per_point(self):
        return math.ceil(self.iterations / self.points)

    def advance(self, rows, target):
        """Teaches up to the next point."""
        self.done = min(self.iterations, self.done + self.iterations_per_point)
        self.teach(rows, target)

    def teach(self, rows, target):
        """Brings the estimator up to `done` iterations."""
        raise NotImplementedError

    def usable_estimator(self):
        """What predicts the target as it stands in the table."""
        return self.estimator


class Forest(Learner):
    """An iteration is a tree."""

    def teach(self, rows, target):
        self.estimator.set_params(n_estimators=self.done).fit(rows, target)


class Boosting(Learner):
    """An iteration is a boosting round."""

    def teach(self, rows, target):
        self.estimator.set_params(max_iter=self.done).fit(rows, target)


class Logistic(Learner):
    """Each step goes on from the weights of the last; it ends early when they no longer move."""

    is_scaled = True
    points = 10

    def teach(self, rows, target):
        self.estimator.set_params(max_iter=self.iterations_per_point)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)
            self.estimator.fit(rows, target)
        if max(self.estimator.n_iter_) < self.iterations_per_point:
            self.done = self.iterations


class Neural(Learner):
    """An iteration is a pass over the rows. Amounts are learned scaled; the usable model has that undone."""

    unit = "epoch"
    is_scaled = True
    points = 100

    def __init__(self, estimator, iterations, classes):
        super().__init__(estimator, iterations)
        self.classes = classes
        self.passes = 0
        self.target_scaler = StandardScaler()

    def teach(self, rows, target):
        if self.classes is None:
            target = self.target_scaler.fit_transform(target.reshape(-1, 1)).ravel()
        more = {} if self.classes is None else {"classes": self.classes}
        while self.passes < self.done:
            self.estimator.partial_fit(rows, target, **more)
            self.passes += 1

    def usable_estimator(self):
        if self.classes is not None:
            return self.estimator
        # The last layer is linear, so the scaling of the target can be folded into it.
        usable = copy.deepcopy(self.estimator)
        usable.coefs_[-1] *= self.target_scaler.scale_
        usable.intercepts_[-1] = usable.intercepts_[-1] * self.target_scaler.scale_ + self.target_scaler.mean_
        return usable


class AtOnce(Learner):
    """Learns in one go."""

    is_scaled = True

    def __init__(self, estimator):
        super().__init__(estimator, iterations=1)

    def teach(self, rows, target):
        self.estimator.fit(rows, target)


def make_learner(name, iterations, seed, target, classes):
    """`classes` are those of the target; None when it is an amount."""
    if name == "auto":
        name = "random-forest" if len(target) < SMALL_TABLE_ROWS else "gradient-boosting"
    is_classes = classes is not None
    if name in FORESTS:
        kind = FORESTS[name][0 if is_classes else 1]
        return Forest(kind(warm_start=True, random_state=seed, n_jobs=-1), iterations)
    if name == "gradient-boosting":
        kind = HistGradientBoostingClassifier if is_classes else HistGradientBoostingRegressor
        return Boosting(kind(warm_start=True, random_state=seed, early_stopping=False), iterations)
    if name == "logistic":
        return Logistic(LogisticRegression(warm_start=True), iterations)
    if name == "mlp":
        kind = MLPClassifier if is_classes else MLPRegressor
        return Neural(kind(random_state=seed, batch_size=min(32, len(target))), iterations, classes)
    if name == "ada-boost":
        kind = AdaBoostClassifier if is_classes else AdaBoostRegressor
        return AtOnce(kind(n_estimators=iterations, random_state=seed))
    return AtOnce(make_simple_estimator(name, is_classes, seed, len(target)))


def make_simple_estimator(name, is_classes, seed, rows):
    if name == "decision-tree":
        return (DecisionTreeClassifier if is_classes else DecisionTreeRegressor)(random_state=seed)
    if name == "naive-bayes":
        return GaussianNB()
    if name == "linear":
        return LinearRegression()
    if name == "elastic-net":
        # How much to shrink is found out on the rows themselves: the best depends on the size of the target.
        return ElasticNetCV(l1_ratio=[0.1, 0.5, 0.9, 1], cv=min(5, rows), random_state=seed)
    if name == "ridge":
        return RidgeClassifier() if is_classes else Ridge()
    if name == "svm":
        return SVC() if is_classes else TransformedTargetRegressor(SVR(), transformer=StandardScaler())
    neighbours = min(5, rows)
    return KNeighborsClassifier(neighbours) if is_classes else KNeighborsRegressor(neighbours)
