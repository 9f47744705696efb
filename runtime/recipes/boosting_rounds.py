"""How far a boosting is, which of its rounds was the best, and when it is enough."""

import trainyard


class Rounds:
    def __init__(self, most, patience, metric, higher_is_better):
        self.most = most
        #: After so many rounds without a better one it is enough; 0 goes on to the end.
        self.patience = patience
        #: The metric of the held-back rows that decides, `logloss`.
        self.metric = metric
        self.higher_is_better = higher_is_better
        self.done = 0
        self.best = 0
        self.best_score = None

    def add(self, metrics):
        """Reports a round, by its metrics `{"train-logloss": 0.5, "valid-logloss": 0.6}`."""
        self.done += 1
        score = next(value for name, value in metrics.items() if name.startswith("valid-" + self.metric))
        if self.is_better(score):
            self.best, self.best_score = self.done, score
        trainyard.report(step=self.done, total_steps=self.most, progress=self.done / self.most, **metrics)

    def is_better(self, score):
        if self.best_score is None:
            return True
        return score > self.best_score if self.higher_is_better else score < self.best_score

    @property
    def has_stalled(self):
        return self.patience > 0 and self.done - self.best >= self.patience

    @property
    def is_finished(self):
        return self.done >= self.most or self.has_stalled

    @property
    def kept(self):
        """The rounds that make the model: up to the best where a stall ends the training, else all."""
        return self.best if self.patience > 0 else self.done

    def state(self):
        return {"done": self.done, "best": self.best, "best_score": self.best_score}

    def restore(self, state):
        self.done, self.best, self.best_score = state["done"], state["best"], state["best_score"]
