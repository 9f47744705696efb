"""Learns to tell images apart, or a column of a table from the others, with PyTorch.

Driven by job.json (runtime/README.md). Leaves model.pt, predict.py, which uses it, and model.card.json, which says what
it is and how well it does. Not called torch.py, or it would be imported as such.
"""

import json
import os
import sys

# Before PyTorch loads OpenMP: its threads spin while they wait, which on a shared machine slows everybody down.
os.environ.setdefault("OMP_WAIT_POLICY", "passive")

import torch

import trainyard
from class_folders import find_parts
from pytorch_errors import TrainingError
from pytorch_folder import find_images
from pytorch_loop import Stopped, Training, find_device
from pytorch_result import save_result

TABLE_ENDINGS = (".csv", ".tsv", ".csv.gz", ".tsv.gz")


def make_problem(job):
    """Images where the folder has some of at least two classes, else a table."""
    if holds_images(job["dataset"], job["params"]["data"]):
        from pytorch_images import ImageProblem

        return ImageProblem(job)
    from pytorch_table import RowProblem

    return RowProblem(job)


def holds_images(folder, asked):
    if asked != "auto":
        return asked == "images"
    if len(find_parts(find_images(folder)).get("train", {})) >= 2:
        return True
    return not any(name.lower().endswith(TABLE_ENDINGS) for _, _, names in os.walk(folder) for name in names)


def train(job):
    problem = make_problem(job)
    print(problem.describe(), flush=True)
    device = find_device()
    if device.type == "cuda":
        torch.backends.cudnn.benchmark = True
    training = Training(problem, job["params"], device)
    print("weights: %s; on %s in %s" % (training.origin, device.type, training.precision.name), flush=True)
    try:
        training.run()
    except TrainingError:
        if training.best is not None:
            save_result(training, None)
        raise
    save_result(training, test_part(training))
    if training.best is not None:
        print("best epoch %d: %s" % (training.best["epoch"], describe(training.best["summary"])), flush=True)


def test_part(training):
    """How well the best model does on the test part; None without one, and when somebody asks to stop."""
    if training.best is None or not training.is_finished or training.problem.size("test") == 0:
        return None
    training.network.load_state_dict(training.best["state"])
    try:
        scores = training.measure("test")
    except Stopped:
        return None
    print("test part: %s" % describe(scores["summary"]), flush=True)
    return scores


def describe(scores):
    return ", ".join("%s %.4f" % item for item in scores.items())


def main():
    with open(os.environ["TRAINYARD_JOB_FILE"], encoding="utf-8") as file:
        job = json.load(file)
    try:
        train(job)
    except TrainingError as error:
        trainyard.error(str(error))
        sys.exit(1)


if __name__ == "__main__":
    main()
