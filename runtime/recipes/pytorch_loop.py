"""The training loop of the pytorch recipe: epochs, checkpoints, the best model so far, and when to end."""

import contextlib
import math
import os
import time

import torch

import trainyard
from pytorch_errors import TrainingError
from pytorch_predict import apply_network

CHECKPOINT_FORMAT = 1
KEPT_CHECKPOINTS = 2
#: In long epochs a checkpoint is saved in between.
MOST_SECONDS_BETWEEN_CHECKPOINTS = 600
#: About so many points are reported within an epoch, and more when they would be far apart.
POINTS_PER_EPOCH = 10
MOST_SECONDS_BETWEEN_POINTS = 5
#: Warming up takes at most this share of the training.
LONGEST_WARMUP = 0.2
MOMENTUM = 0.9


class Stopped(Exception):
    """Somebody asked the training to stop; a checkpoint is saved."""


class Precision:
    """How many bits are computed with: fewer where the GPU is faster with them."""

    def __init__(self, asked, device, is_useful):
        self.name = "fp32"
        if device.type == "cuda" and is_useful:
            self.name = best_precision() if asked == "auto" else asked
        self.device = device
        self.scaler = torch.amp.GradScaler(device.type, enabled=self.name == "fp16")

    def computing(self):
        if self.name == "fp32":
            return contextlib.nullcontext()
        return torch.autocast(self.device.type, torch.bfloat16 if self.name == "bf16" else torch.float16)


def best_precision():
    return "bf16" if torch.cuda.is_bf16_supported(including_emulation=False) else "fp16"


def find_device():
    if torch.cuda.is_available():
        return torch.device("cuda")
    return torch.device("mps" if torch.backends.mps.is_available() else "cpu")


class Training:
    """A problem (`pytorch_images`, `pytorch_table`) being learned."""

    def __init__(self, problem, params, device):
        self.problem = problem
        self.params = params
        self.device = device
        torch.manual_seed(params["seed"])
        saved = self.load()
        network, self.origin = problem.make_network(saved["origin"] if saved else None)
        self.network = network.to(device)
        if device.type == "cuda" and problem.kind == "images":
            self.network = self.network.to(memory_format=torch.channels_last)
        self.precision = Precision(params["precision"], device, problem.is_mixed_precision_useful)
        self.learning_rate = params["learningRate"] or problem.usual_learning_rate()
        self.optimizer = self.make_optimizer()
        self.loss = problem.make_loss(device)
        self.plain_loss = problem.make_plain_loss(device)
        #: Epochs that are over, and how many examples of the next one are.
        self.epoch = 0
        self.examples = 0
        self.sums = self.no_sums()
        #: The best epoch so far: its number, scores, details and weights.
        self.best = None
        self.saved_at = time.monotonic()
        if saved:
            self.restore(saved)

    @property
    def epochs(self):
        return self.params["epochs"]

    @property
    def is_stopped_early(self):
        patience = self.params["patience"]
        return patience > 0 and self.best is not None and self.epoch - self.best["epoch"] >= patience

    @property
    def is_finished(self):
        return self.epoch >= self.epochs or self.is_stopped_early

    def run(self):
        """Until the last epoch, until nothing gets better, or until somebody asks to stop."""
        try:
            while not self.is_finished:
                self.learn()
                self.judge()
                if self.epoch % self.params["checkpointEvery"] == 0 or self.is_finished:
                    self.save()
        except Stopped:
            self.save()
            print("stopping in epoch %d; the checkpoint goes on from here" % (self.epoch + 1), flush=True)
            return
        if self.is_stopped_early and self.epoch < self.epochs:
            print(
                "stopping early: nothing got better in the %d epochs since epoch %d"
                % (self.epoch - self.best["epoch"], self.best["epoch"]),
                flush=True,
            )

    def learn(self):
        """The rest of the epoch."""
        batches = self.rest_of_epoch()
        steps_before = math.ceil(self.examples / self.params["batch"])
        steps = steps_before + len(batches)
        every = max(1, steps // POINTS_PER_EPOCH)
        pace = Pace()
        self.problem.to_training()
        turns = self.problem.batches("train", batches, self.epoch, self.device)
        for place, (batch, (inputs, targets)) in enumerate(zip(batches, turns)):
            if trainyard.should_stop():
                raise Stopped
            if inputs is not None:
                pace.add(self.step(inputs, targets))
            self.examples += len(batch)
            step = steps_before + place + 1
            if pace.count and (step % every == 0 or pace.seconds > MOST_SECONDS_BETWEEN_POINTS):
                self.report_step(step, steps, pace.mean())
                pace = Pace()
            if trainyard.should_save() or time.monotonic() - self.saved_at > MOST_SECONDS_BETWEEN_CHECKPOINTS:
                self.save()

    def rest_of_epoch(self):
        """Numbers of the examples by batch, in the order of this epoch; those that are over left out."""
        count = self.problem.size("train")
        chance = torch.Generator().manual_seed((self.params["seed"] * 1_000_003 + self.epoch) % 2**63)
        order = torch.randperm(count, generator=chance).tolist()[self.examples :]
        return in_batches(order, self.params["batch"])

    def step(self, inputs, targets):
        """Learns from one batch; its loss, still on the device."""
        for group in self.optimizer.param_groups:
            group["lr"] = self.current_learning_rate()
        with self.precision.computing():
            loss, outputs = self.learning_loss(inputs, targets)
        scaler = self.precision.scaler
        self.optimizer.zero_grad(set_to_none=True)
        scaler.scale(loss).backward()
        scaler.step(self.optimizer)
        scaler.update()
        loss = loss.detach().float()
        self.sums["loss"] += loss * len(targets)
        self.sums["examples"] += len(targets)
        if self.problem.task == "classification":
            self.sums["hits"] += (outputs.detach().argmax(dim=1) == targets).sum()
        return loss

    def learning_loss(self, inputs, targets):
        """The loss of a batch and what the network made of it; mixed with itself when that is asked for."""
        if not self.is_mixed:
            outputs = apply_network(self.network, inputs)
            return self.loss(outputs, targets), outputs
        amount = self.params["mixup"]
        share = float(torch.distributions.Beta(amount, amount).sample())
        other = torch.randperm(len(targets)).to(self.device)
        images = inputs["images"]
        outputs = apply_network(self.network, {"images": share * images + (1 - share) * images[other]})
        return share * self.loss(outputs, targets) + (1 - share) * self.loss(outputs, targets[other]), outputs

    @property
    def is_mixed(self):
        """Whether images are laid over each other, so that no image has one class alone."""
        return self.params["mixup"] > 0 and self.problem.kind == "images"

    def judge(self):
        """Ends the epoch: measures it on what was held back, and keeps it when it is the best."""
        scores = self.measure("val")
        self.epoch += 1
        learned = self.learned_scores()
        self.examples, self.sums = 0, self.no_sums()
        summary = scores["summary"]
        kind = type(self.problem.make_scores())
        if self.best is None or kind.is_better(summary, self.best["summary"]):
            state = {name: value.detach().cpu().clone() for name, value in self.network.state_dict().items()}
            self.best = {"epoch": self.epoch, "state": state, **scores}
        held_back = {"val_" + name: value for name, value in {**summary, **scores["curves"]}.items()}
        trainyard.report(
            epoch=self.epoch,
            total_epochs=self.epochs,
            progress=self.epoch / self.epochs,
            lr=self.current_learning_rate(),
            **learned,
            **held_back,
        )

    @torch.no_grad()
    def measure(self, part):
        """What the network makes of a part it does not learn from: `summary`, `curves`, `details`."""
        self.network.eval()
        scores = self.problem.make_scores()
        loss, count = 0.0, 0
        batches = in_batches(list(range(self.problem.size(part))), 2 * self.params["batch"])
        for inputs, targets in self.problem.batches(part, batches, 0, self.device):
            if trainyard.should_stop():
                raise Stopped
            if inputs is None:
                continue
            with self.precision.computing():
                outputs = apply_network(self.network, inputs)
            outputs = outputs.float()
            scores.add(outputs, targets)
            loss += float(self.plain_loss(outputs, targets)) * len(targets)
            count += len(targets)
        if count == 0:
            raise TrainingError("Not one of the held-back images can be read.")
        summary = {"loss": loss / count, **scores.summary()}
        return {"summary": summary, "curves": scores.curves(), "details": scores.details()}

    def learned_scores(self):
        """The means over the epoch of what was learned from."""
        count = max(1, self.sums["examples"])
        scores = {"train_loss": self.finite(float(self.sums["loss"]) / count)}
        if self.problem.task == "classification" and not self.is_mixed:
            scores["train_accuracy"] = float(self.sums["hits"]) / count
        return scores

    def no_sums(self):
        return {
            "loss": torch.zeros((), device=self.device),
            "hits": torch.zeros((), dtype=torch.int64, device=self.device),
            "examples": 0,
        }

    def report_step(self, step, steps, loss):
        trainyard.report(
            epoch=self.epoch + 1,
            total_epochs=self.epochs,
            step=step,
            total_steps=steps,
            progress=self.position() / self.epochs,
            loss=self.finite(loss),
            lr=self.current_learning_rate(),
        )

    def finite(self, loss):
        if math.isfinite(loss) or self.precision.name == "fp16":
            return loss
        raise TrainingError(
            "The loss is no number any more in epoch %d; lower learningRate (it was %g)."
            % (self.epoch + 1, self.learning_rate)
        )

    def position(self):
        """In epochs."""
        return self.epoch + self.examples / self.problem.size("train")

    def current_learning_rate(self):
        """Rises evenly while it warms up, then falls to nothing along a cosine. Depends on the position alone."""
        warmup = min(self.params["warmupEpochs"], LONGEST_WARMUP * self.epochs)
        position = self.position()
        if position < warmup:
            return self.learning_rate * min(1.0, (position + 1 / self.problem.size("train")) / warmup)
        share = min(1.0, (position - warmup) / max(1e-9, self.epochs - warmup))
        return self.learning_rate * 0.5 * (1 + math.cos(math.pi * share))

    def make_optimizer(self):
        """Weights shrink, biases and normalisations do not."""
        weights = [weight for weight in self.network.parameters() if weight.requires_grad]
        groups = [
            {"params": [weight for weight in weights if weight.ndim > 1], "weight_decay": self.params["weightDecay"]},
            {"params": [weight for weight in weights if weight.ndim <= 1], "weight_decay": 0.0},
        ]
        if self.params["optimizer"] == "sgd":
            return torch.optim.SGD(groups, lr=self.learning_rate, momentum=MOMENTUM, nesterov=True)
        return torch.optim.AdamW(groups, lr=self.learning_rate)

    def identity(self):
        """What must be equal for a checkpoint to fit. The batch may differ: a GPU may have been too small for it."""
        return {
            "data": self.problem.kind,
            "seed": self.params["seed"],
            "optimizer": self.params["optimizer"],
            **self.problem.identity(),
        }

    def load(self):
        path = trainyard.resume_from()
        if path is None:
            return None
        saved = torch.load(path, map_location="cpu", weights_only=True)
        identity = self.identity()
        if saved["format"] != CHECKPOINT_FORMAT or saved["identity"] != identity:
            differing = [name for name, value in identity.items() if saved["identity"].get(name) != value]
            raise TrainingError(
                "The checkpoint %s does not fit: %s changed since; start a fresh job."
                % (os.path.basename(path), ", ".join(differing) or "its version")
            )
        return saved

    def restore(self, saved):
        self.network.load_state_dict(saved["network"])
        self.optimizer.load_state_dict(saved["optimizer"])
        self.precision.scaler.load_state_dict(saved["scaler"])
        self.learning_rate = self.params["learningRate"] or saved["learning_rate"]
        self.epoch, self.examples = saved["epoch"], saved["examples"]
        self.sums = {name: to_device(value, self.device) for name, value in saved["sums"].items()}
        self.best = saved["best"]
        if self.best is not None and self.best["state"] is None:
            self.best["state"] = saved["network"]
        torch.set_rng_state(saved["random"]["cpu"])
        if self.device.type == "cuda" and saved["random"]["cuda"]:
            torch.cuda.set_rng_state(saved["random"]["cuda"][0])
        print("going on in epoch %d after %d of its examples" % (self.epoch + 1, self.examples), flush=True)

    def save(self):
        """Everything that is needed to go on as if nothing had happened."""
        is_between = self.examples == 0
        best = self.best
        if best is not None and is_between and best["epoch"] == self.epoch:
            best = {**best, "state": None}
        content = {
            "format": CHECKPOINT_FORMAT,
            "identity": self.identity(),
            "origin": self.origin,
            "network": self.network.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "scaler": self.precision.scaler.state_dict(),
            "learning_rate": self.learning_rate,
            "random": {
                "cpu": torch.get_rng_state(),
                "cuda": [torch.cuda.get_rng_state()] if self.device.type == "cuda" else [],
            },
            "epoch": self.epoch,
            "examples": self.examples,
            "sums": self.sums,
            "best": best,
        }
        name = "epoch-%04d.pt" % self.epoch
        if not is_between:
            name = "epoch-%04d-example-%08d.pt" % (self.epoch + 1, self.examples)
        path = trainyard.checkpoint_path(name)
        trainyard.save_atomically(path, lambda file: torch.save(content, file))
        self.saved_at = time.monotonic()
        folder = os.path.dirname(path)
        names = sorted(name for name in os.listdir(folder) if name.startswith("epoch-"))
        for name in names[:-KEPT_CHECKPOINTS]:
            os.unlink(os.path.join(folder, name))


class Pace:
    """The losses since the last point."""

    def __init__(self):
        self.total = 0.0
        self.count = 0
        self.started = time.monotonic()

    def add(self, loss):
        self.total = self.total + loss
        self.count += 1

    def mean(self):
        return float(self.total) / self.count

    @property
    def seconds(self):
        return time.monotonic() - self.started


def in_batches(numbers, size):
    """Lists of so many, the last of at least two where it can be: nothing can be normalised over one example."""
    batches = [numbers[first : first + size] for first in range(0, len(numbers), size)]
    if len(batches) > 1 and len(batches[-1]) == 1:
        batches[-2:] = [batches[-2] + batches[-1]]
    return batches


def to_device(value, device):
    return value.to(device) if isinstance(value, torch.Tensor) else value
