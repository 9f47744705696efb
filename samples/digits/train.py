"""Learns to read handwritten digits with nothing but Python's standard library.

A network with one hidden layer, trained by mini-batch gradient descent on four fifths of digits.csv and judged on the
fifth that it never sees. Run it as it is (`python3 train.py`), or let Trainyard run it and watch.
"""

import argparse
import csv
import json
import math
import os
import random
import sys
from operator import mul

try:
    import trainyard
except ImportError:  # without Trainyard: the same training, reported by print alone
    trainyard = None

HERE = os.path.dirname(os.path.abspath(__file__))
OUTPUT = trainyard.output_dir() if trainyard else os.path.join(HERE, "output")
CLASSES = 10
BRIGHTEST = 16.0
BATCH_ROWS = 16


class Network:
    """Pixels in, a probability for each digit out."""

    def __init__(self, hidden, output):
        """Each layer is a list of units; a unit is a weight for each of its inputs and, last, its bias."""
        self.hidden = hidden
        self.output = output

    @classmethod
    def fresh(cls, inputs, hidden_units, rng):
        return cls(fresh_layer(hidden_units, inputs, rng), fresh_layer(CLASSES, hidden_units, rng))

    def forward(self, pixels):
        activations = [math.tanh(weighted(unit, pixels)) for unit in self.hidden]
        scores = [weighted(unit, activations) for unit in self.output]
        return activations, softmax(scores)

    def learn(self, rows, learning_rate):
        """One step downhill on the mean loss of `rows`."""
        hidden_slope = [[0.0] * len(unit) for unit in self.hidden]
        output_slope = [[0.0] * len(unit) for unit in self.output]
        for pixels, digit in rows:
            activations, probabilities = self.forward(pixels)
            errors = [p - (k == digit) for k, p in enumerate(probabilities)]
            add_slope(output_slope, errors, activations)
            add_slope(hidden_slope, self.blame(errors, activations), pixels)
        descend(self.hidden, hidden_slope, learning_rate / len(rows))
        descend(self.output, output_slope, learning_rate / len(rows))

    def blame(self, errors, activations):
        """How much each hidden unit contributed to the errors."""
        return [
            (1.0 - a * a) * sum(error * unit[j] for error, unit in zip(errors, self.output))
            for j, a in enumerate(activations)
        ]


def fresh_layer(units, inputs, rng):
    spread = math.sqrt(6.0 / (inputs + units))
    return [[rng.uniform(-spread, spread) for _ in range(inputs)] + [0.0] for _ in range(units)]


def weighted(unit, inputs):
    # map() ends with the shorter list, the inputs: what is left of the unit is its bias.
    return sum(map(mul, unit, inputs), unit[-1])


def softmax(scores):
    top = max(scores)
    powers = [math.exp(score - top) for score in scores]
    total = sum(powers)
    return [power / total for power in powers]


def add_slope(slopes, errors, inputs):
    for j, error in enumerate(errors):
        slope = slopes[j]
        slopes[j] = [s + error * x for s, x in zip(slope, inputs)] + [slope[-1] + error]


def descend(units, slopes, step):
    for j, slope in enumerate(slopes):
        units[j] = [w - step * s for w, s in zip(units[j], slope)]


def evaluate(network, rows):
    """Mean loss and share of right answers."""
    loss = 0.0
    right = 0
    for pixels, digit in rows:
        probabilities = network.forward(pixels)[1]
        loss -= math.log(max(probabilities[digit], 1e-12))
        right += probabilities[digit] == max(probabilities)
    return loss / len(rows), right / len(rows)


def read_rows(path):
    with open(path, newline="") as file:
        lines = csv.reader(file)
        next(lines)
        return [([int(cell) / BRIGHTEST for cell in line[:-1]], int(line[-1])) for line in lines]


def save_json(path, content):
    """Whole or not at all: a reader, or a crash, never meets half a file."""
    folder, name = os.path.split(path)
    os.makedirs(folder, exist_ok=True)
    unfinished = os.path.join(folder, "." + name + ".tmp")
    with open(unfinished, "w") as file:
        json.dump(content, file)
        file.flush()
        os.fsync(file.fileno())
    os.replace(unfinished, path)


def save_checkpoint(network, epoch, rng, settings):
    version, numbers, gauss = rng.getstate()
    content = {
        "epoch": epoch,
        "settings": settings,
        "hidden": network.hidden,
        "output": network.output,
        "random": [version, list(numbers), gauss],
    }
    save_json(os.path.join(OUTPUT, "checkpoints", "epoch-%04d.json" % epoch), content)


def load_checkpoint(path, rng, settings):
    """The network and the epoch it has finished; `rng` continues where it was."""
    with open(path) as file:
        saved = json.load(file)
    if saved["settings"] != settings:
        sys.exit("The checkpoint was made with %s, not %s; give the same." % (saved["settings"], settings))
    version, numbers, gauss = saved["random"]
    rng.setstate((version, tuple(numbers), gauss))
    return Network(saved["hidden"], saved["output"]), saved["epoch"]


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--epochs", type=int, default=30, help="times to go through the rows")
    parser.add_argument("--hidden", type=int, default=32, help="units of the hidden layer")
    parser.add_argument("--lr", type=float, default=0.2, help="length of a step downhill")
    parser.add_argument("--seed", type=int, default=7, help="same seed, same training")
    return parser.parse_args()


def report(epoch, epochs, metrics):
    if trainyard:
        trainyard.report(epoch=epoch, total_epochs=epochs, **metrics)
    else:
        shown = "  ".join("%s %.4f" % item for item in metrics.items())
        print("epoch %d/%d  %s" % (epoch, epochs, shown), flush=True)


def train(network, first_epoch, arguments, rng, rows, held_back, settings):
    """True when it went through to the last epoch, false when it was asked to stop before."""
    for epoch in range(first_epoch, arguments.epochs + 1):
        shuffled = rng.sample(rows, len(rows))
        for start in range(0, len(rows), BATCH_ROWS):
            network.learn(shuffled[start : start + BATCH_ROWS], arguments.lr)
        loss, accuracy = evaluate(network, rows)
        val_loss, val_accuracy = evaluate(network, held_back)
        save_checkpoint(network, epoch, rng, settings)
        metrics = {"loss": loss, "accuracy": accuracy, "val_loss": val_loss, "val_accuracy": val_accuracy}
        report(epoch, arguments.epochs, metrics)
        if trainyard and trainyard.should_stop() and epoch < arguments.epochs:
            return False
    return True


def main():
    arguments = parse_arguments()
    settings = {"hidden": arguments.hidden, "lr": arguments.lr, "seed": arguments.seed}
    all_rows = read_rows(os.path.join(HERE, "digits.csv"))
    random.Random(arguments.seed).shuffle(all_rows)
    held_back, rows = all_rows[: len(all_rows) // 5], all_rows[len(all_rows) // 5 :]
    print("%d rows to learn from, %d held back" % (len(rows), len(held_back)), flush=True)

    rng = random.Random(arguments.seed)
    checkpoint = trainyard.resume_from() if trainyard else None
    if checkpoint:
        network, done = load_checkpoint(checkpoint, rng, settings)
        print("continuing after epoch %d" % done, flush=True)
    else:
        network, done = Network.fresh(len(rows[0][0]), arguments.hidden, rng), 0

    if not train(network, done + 1, arguments, rng, rows, held_back, settings):
        print("stopped; the last checkpoint continues from here", flush=True)
        return

    accuracy = evaluate(network, held_back)[1]
    path = os.path.join(OUTPUT, "model.json")
    save_json(path, {"hidden": network.hidden, "output": network.output, "held_back_accuracy": accuracy})
    if trainyard:
        trainyard.model(path)
    print("held-back accuracy: %.1f %%" % (100 * accuracy), flush=True)


if __name__ == "__main__":
    main()
