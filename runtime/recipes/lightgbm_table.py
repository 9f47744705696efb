"""Learns one column of a table from the others with LightGBM.

Not called lightgbm.py, or it would be imported as such.
"""

import os
import subprocess
import sys

# Before OpenMP is loaded: its threads spin while they wait, which on a shared machine slows everybody down.
os.environ.setdefault("OMP_WAIT_POLICY", "passive")

import trainyard

try:
    import lightgbm
except OSError as missing:
    # Its wheels expect the compiler's OpenMP library of the system.
    trainyard.error("LightGBM needs a library of the system (%s); install it, as in apt install libgomp1." % missing)
    sys.exit(1)

import boosting_training

OBJECTIVES = {"regression": "regression", "two classes": "binary", "several classes": "multiclass"}
METRICS = {
    "regression": ["rmse", "l1"],
    "two classes": ["binary_logloss", "binary_error"],
    "several classes": ["multi_logloss", "multi_error"],
}
#: One round on the device named behind it: exit code 0 when that works. By itself, because a driver may crash; without
#: what LightGBM would load beside, because that takes longer than the round.
TRIAL = (
    "import sys; sys.modules.update(sklearn=None, pandas=None); "
    "import lightgbm, numpy; rows = numpy.arange(200.0).reshape(-1, 1); "
    "lightgbm.train({'device_type': sys.argv[1], 'verbosity': -1}, lightgbm.Dataset(rows, rows.ravel()), 1)"
)
SECONDS_FOR_TRIAL = 120


class Lightgbm:
    title = "LightGBM"
    package = "lightgbm"
    version = lightgbm.__version__
    error = lightgbm.basic.LightGBMError
    model_name = "model.txt"
    higher_is_better = ("auc", "auc_mu", "average_precision")
    #: What the recipe calls in its own words; everything else goes to LightGBM as it is.
    own_parameters = (
        "target task rounds learningRate leaves minDataInLeaf earlyStopping subsample colsample classWeight testSize "
        "metric seed device depth l1 l2 objective file ignore"
    ).split()

    def __init__(self, task):
        params = task.params
        self.task = task
        self.metrics = task.metrics or METRICS[task.kind]
        self.objective = params["objective"].strip() or OBJECTIVES[task.kind]
        self.device = choose_device(params["device"])
        self.settings = {
            "objective": self.objective,
            "metric": self.metrics,
            "learning_rate": params["learningRate"],
            "num_leaves": params["leaves"],
            "max_depth": params["depth"] or -1,
            "min_data_in_leaf": params["minDataInLeaf"],
            "bagging_fraction": params["subsample"],
            "bagging_freq": 1 if params["subsample"] < 1 else 0,
            "feature_fraction": params["colsample"],
            "lambda_l1": params["l1"],
            "lambda_l2": params["l2"],
            "seed": params["seed"],
            "verbosity": -1,
        }
        if self.objective.startswith("multiclass"):
            self.settings["num_class"] = len(task.classes)
        self.settings.update(task.free)
        self.booster = None
        self.kept = None

    @property
    def device_name(self):
        return "CPU" if self.device == "cpu" else "GPU"

    def train(self, rounds, saved, after_round):
        """Adds rounds to the `saved` model, or begins. `after_round(metrics, model)` says whether to go on."""
        before = saved and lightgbm.Booster(model_str=saved.decode("utf-8"))
        if rounds.is_finished:
            self.booster = before
            return
        task = self.task
        learned = lightgbm.Dataset(task.learned, task.learned_target, weight=task.weights, free_raw_data=False)
        held_back = lightgbm.Dataset(task.held_back, task.held_back_target, reference=learned, free_raw_data=False)

        def after_iteration(env):
            metrics = {"%s-%s" % result[:2]: result[2] for result in env.evaluation_result_list}
            if not after_round(metrics, lambda: to_bytes(env.model)):
                raise lightgbm.callback.EarlyStopException(env.iteration, env.evaluation_result_list)

        self.booster = lightgbm.train(
            dict(self.settings, device_type=self.device),
            learned,
            num_boost_round=rounds.most - rounds.done,
            valid_sets=[learned, held_back],
            valid_names=["train", "valid"],
            init_model=before,
            callbacks=[after_iteration],
        )

    def finish(self, rounds):
        """Keeps the first `rounds`; the model as bytes."""
        self.kept = rounds
        return to_bytes(self.booster, rounds)

    def predict(self, frame):
        return self.booster.predict(frame, num_iteration=self.kept)

    def gains(self):
        gains = self.booster.feature_importance("gain", iteration=self.kept)
        return dict(zip(self.booster.feature_name(), gains.tolist()))


def to_bytes(booster, rounds=-1):
    """The model as LightGBM's text file has it; -1 takes all rounds."""
    return booster.model_to_string(num_iteration=rounds).encode("utf-8")


def choose_device(wanted):
    """The one wanted where it works, else `cpu`; `auto` wants a GPU, by OpenCL, which the wheels are built with."""
    if wanted == "cpu" or (wanted == "auto" and not boosting_training.has_gpu()):
        return "cpu"
    device = "gpu" if wanted == "auto" else wanted
    try:
        trial = subprocess.run(
            [sys.executable, "-c", TRIAL, device],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            timeout=SECONDS_FOR_TRIAL,
        )
        said = trial.stderr.decode("utf-8", "replace").strip().splitlines()
        if trial.returncode == 0:
            return device
    except subprocess.TimeoutExpired:
        said = ["it did not answer"]
    named = [line.split("LightGBMError: ")[1] for line in said if "LightGBMError: " in line]
    reason = (named or said[-1:] or ["it crashed"])[0]
    print("LightGBM cannot use %s here (%s), so it trains on the CPU." % (device, reason.rstrip(".")), flush=True)
    return "cpu"


if __name__ == "__main__":
    boosting_training.main(Lightgbm)
