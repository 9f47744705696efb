"""Learns one column of a table from the others with XGBoost.

Not called xgboost.py, or it would be imported as such.
"""

import os

# Before OpenMP is loaded: its threads spin while they wait, which on a shared machine slows everybody down.
os.environ.setdefault("OMP_WAIT_POLICY", "passive")

import numpy as np
import xgboost

import boosting_training

OBJECTIVES = {
    "regression": "reg:squarederror",
    "two classes": "binary:logistic",
    "several classes": "multi:softprob",
}
METRICS = {
    "regression": ["rmse", "mae"],
    "two classes": ["logloss", "error"],
    "several classes": ["mlogloss", "merror"],
}


class Xgboost:
    title = "XGBoost"
    package = "xgboost"
    version = xgboost.__version__
    error = xgboost.core.XGBoostError
    model_name = "model.ubj"
    higher_is_better = ("auc", "aucpr")
    #: What the recipe calls in its own words; everything else goes to XGBoost as it is.
    own_parameters = (
        "target task rounds learningRate depth earlyStopping subsample colsample classWeight testSize metric seed "
        "device minChildWeight l1 l2 objective file ignore"
    ).split()

    def __init__(self, task):
        params = task.params
        self.task = task
        self.metrics = task.metrics or METRICS[task.kind]
        self.objective = params["objective"].strip() or OBJECTIVES[task.kind]
        self.device = choose_device(params["device"])
        self.settings = {
            "objective": self.objective,
            "eval_metric": self.metrics,
            "tree_method": "hist",
            "learning_rate": params["learningRate"],
            "max_depth": params["depth"],
            "min_child_weight": params["minChildWeight"],
            "subsample": params["subsample"],
            "colsample_bytree": params["colsample"],
            "reg_alpha": params["l1"],
            "reg_lambda": params["l2"],
            "seed": params["seed"],
        }
        if self.objective.startswith("multi:"):
            self.settings["num_class"] = len(task.classes)
        self.settings.update(task.free)
        self.booster = None

    @property
    def device_name(self):
        return "CPU" if self.device == "cpu" else "GPU"

    def matrix(self, frame, target=None, weight=None):
        return xgboost.DMatrix(frame, label=target, weight=weight, enable_categorical=True)

    def train(self, rounds, saved, after_round):
        """Adds rounds to the `saved` model, or begins. `after_round(metrics, model)` says whether to go on."""
        model = saved and bytearray(saved)
        if rounds.is_finished:
            self.booster = xgboost.Booster(model_file=model)
            return
        learned = self.matrix(self.task.learned, self.task.learned_target, self.task.weights)
        held_back = self.matrix(self.task.held_back, self.task.held_back_target)
        self.booster = xgboost.train(
            dict(self.settings, device=self.device),
            learned,
            num_boost_round=rounds.most - rounds.done,
            evals=[(learned, "train"), (held_back, "valid")],
            verbose_eval=False,
            xgb_model=model,
            callbacks=[AfterRound(after_round)],
        )

    def finish(self, rounds):
        """Keeps the first `rounds`; the model as bytes."""
        if rounds < self.booster.num_boosted_rounds():
            self.booster = self.booster[:rounds]
        return to_bytes(self.booster)

    def predict(self, frame):
        return self.booster.predict(self.matrix(frame)).astype("float64")

    def gains(self):
        return self.booster.get_score(importance_type="total_gain")


class AfterRound(xgboost.callback.TrainingCallback):
    def __init__(self, after_round):
        super().__init__()
        self.after_round = after_round

    def after_iteration(self, model, epoch, evals_log):
        """Called by XGBoost; True ends the training."""
        metrics = {
            "%s-%s" % (part, name): values[-1] for part, log in evals_log.items() for name, values in log.items()
        }
        return not self.after_round(metrics, lambda: to_bytes(model))


def to_bytes(booster):
    return bytes(booster.save_raw("ubj"))


def choose_device(wanted):
    """`cuda` where this build, this machine and its driver can, else `cpu`."""
    if wanted == "cpu":
        return "cpu"
    if not boosting_training.has_gpu():
        if wanted == "cuda":
            print("This machine shows no NVIDIA GPU, so XGBoost trains on the CPU.", flush=True)
        return "cpu"
    if not xgboost.build_info().get("USE_CUDA"):
        print("This build of XGBoost has no GPU support, so it trains on the CPU (device=cuda has one).", flush=True)
        return "cpu"
    try:
        trial = xgboost.DMatrix(np.array([[0.0], [1.0]]), label=[0.0, 1.0])
        xgboost.train({"device": "cuda", "tree_method": "hist", "verbosity": 0}, trial, num_boost_round=1)
        return "cuda"
    except xgboost.core.XGBoostError as error:
        reason = boosting_training.first_line(error)
        print("XGBoost cannot use the GPU (%s), so it trains on the CPU." % reason, flush=True)
        return "cpu"


if __name__ == "__main__":
    boosting_training.main(Xgboost)
