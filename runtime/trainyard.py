"""For training scripts: say how far they are, name the result, stop and resume well.

    import trainyard

    for epoch in range(first, epochs + 1):
        ...
        trainyard.report(epoch=epoch, total_epochs=epochs, loss=loss, accuracy=accuracy)
        trainyard.save_atomically(trainyard.checkpoint_path("last.json"), json.dumps(state))
        if trainyard.should_stop():
            break
    trainyard.model(path)

Everything works outside Trainyard too, and then does nothing surprising. Standard library only, Python 3.8 and newer.
"""

import json
import math
import numbers
import os
import signal
import sys
import threading

__all__ = [
    "report",
    "model",
    "sample",
    "error",
    "should_stop",
    "should_save",
    "resume_from",
    "output_dir",
    "checkpoint_path",
    "params",
    "save_atomically",
]


def report(epoch=None, total_epochs=None, step=None, total_steps=None, progress=None, status=None, **metrics):
    """Prints one sample of progress. Epochs and steps count from 1; `progress` is 0..1.

    Metrics are numbers, also those of NumPy and one-element tensors; None is left out.
    """
    data = {
        "epoch": whole("epoch", epoch),
        "total_epochs": whole("total_epochs", total_epochs),
        "step": whole("step", step),
        "total_steps": whole("total_steps", total_steps),
        "progress": scalar("progress", progress),
        "status": None if status is None else str(status),
    }
    data = {name: value for name, value in data.items() if value is not None}
    data["metrics"] = {name: scalar(name, value) for name, value in metrics.items() if value is not None}
    say({"type": "progress", "data": data})


def model(path):
    """Names a file or folder as the result of this training. May be called for several."""
    say({"type": "model", "path": os.path.abspath(os.fspath(path))})


def sample(prompt=None, generated=None, reference=None, image=None, step=None, epoch=None, **scores):
    """Shows what the model makes at this moment: a text it wrote, or an image file it drew (in `output_dir()`).

    Samples of one prompt are compared over time, so use the same prompts every time. `scores` are numbers (bleu=…).
    """
    data = {
        "prompt": None if prompt is None else str(prompt),
        "generated": None if generated is None else str(generated),
        "reference": None if reference is None else str(reference),
        "image": None if image is None else os.path.abspath(os.fspath(image)),
        "step": whole("step", step),
        "epoch": scalar("epoch", epoch),
    }
    data = {name: value for name, value in data.items() if value is not None}
    data["scores"] = {name: scalar(name, value) for name, value in scores.items() if value is not None}
    say({"type": "sample", "data": data})


def error(message):
    """Says in one sentence why the training cannot go on; call it before exiting."""
    say({"type": "error", "message": str(message)})


def should_stop():
    """Whether somebody asked this training to stop: save a checkpoint and end. Cheap enough for every step."""
    stop.is_watched = True
    return stop.is_requested or has_control("stop")


def should_save():
    """Whether somebody asked for a checkpoint now. True once per request."""
    folder = os.environ.get("TRAINYARD_CONTROL")
    if not folder:
        return False
    try:
        os.unlink(os.path.join(folder, "save"))
        return True
    except FileNotFoundError:
        return False


def resume_from():
    """Path of the checkpoint to go on from, or None to start from the beginning."""
    named = os.environ.get("TRAINYARD_RESUME_FROM")
    if named:
        return named if os.path.exists(named) else None
    if int(os.environ.get("TRAINYARD_ATTEMPT", "1")) < 2:
        return None
    return newest(os.path.join(output_dir(), "checkpoints"))


def output_dir():
    """The folder for what the training leaves, absolute; `./output` outside Trainyard. It exists."""
    folder = os.path.abspath(os.environ.get("TRAINYARD_OUTPUT") or "output")
    os.makedirs(folder, exist_ok=True)
    return folder


def checkpoint_path(name):
    """Where a checkpoint of that name belongs; its folder exists. Trainyard copies checkpoints home as they appear."""
    path = os.path.join(output_dir(), "checkpoints", name)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    return path


def params():
    """The parameters of the job; empty outside Trainyard."""
    path = os.environ.get("TRAINYARD_JOB_FILE")
    if not path:
        return {}
    with open(path, encoding="utf-8") as file:
        return json.load(file).get("params", {})


def save_atomically(path, content):
    """Writes a file so that nobody ever sees half of it, also when the training is killed.

    `content` is bytes, text, or a function that gets a binary file: `lambda file: torch.save(state, file)`.
    """
    folder, name = os.path.split(os.path.abspath(os.fspath(path)))
    temporary = os.path.join(folder, f".{name}.{os.getpid()}-{threading.get_ident()}.tmp")
    try:
        with open(temporary, "wb") as file:
            if callable(content):
                content(file)
            else:
                file.write(content.encode("utf-8") if isinstance(content, str) else content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, os.path.join(folder, name))
    except BaseException:
        if os.path.exists(temporary):
            os.unlink(temporary)
        raise


def say(message):
    """One line, one write: lines of several processes do not mix."""
    if sys.stdout is not None:
        sys.stdout.write(json.dumps(message, allow_nan=False) + "\n")
        sys.stdout.flush()


def whole(name, value):
    value = scalar(name, value)
    return None if value is None else int(value)


def scalar(name, value):
    """A number as JSON can say it: NaN and the infinities as strings. None stays None."""
    if value is None:
        return None
    if isinstance(value, numbers.Integral):
        return int(value)
    try:
        value = float(value)
    except (TypeError, ValueError):
        raise TypeError(f"trainyard.report: {name} must be a number, not {value!r}") from None
    if math.isnan(value):
        return "nan"
    if math.isinf(value):
        return "inf" if value > 0 else "-inf"
    return value


def has_control(name):
    folder = os.environ.get("TRAINYARD_CONTROL")
    return bool(folder) and os.path.exists(os.path.join(folder, name))


def newest(folder):
    """The entry of a folder that was written last; hidden and unfinished (.tmp) names do not count."""
    try:
        names = os.listdir(folder)
    except OSError:
        return None
    paths = [os.path.join(folder, name) for name in names if not name.startswith(".") and not name.endswith(".tmp")]
    return max(paths, key=modified, default=None)


def modified(path):
    """When a file, or the newest file right inside a folder, was last written."""
    if os.path.isdir(path):
        inside = [entry.stat().st_mtime for entry in os.scandir(path)]
        return max(inside, default=os.stat(path).st_mtime)
    return os.stat(path).st_mtime


class Stop:
    """SIGTERM as a flag, for a training that asks should_stop(). One that never asks still ends at SIGTERM at once,
    and so do the processes it forks: a pool or a data loader ends its workers by SIGTERM."""

    def __init__(self):
        self.is_requested = False
        self.is_watched = False
        self.previous = signal.SIG_DFL
        self.thread = threading.local()

    def install(self):
        if threading.current_thread() is not threading.main_thread():
            return
        self.previous = signal.signal(signal.SIGTERM, self.on_terminate)
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(before=self.hold, after_in_parent=self.release, after_in_child=self.uninstall_in_child)

    def hold(self):
        """A SIGTERM to a child that is only just forked waits until the child has left our handler."""
        self.thread.mask = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})

    def release(self):
        signal.pthread_sigmask(signal.SIG_SETMASK, self.thread.mask)

    def uninstall_in_child(self):
        if signal.getsignal(signal.SIGTERM) == self.on_terminate:
            signal.signal(signal.SIGTERM, signal.SIG_DFL if self.previous is None else self.previous)
        self.release()

    def on_terminate(self, number, frame):
        self.is_requested = True
        if callable(self.previous):
            self.previous(number, frame)
        elif not self.is_watched and self.previous == signal.SIG_DFL:
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
            os.kill(os.getpid(), signal.SIGTERM)


stop = Stop()
stop.install()
