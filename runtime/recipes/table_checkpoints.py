"""Saves a training on a table now and then, and finds the checkpoint to go on from."""

import os
import time

import trainyard
from table_reader import TableError

LEAST_SECONDS_BETWEEN = 5
#: Saving takes no more than this share of the time.
LARGEST_SHARE = 0.1
KEPT = 2


class Checkpoints:
    def __init__(self, identity, name, dump, load):
        """`identity` holds what must be equal for a checkpoint to fit.

        `name` is a pattern for its number, `round-%06d.joblib`; `dump(content, file)` writes what `load(file)` reads.
        """
        self.identity = identity
        self.name = name
        self.dump = dump
        self.read = load
        self.saved_at = time.monotonic()
        self.pause = LEAST_SECONDS_BETWEEN

    def load(self):
        """The state that was saved last, or None to start from the beginning."""
        path = trainyard.resume_from()
        if path is None:
            return None
        with open(path, "rb") as file:
            saved = self.read(file)
        if saved["identity"] != self.identity:
            differing = [name for name, value in self.identity.items() if saved["identity"].get(name) != value]
            raise TableError(
                "The checkpoint %s does not fit: %s changed since; start a fresh job."
                % (os.path.basename(path), ", ".join(differing) or "its version")
            )
        return saved["state"]

    @property
    def is_due(self):
        return time.monotonic() - self.saved_at >= self.pause

    def save(self, number, state):
        started = time.monotonic()
        path = trainyard.checkpoint_path(self.name % number)
        content = {"identity": self.identity, "state": state}
        trainyard.save_atomically(path, lambda file: self.dump(content, file))
        self.remove_old(os.path.dirname(path))
        self.saved_at = time.monotonic()
        self.pause = max(LEAST_SECONDS_BETWEEN, (self.saved_at - started) / LARGEST_SHARE)

    def remove_old(self, folder):
        prefix = self.name[: self.name.index("%")]
        names = sorted(name for name in os.listdir(folder) if name.startswith(prefix))
        for name in names[:-KEPT]:
            os.unlink(os.path.join(folder, name))
