"""Callbacks for Ultralytics: points, checkpoints and stopping.

Functions of modules and an object of plain values: with several GPUs Ultralytics sends them to processes of its own.
"""

import os
import shutil
import time

import trainyard

SECONDS_BETWEEN_POINTS = 1.0
#: The newest checkpoint, where it is mirrored from while the training goes on.
CHECKPOINT = "last.pt"


class Reporter:
    def __init__(self):
        self.step = 0
        self.reported_at = 0.0
        self.is_stopping = False
        #: The epoch, counted from 0, that was left in the middle and will be trained again.
        self.broken_epoch = None

    def callbacks(self):
        return {
            "on_train_epoch_start": self.begin_epoch,
            "on_train_batch_end": self.end_batch,
            "on_model_save": self.keep_checkpoint,
            "on_fit_epoch_end": self.end_epoch,
        }

    def begin_epoch(self, trainer):
        self.step = 0

    def end_batch(self, trainer):
        self.step += 1
        if not is_first_process():
            return
        steps = len(trainer.train_loader)
        now = time.monotonic()
        if now - self.reported_at >= SECONDS_BETWEEN_POINTS and self.step < steps:
            self.reported_at = now
            self.report(trainer, self.step, losses(trainer))
        if trainyard.should_save():
            self.save_within_epoch(trainer)
        if trainyard.should_stop() and not self.is_stopping:
            self.stop(trainer, steps)

    def stop(self, trainer, steps):
        """Leaves the epoch where it is; processes on several GPUs must leave together, and end it first.

        The checkpoint comes before all else: Ultralytics still validates, and time may be short.
        """
        self.is_stopping = True
        print("stopping in epoch %d" % (trainer.epoch + 1), flush=True)
        if self.step < steps:
            self.save_within_epoch(trainer)
        if trainer.world_size > 1:
            return
        trainer.stop = True
        if self.step < steps:
            self.broken_epoch = trainer.epoch

    def save_within_epoch(self, trainer):
        """A checkpoint from which this epoch begins again, with what was learned in it so far.

        Not of the first epoch: Ultralytics goes on from the second at the earliest.
        """
        epoch, fitness = trainer.epoch, trainer.fitness
        trainer.epoch = max(0, epoch - 1)
        trainer.fitness = None  # no score is known for these weights: they must not replace best.pt
        try:
            trainer.save_model()
        finally:
            trainer.epoch, trainer.fitness = epoch, fitness
        publish(trainer.last)

    def keep_checkpoint(self, trainer):
        if not self.broken_epoch:
            publish(trainer.last)

    def end_epoch(self, trainer):
        """Also called after the last validation, with the epoch after the last: that is none of its own."""
        if not is_first_process():
            return
        if self.is_stopping:
            trainer.stop = True
        if trainer.epoch > last_epoch(trainer) or trainer.epoch == self.broken_epoch:
            return
        metrics = losses(trainer)
        metrics.update(renamed(trainer.metrics))
        if "lr/pg0" in trainer.lr:
            metrics["lr"] = trainer.lr["lr/pg0"]
        self.reported_at = time.monotonic()
        self.report(trainer, len(trainer.train_loader), metrics)

    def report(self, trainer, step, metrics):
        steps = len(trainer.train_loader)
        trainyard.report(
            epoch=trainer.epoch + 1,
            total_epochs=trainer.epochs,
            step=step,
            total_steps=steps,
            progress=min(1.0, (trainer.epoch + step / steps) / trainer.epochs),
            **metrics
        )



def is_first_process():
    """With several GPUs each has a process; the first one speaks."""
    return os.environ.get("RANK", "-1") in ("-1", "0")


def last_epoch(trainer):
    """The epoch of the last row of results.csv, counted from 0: every epoch writes its row before it ends."""
    if not trainer.csv.exists():
        return -1
    with open(trainer.csv, encoding="utf-8") as file:
        rows = [line for line in file if line.strip()]
    return int(float(rows[-1].split(",")[0])) - 1 if len(rows) > 1 else -1


def losses(trainer):
    """The mean losses of the epoch so far: {'box_loss': 1.5, …}."""
    if trainer.tloss is None:
        return {}
    return {name.partition("/")[2]: value for name, value in trainer.label_loss_items(trainer.tloss).items()}


SCORES = {
    "precision": "precision",
    "recall": "recall",
    "mAP50": "mAP50",
    "mAP50-95": "mAP50-95",
    "accuracy_top1": "top1_acc",
    "accuracy_top5": "top5_acc",
}
GROUPS = {"B": "Box", "M": "Mask", "P": "Pose"}


def renamed(metrics):
    """`metrics/mAP50(B)` → `mAP50`, or `Box_mAP50` beside a mask or a pose; `val/box_loss` → `val_box_loss`."""
    groups = {name[name.rindex("(") :] for name in metrics if name.startswith("metrics/") and "(" in name}
    names = {}
    for name, value in metrics.items():
        kind, _, rest = name.partition("/")
        if kind == "val":
            names["val_" + rest] = value
        elif kind == "metrics":
            score, _, group = rest.partition("(")
            prefix = GROUPS.get(group[:-1], "") + "_" if len(groups) > 1 and group else ""
            names[prefix + SCORES.get(score, score)] = value
    return names


def publish(checkpoint):
    """A copy that nobody writes into any more: Ultralytics overwrites its own, and strips it at the end."""
    target = trainyard.checkpoint_path(CHECKPOINT)
    with open(checkpoint, "rb") as source:
        trainyard.save_atomically(target, lambda file: shutil.copyfileobj(source, file))
