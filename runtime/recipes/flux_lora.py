"""Trains a LoRA of FLUX.1 on images with captions, with ostris/ai-toolkit.

Driven by job.json (runtime/README.md). ai-toolkit runs as a child in this session and prints its own bars, which
Trainyard reads. Leaves lora.safetensors and lora.card.json in the output folder, checkpoints while it trains, and the
images it draws in samples/. What ai-toolkit needs and does is noted in flux_toolkit.py, flux_config.py and
flux_saves.py, each with its source.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
import time

import flux_config
import flux_toolkit
import trainyard
from flux_images import CaptionedImages
from flux_saves import Samples, Saves

LOOK_SECONDS = 0.5
#: So long a stop waits for a save that is being written; half of the usual grace.
SAVING_SECONDS = 12.0


class Training:
    def __init__(self, job):
        self.params = job["params"]
        self.run = os.path.dirname(os.path.abspath(os.environ["TRAINYARD_JOB_FILE"]))
        self.folder = os.path.join(self.run, "ai-toolkit")
        images = os.path.join(self.folder, "images")
        ending, default = self.params["captionExt"], self.params["defaultCaption"]
        self.images = CaptionedImages(job["dataset"], images, ending, default)
        self.saves = Saves(self.folder)
        self.was_stopped = False

    def prepare(self):
        self.images.arrange()
        if self.images.count == 0:
            raise flux_toolkit.ToolkitError("The dataset has no jpg, png or webp image.")
        # Shared by the jobs of this machine, as datasets and environments are.
        tools = os.path.join(os.path.dirname(os.path.dirname(self.run)), "tools")
        self.toolkit = flux_toolkit.find_toolkit(self.params["toolkit"], tools)
        self.saves.prepare(trainyard.resume_from())
        self.config = flux_config.make_config(
            self.params, self.images, self.folder, flux_config.gpu_memory_gb()
        )
        prompts = self.process_config()["sample"]["prompts"]
        self.prompts = [prompt.replace("[trigger]", self.params["trigger"]) for prompt in prompts]
        self.samples = Samples(self.folder, self.prompts)
        self.config_file = os.path.join(self.folder, "config.json")
        trainyard.save_atomically(self.config_file, flux_config.to_text(self.config))
        print("%d images, ai-toolkit in %s" % (self.images.count, self.toolkit.folder), flush=True)

    def process_config(self):
        return self.config["config"]["process"][0]

    def train(self):
        """Until ai-toolkit ends, by itself or because somebody asks to stop. Returns its exit code."""
        trainyard.should_stop()
        child = subprocess.Popen(
            self.toolkit.command(self.config_file),
            cwd=self.toolkit.folder,
            env=child_environment(),
            stdin=subprocess.DEVNULL,
        )
        while child.poll() is None:
            self.look()
            if trainyard.should_stop():
                self.stop(child)
            wait(child, LOOK_SECONDS)
        self.look(is_over=True)
        return child.returncode

    def look(self, is_over=False):
        self.samples.show(is_over)
        self.saves.publish(is_over)

    def stop(self, child):
        """ai-toolkit saves nothing when it is ended, so a save that is under way is let through first."""
        self.was_stopped = True
        until = time.monotonic() + SAVING_SECONDS
        while self.saves.is_saving() and child.poll() is None and time.monotonic() < until:
            wait(child, 0.1)
        if child.poll() is None:
            child.send_signal(signal.SIGTERM)
            child.wait()

    def keep_model(self):
        """The newest save becomes the model. Returns whether there is one."""
        newest = self.saves.newest()
        if newest is None:
            return False
        step, path = newest
        model = os.path.join(trainyard.output_dir(), flux_config.NAME + ".safetensors")
        with open(path, "rb") as weights:
            trainyard.save_atomically(model, lambda file: shutil.copyfileobj(weights, file))
        card = json.dumps(self.card(step), indent=2, ensure_ascii=False) + "\n"
        card_path = os.path.join(trainyard.output_dir(), flux_config.NAME + ".card.json")
        trainyard.save_atomically(card_path, card)
        print(flush=True)
        trainyard.model(model)
        trainyard.model(card_path)
        return True

    def card(self, step):
        is_finished = step == float("inf")
        return {
            "recipe": "flux-lora",
            "base_model": flux_config.base_model(self.params),
            "trigger": self.params["trigger"] or None,
            "steps": self.params["steps"] if is_finished else step,
            "finished": is_finished,
            "images": self.images.count,
            "captions": len(self.images.captions),
            "prompts": self.prompts,
            "model": self.process_config()["model"],
            "network": self.process_config()["network"],
            "parameters": self.params,
            "versions": {"ai-toolkit": self.toolkit.revision()},
        }


def child_environment():
    """Ours, without the path of Trainyard's own files: their names must not hide modules of ai-toolkit."""
    return {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}


def wait(child, seconds):
    try:
        child.wait(timeout=seconds)
    except subprocess.TimeoutExpired:
        pass


def main():
    with open(os.environ["TRAINYARD_JOB_FILE"], encoding="utf-8") as file:
        training = Training(json.load(file))
    training.prepare()
    code = training.train()
    if code != 0 and not training.was_stopped:
        # What it saved comes home as the newest checkpoint.
        return code if code > 0 else 128 - code
    if not training.keep_model():
        if training.was_stopped:
            print("stopped before the first save: there is no model yet", flush=True)
            return 0
        trainyard.error("ai-toolkit ended without saving anything; the log says why.")
        return 1
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except flux_toolkit.ToolkitError as error:
        trainyard.error(str(error))
        sys.exit(1)
