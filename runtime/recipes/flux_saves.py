"""Follows what ai-toolkit saves and draws while it trains.

Facts, from the project's jobs/process/BaseSDTrainProcess.py:
- Weights are saved as NAME_000000250.safetensors (nine digits) in TRAINING_FOLDER/NAME, and at the end as
  NAME.safetensors; after each, optimizer.pt is written over. Of the numbered ones the last few are kept.
- It goes on from the file NAME* whose inode changed last, at the step that is written in it, and with optimizer.pt.
- Samples are drawn as TRAINING_FOLDER/NAME/samples/MILLISECONDS__000000250_0.jpg: step, and number of the prompt.
- It saves nothing when it is ended by a signal, and a save that is cut is what it would go on from (README.md).
"""

import json
import os
import re
import shutil
import struct
import time
import zipfile

import trainyard
from flux_config import NAME

OPTIMIZER = "optimizer.pt"
KEPT_CHECKPOINTS = 2
#: The optimizer comes soon after the weights, or not at all.
OPTIMIZER_SECONDS = 60

numbered_save = re.compile(re.escape(NAME) + r"_(\d+)\.safetensors\Z")
sample_name = re.compile(r"\d+__(\d+)_(\d+)\.(jpg|jpeg|png|webp)\Z")
checkpoint_name = re.compile(r"step-(\d+)\Z")


class Saves:
    """The folder in which ai-toolkit saves: the newest of it is the model, and what to go on from."""

    def __init__(self, training_folder):
        self.folder = os.path.join(training_folder, NAME)
        self.published = set()

    def steps(self):
        """Step → path of each save that is whole. The one at the end has no number and comes after all others."""
        found = {}
        for name in list_folder(self.folder):
            path = os.path.join(self.folder, name)
            match = numbered_save.match(name)
            step = int(match.group(1)) if match else None
            if name == NAME + ".safetensors":
                step = float("inf")
            if step is not None and is_whole(path):
                found[step] = path
        return found

    def newest(self):
        """(step, path) or None; the step at the end is infinite."""
        return max(self.steps().items(), default=None)

    def is_saving(self):
        """Whether a save is being written now: it is not whole yet."""
        names = [name for name in list_folder(self.folder) if name.endswith(".safetensors")]
        return not all(is_whole(os.path.join(self.folder, name)) for name in names)

    def prepare(self, checkpoint):
        """Arranges the folder so that ai-toolkit goes on from the newest save, which may be in a checkpoint of ours."""
        os.makedirs(self.folder, exist_ok=True)
        for name in list_folder(self.folder):
            path = os.path.join(self.folder, name)
            if name.endswith(".safetensors") and not is_whole(path):
                print("leaving out %s: it was cut while it was saved" % name, flush=True)
                os.unlink(path)
        if checkpoint is not None:
            self.bring_back(checkpoint)
        newest = self.newest()
        if newest is not None:
            # The inode that changes last is the one that is taken.
            os.utime(newest[1])
            print("going on from %s" % os.path.basename(newest[1]), flush=True)

    def bring_back(self, checkpoint):
        here = self.newest()
        for name in list_folder(checkpoint):
            match = numbered_save.match(name)
            if match and (here is None or int(match.group(1)) > here[0]):
                copy_at_once(os.path.join(checkpoint, name), os.path.join(self.folder, name))
                optimizer = os.path.join(checkpoint, OPTIMIZER)
                if os.path.isfile(optimizer):
                    copy_at_once(optimizer, os.path.join(self.folder, OPTIMIZER))

    def publish(self, is_over=False):
        """Makes a checkpoint of the newest numbered save: weights, and the optimizer that was saved with them.

        `is_over`: nothing is being written any more, so that the optimizer of the newest weights is not waited for.
        """
        numbered = {step: path for step, path in self.steps().items() if step != float("inf")}
        step = max(numbered, default=None)
        if step is None or step in self.published:
            return
        optimizer = os.path.join(self.folder, OPTIMIZER)
        has_optimizer = is_saved_after(optimizer, numbered[step])
        if not has_optimizer and not is_over and time.time() - os.path.getmtime(numbered[step]) < OPTIMIZER_SECONDS:
            return
        target = trainyard.checkpoint_path("step-%09d" % step)
        if not os.path.isdir(target):
            temporary = target + ".tmp"
            shutil.rmtree(temporary, ignore_errors=True)
            os.makedirs(temporary)
            shutil.copyfile(numbered[step], os.path.join(temporary, os.path.basename(numbered[step])))
            if has_optimizer:
                shutil.copyfile(optimizer, os.path.join(temporary, OPTIMIZER))
            os.rename(temporary, target)
        self.published.add(step)
        self.let_go(os.path.dirname(target))

    @staticmethod
    def let_go(folder):
        names = sorted(name for name in list_folder(folder) if checkpoint_name.match(name))
        for name in names[:-KEPT_CHECKPOINTS]:
            shutil.rmtree(os.path.join(folder, name), ignore_errors=True)


class Samples:
    """Moves the images that ai-toolkit draws to output/samples/, and shows each as it appears."""

    def __init__(self, training_folder, prompts):
        self.folder = os.path.join(training_folder, NAME, "samples")
        self.target = os.path.join(trainyard.output_dir(), "samples")
        self.prompts = prompts

    def show(self, is_over=False):
        """`is_over`: nothing is being written any more."""
        for name in sorted(list_folder(self.folder)):
            match = sample_name.match(name)
            path = os.path.join(self.folder, name)
            if match and (is_over or is_whole_image(path)):
                self.show_one(path, int(match.group(1)), int(match.group(2)), match.group(3))

    def show_one(self, path, step, number, ending):
        os.makedirs(self.target, exist_ok=True)
        base = os.path.join(self.target, "step-%06d-prompt-%02d" % (step, number + 1))
        place, again = "%s.%s" % (base, ending), 1
        while os.path.exists(place):
            # A resumed training draws the same steps again.
            again += 1
            place = "%s-%d.%s" % (base, again, ending)
        os.replace(path, place)
        prompt = self.prompts[number] if number < len(self.prompts) else None
        # The bar of ai-toolkit is on a line of its own, which is not finished.
        print(flush=True)
        trainyard.sample(prompt=prompt, image=place, step=step)


def list_folder(folder):
    try:
        return os.listdir(folder)
    except (FileNotFoundError, NotADirectoryError):
        return []


def is_whole(path):
    """Whether a .safetensors file is as long as its header says (github.com/huggingface/safetensors, Format)."""
    try:
        with open(path, "rb") as file:
            (length,) = struct.unpack("<Q", file.read(8))
            size = os.fstat(file.fileno()).st_size
            if length > size:
                return False
            header = json.loads(file.read(length))
        ends = [entry["data_offsets"][1] for name, entry in header.items() if name != "__metadata__"]
        return 8 + length + max(ends, default=0) == size
    except (OSError, ValueError, struct.error, TypeError, KeyError, AttributeError):
        return False


def is_saved_after(optimizer, weights):
    """optimizer.pt is written after the weights, and is a zip file once it is whole."""
    try:
        return os.path.getmtime(optimizer) >= os.path.getmtime(weights) and zipfile.is_zipfile(optimizer)
    except OSError:
        return False


def is_whole_image(path):
    """By the mark at the end of a JPEG; of other kinds, one that has not changed for a while counts as whole."""
    try:
        with open(path, "rb") as file:
            file.seek(-2, os.SEEK_END)
            return file.read() == b"\xff\xd9"
    except OSError:
        return False


def copy_at_once(source, target):
    temporary = target + ".tmp"
    shutil.copyfile(source, temporary)
    os.replace(temporary, target)
