"""Trains YOLO with Ultralytics: detect, segment, pose, obb or classify.

Driven by job.json (runtime/README.md). Leaves train/weights/best.pt with best.card.json beside it, and what Ultralytics
writes besides. What only this run needs lies in the run folder's `yolo/`: settings, weights, and the dataset as links.
"""

import json
import os
import platform
import socket
import sys

# Before PyTorch loads OpenMP: its threads spin while they wait, which on a shared machine slows everybody down.
os.environ.setdefault("OMP_WAIT_POLICY", "passive")

import trainyard
import yolo_dataset
import yolo_model
from yolo_errors import YoloError, explain
from yolo_reporting import Reporter, last_epoch

#: Parameters that are ours, or that Ultralytics gets in another form.
OURS = ("model", "task", "data", "device", "pretrained")
REFUSED_PORT = 9
SECONDS_TO_REACH = 5


def main():
    with open(os.environ["TRAINYARD_JOB_FILE"], encoding="utf-8") as file:
        job = json.load(file)
    output = trainyard.output_dir()
    # Asking once makes SIGTERM a request to stop: with several GPUs the asking is done in other processes.
    trainyard.should_stop()
    settle(os.path.join(os.path.dirname(output), "yolo"))
    training = Training(job["dataset"], job["params"], output)
    training.run()


def settle(folder):
    """Keeps Ultralytics to itself: settings of this run, no telemetry, no installing, no waiting for the network."""
    config = os.path.join(folder, "config")
    os.makedirs(config, exist_ok=True)
    os.environ.update(YOLO_CONFIG_DIR=config, YOLO_OFFLINE="true", YOLO_AUTOINSTALL="false", MPLBACKEND="Agg")
    if not is_reachable("github.com", 443):
        # Every download ends at once where it would wait for minutes.
        os.environ["HTTPS_PROXY"] = os.environ["https_proxy"] = "http://127.0.0.1:%d" % REFUSED_PORT
    from ultralytics.utils import SETTINGS, USER_CONFIG_DIR

    off = dict.fromkeys(("sync", "clearml", "comet", "dvc", "mlflow", "raytune", "tensorboard", "wandb"), False)
    off.update({"vscode_msg": False, "openvino_msg": False})
    places = {name + "_dir": os.path.join(folder, name) for name in ("datasets", "weights", "runs")}
    wanted = dict(off, **places)
    SETTINGS.update({name: value for name, value in wanted.items() if name in SETTINGS})
    provide_fonts(str(USER_CONFIG_DIR))


def is_reachable(host, port):
    if any(os.environ.get(name) for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy")):
        return True
    try:
        socket.create_connection((host, port), timeout=SECONDS_TO_REACH).close()
        return True
    except OSError:
        return False


def provide_fonts(folder):
    """Ultralytics would download Arial to write class names on its plots; Matplotlib brings a font along."""
    import matplotlib

    font = os.path.join(matplotlib.get_data_path(), "fonts", "ttf", "DejaVuSans.ttf")
    for name in ("Arial.ttf", "Arial.Unicode.ttf"):
        target = os.path.join(folder, name)
        if os.path.isfile(font) and not os.path.lexists(target):
            os.symlink(font, target)


class Training:
    def __init__(self, root, params, output):
        self.root = root
        self.params = params
        self.output = output
        self.folder = os.path.join(os.path.dirname(output), "yolo")
        self.save_dir = os.path.join(output, "train")
        asked = "" if params["task"] == "auto" else params["task"]
        task = asked or yolo_model.task_of_name(params["model"])
        self.dataset = yolo_dataset.prepare(root, params, task, os.path.join(self.folder, "dataset"))
        self.reporter = Reporter()

    def run(self):
        checkpoint = trainyard.resume_from()
        if checkpoint is not None and is_complete(checkpoint):
            self.hand_over(checkpoint)
            return
        model, more = self.begin() if checkpoint is None else self.go_on(checkpoint)
        for event, callback in self.reporter.callbacks().items():
            model.add_callback(event, callback)
        model.train(data=self.dataset.data, save_dir=self.save_dir, **self.device(), **more)
        self.finish(model.trainer)

    def begin(self):
        from ultralytics import YOLO

        name = yolo_model.choose(self.root, self.params["model"], self.dataset.task, self.params["pretrained"])
        is_named = name.endswith(".pt") and not os.path.isabs(name)
        path = yolo_model.fetch_weights(name, os.path.join(self.folder, "weights")) if is_named else name
        model = YOLO(path, task=self.dataset.task)
        if model.task != self.dataset.task:
            raise YoloError(
                "The model %s is made for %s, and the labels are for %s; take another model, or set task=%s."
                % (self.params["model"], model.task, self.dataset.task, model.task)
            )
        arguments = {name: to_value(value) for name, value in self.params.items() if name not in OURS}
        if arguments.get("freeze") == 0:
            del arguments["freeze"]
        return model, dict(arguments, pretrained=self.params["pretrained"])

    def go_on(self, checkpoint):
        """What was set stands in the checkpoint; only places may be others, as on another machine."""
        from ultralytics import YOLO

        print("going on from %s" % os.path.basename(checkpoint), flush=True)
        os.makedirs(os.path.join(self.save_dir, "weights"), exist_ok=True)
        checkpoint = self.take_over(checkpoint)
        return YOLO(checkpoint), {"resume": True, "workers": to_value(self.params["workers"])}

    def take_over(self, checkpoint):
        """Puts back what belongs to the checkpoint: results.csv up to its epoch, and a best.pt to begin with."""
        from ultralytics.utils.patches import torch_load, torch_save

        saved = torch_load(checkpoint, map_location="cpu")
        write_results(os.path.join(self.save_dir, "results.csv"), saved)
        best = os.path.join(self.save_dir, "weights", "best.pt")
        if os.path.isfile(best):
            return checkpoint
        # Another machine had the best weights; from here on these are the ones to beat.
        saved["best_fitness"] = saved["train_metrics"].get("fitness")
        own = os.path.join(self.save_dir, "weights", "last.pt")
        for path in (own, best):
            torch_save(saved, path)
        return own

    def device(self):
        """All GPUs there are, unless some are named; Ultralytics finds a single one, or the CPU, by itself."""
        import torch

        named = str(self.params["device"]).strip()
        if named not in ("", "auto"):
            return {"device": to_value(named)}
        count = torch.cuda.device_count()
        if count < 2:
            return {}
        if to_value(self.params["batch"]) < 1:
            raise YoloError("batch=-1 finds a batch for one GPU, and there are %d; set batch to a number." % count)
        return {"device": list(range(count))}

    def finish(self, trainer):
        """Names the best weights, or the last ones where no epoch was validated."""
        broken = self.reporter.broken_epoch
        epochs = last_epoch(trainer) + 1 if not broken else broken
        self.declare(str(trainer.best if trainer.best.exists() else trainer.last), epochs, not trainyard.should_stop())

    def hand_over(self, checkpoint):
        """The training had reached its end before it was resumed: its model is the checkpoint without the optimizer."""
        from ultralytics.utils.torch_utils import strip_optimizer

        print("the training had already reached its last epoch", flush=True)
        best = os.path.join(self.save_dir, "weights", "best.pt")
        if not os.path.isfile(best):
            os.makedirs(os.path.dirname(best), exist_ok=True)
            strip_optimizer(checkpoint, best)
        self.declare(best, to_value(self.params["epochs"]), True)

    def declare(self, path, epochs, is_finished):
        """Writes the card beside the model, with the scores of the weights that are in it, and names the model."""
        from ultralytics.utils.patches import torch_load

        metrics = torch_load(path, map_location="cpu").get("train_metrics") or {}
        scores = {name: float(value) for name, value in metrics.items() if value is not None}
        card = dict(self.card(), epochs=epochs, finished=is_finished, scores=scores)
        card_path = "%s.card.json" % os.path.splitext(path)[0]
        trainyard.save_atomically(card_path, json.dumps(card, indent=2, ensure_ascii=False) + "\n")
        trainyard.model(path)

    def card(self):
        import torch
        import ultralytics

        return {
            "recipe": "yolo",
            "task": self.dataset.task,
            "classes": yolo_dataset.class_names(self.dataset),
            "model": self.params["model"],
            "imgsz": to_value(self.params["imgsz"]),
            "parameters": self.params,
            "versions": {
                "python": platform.python_version(),
                "ultralytics": ultralytics.__version__,
                "torch": torch.__version__,
            },
        }


def is_complete(checkpoint):
    """Whether nothing is left to train: at the end Ultralytics takes the optimizer out of a checkpoint."""
    from ultralytics.utils.patches import torch_load

    try:
        saved = torch_load(checkpoint, map_location="cpu")
        return saved.get("optimizer") is None or saved["epoch"] + 1 >= saved["train_args"]["epochs"]
    except Exception as error:
        name = os.path.basename(checkpoint)
        raise YoloError("The checkpoint %s cannot be read (%s); start a fresh job." % (name, error)) from error


def write_results(path, saved):
    """The rows of results.csv up to the epoch of a checkpoint: an epoch that is repeated gets no second one."""
    columns = saved.get("train_results") or {}
    rows = [row for row in zip(*columns.values()) if row[0] <= saved["epoch"] + 1]
    lines = [",".join(columns)] + [",".join("%.6g" % value for value in row) for row in rows]
    if rows:
        trainyard.save_atomically(path, "".join(line + "\n" for line in lines))


def to_value(text):
    """`0.5`, `true`, `[0, 1]` as they are typed; what is none of these stays text."""
    if not isinstance(text, str):
        return text
    try:
        return json.loads(text.strip().lower() if text.strip().lower() in ("true", "false") else text)
    except ValueError:
        return None if text.strip().lower() == "none" else text


if __name__ == "__main__":
    try:
        main()
    except Exception as error:
        sentence = explain(error)
        if sentence is None:
            raise
        trainyard.error(sentence)
        sys.exit(1)
