"""Loads a model.pt of Trainyard's pytorch recipe and predicts with it.

    python predict.py model.pt rose.jpg tulip.png
    python predict.py model.pt table.csv

As a module: `Model("model.pt").classify(["rose.jpg"])`, or `.predict_rows([{"age": "41", "city": "Bonn"}])` for a model
of a table. Needs torch; for images torchvision and Pillow too. The training builds its networks from this same file.
"""

import csv
import gzip
import math
import os
import sys

import torch
from torch import nn

FORMAT = "trainyard-pytorch"
#: ImageNet's, of the 8-bit values divided by 255: what the published weights expect.
PIXEL_MEAN = (0.485, 0.456, 0.406)
PIXEL_STD = (0.229, 0.224, 0.225)
GAPS = frozenset(
    "|?|#N/A|#NA|-NaN|-nan|<NA>|N/A|NA|NULL|NaN|None|n/a|nan|null|#N/A N/A|-1.#IND|-1.#QNAN|1.#IND|1.#QNAN".split("|")
)
ROWS_AT_ONCE = 4096
IMAGES_AT_ONCE = 32


class SmallNet(nn.Module):
    """Five convolutions for images of some 16 to 96 pixels. Takes [images, 3, side, side]."""

    def __init__(self, classes, width=24):
        super().__init__()
        pool = [nn.MaxPool2d(2)]
        self.features = nn.Sequential(
            *convolution(3, width),
            *pool,
            *convolution(width, 2 * width),
            *convolution(2 * width, 2 * width),
            *pool,
            *convolution(2 * width, 4 * width),
            *convolution(4 * width, 4 * width),
        )
        self.dropout = nn.Dropout(0.2)
        self.head = nn.Linear(4 * width, classes)

    def forward(self, images):
        return self.head(self.dropout(self.features(images).mean((2, 3))))


def convolution(channels_in, channels_out):
    return [
        nn.Conv2d(channels_in, channels_out, 3, padding=1, bias=False),
        nn.BatchNorm2d(channels_out),
        nn.ReLU(),
    ]


class TableNet(nn.Module):
    """A perceptron over the columns of a table.

    Takes `numbers` as they stand in the table [rows, columns], NaN for a gap, and `texts` as places in the vocabularies
    [rows, columns], 0 for a gap or an unknown value. Gives scores [rows, classes], or amounts [rows] in the units of
    the table. Medians, means and scales are part of the weights.
    """

    def __init__(self, numbers, vocabularies, layers, outputs, dropout, texts_as):
        super().__init__()
        self.is_regression = outputs == 0
        for name, start in (("medians", 0.0), ("means", 0.0), ("scales", 1.0)):
            self.register_buffer(name, torch.full((numbers,), start))
        self.register_buffer("target_mean", torch.tensor(0.0))
        self.register_buffer("target_scale", torch.tensor(1.0))
        if texts_as == "one-hot":
            self.encoders = nn.ModuleList(OneHot(size) for size in vocabularies)
        else:
            self.encoders = nn.ModuleList(nn.Embedding(size, embedding_width(size)) for size in vocabularies)
        width = numbers + sum(encoder.embedding_dim for encoder in self.encoders)
        blocks = []
        for units in layers:
            blocks += [nn.Linear(width, units), nn.LayerNorm(units), nn.ReLU(), nn.Dropout(dropout)]
            width = units
        self.layers = nn.Sequential(*blocks, nn.Linear(width, max(1, outputs)))

    def forward(self, numbers=None, texts=None):
        columns = []
        if numbers is not None:
            filled = torch.where(torch.isnan(numbers), self.medians, numbers)
            columns.append((filled - self.means) / self.scales)
        if texts is not None:
            columns += [encoder(texts[:, place]) for place, encoder in enumerate(self.encoders)]
        scores = self.layers(torch.cat(columns, dim=1))
        return scores[:, 0] * self.target_scale + self.target_mean if self.is_regression else scores


class OneHot(nn.Module):
    """A column of zeros and ones for every value but the unknown one."""

    def __init__(self, size):
        super().__init__()
        self.embedding_dim = size - 1
        self.register_buffer("rows", torch.eye(size)[:, 1:].contiguous())

    def forward(self, places):
        return self.rows[places]


def embedding_width(size):
    return min(32, max(2, math.ceil(size / 2)))


def build_network(architecture):
    """The network of that description, with random weights: `{"name": "resnet18", "classes": 5}`."""
    arguments = {name: value for name, value in architecture.items() if name != "name"}
    name = architecture["name"]
    if name == "table":
        return TableNet(**arguments)
    classes = arguments.pop("classes")
    if name == "small":
        return SmallNet(classes, **arguments)
    import torchvision

    return torchvision.models.get_model(name, weights=None, num_classes=classes, **arguments)


def apply_network(network, inputs):
    """`inputs` by name: `images`, or what a table has of `numbers` and `texts`."""
    return network(**inputs) if isinstance(network, TableNet) else network(inputs["images"])


def open_image(path):
    """An image as a person sees it, in RGB: turned as EXIF says, on white where it is transparent."""
    from PIL import Image, ImageOps

    with Image.open(path) as file:
        image = ImageOps.exif_transpose(file)
        if image.mode.startswith("I") or image.mode == "F":
            return from_deep_gray(image)
        if image.mode in ("LA", "PA", "RGBA") or "transparency" in image.info:
            image = image.convert("RGBA")
            paper = Image.new("RGBA", image.size, "white")
            return Image.alpha_composite(paper, image).convert("RGB")
        return image.convert("RGB")


def from_deep_gray(image):
    """16 bits per pixel to 8: converting would cut off what is above 255."""
    deep = image.convert("F")
    brightest = deep.getextrema()[1]
    scale = 255.0 / 65535.0 if brightest > 255 else 1.0
    return deep.point(lambda value: value * scale + 0.0).convert("L").convert("RGB")


def fit_image(image_size):
    """What makes a square of an image without distorting it: the shorter side fits, the middle is kept."""
    from torchvision import transforms

    return transforms.Compose([transforms.Resize(image_size), transforms.CenterCrop(image_size)])


def to_input():
    """What makes numbers of a fitted image: [3, side, side]."""
    from torchvision import transforms

    return transforms.Compose([transforms.ToTensor(), transforms.Normalize(PIXEL_MEAN, PIXEL_STD)])


def to_number(cell, decimal_comma):
    """A cell of a table as a number; NaN for a gap."""
    text = cell.strip()
    if text in GAPS:
        return math.nan
    value = {"true": 1.0, "false": 0.0}.get(text.lower())
    if value is None:
        value = float(text.replace(",", ".") if decimal_comma else text)
    return value if math.isfinite(value) else math.nan


def to_text(cell):
    """A cell of a table as text; pandas says truth values its own way."""
    text = str(cell).strip()
    return {"true": "True", "false": "False"}.get(text.lower(), text)


class Model:
    """A trained model, ready to predict."""

    def __init__(self, path, device="cpu"):
        checkpoint = torch.load(path, map_location=device, weights_only=True)
        if checkpoint.get("format") != FORMAT:
            raise ValueError("%s was not made by Trainyard's pytorch recipe." % path)
        self.device = device
        self.task = checkpoint["task"]
        #: Names in the order of the scores; None for amounts.
        self.classes = checkpoint["classes"]
        self.preprocessing = checkpoint["preprocessing"]
        self.network = build_network(checkpoint["architecture"])
        self.network.load_state_dict(checkpoint["state_dict"])
        self.network.to(device).eval()

    @property
    def is_of_images(self):
        return self.preprocessing["kind"] == "images"

    @torch.no_grad()
    def classify(self, paths):
        """The class and its probability for each image file."""
        if not self.is_of_images:
            raise TypeError("This model takes rows of a table, not images.")
        fit, convert = fit_image(self.preprocessing["image_size"]), to_input()
        found = []
        for first in range(0, len(paths), IMAGES_AT_ONCE):
            images = [convert(fit(open_image(path))) for path in paths[first : first + IMAGES_AT_ONCE]]
            scores = apply_network(self.network, {"images": torch.stack(images).to(self.device)})
            found += self.best_classes(scores)
        return found

    @torch.no_grad()
    def predict_rows(self, rows):
        """For each row, a dict of cells as text: the class and its probability, or the amount."""
        if self.is_of_images:
            raise TypeError("This model takes images, not rows of a table.")
        found = []
        for first in range(0, len(rows), ROWS_AT_ONCE):
            result = apply_network(self.network, self.table_inputs(rows[first : first + ROWS_AT_ONCE]))
            found += result.tolist() if self.classes is None else self.best_classes(result)
        return found

    def best_classes(self, scores):
        best = scores.float().softmax(dim=1).max(dim=1)
        return [(self.classes[place], share) for place, share in zip(best.indices.tolist(), best.values.tolist())]

    def table_inputs(self, rows):
        known = self.preprocessing
        inputs = {}
        if known["numbers"]:
            cells = [
                [to_number(row[name], name in known["decimal_commas"]) for name in known["numbers"]] for row in rows
            ]
            inputs["numbers"] = torch.tensor(cells, dtype=torch.float32, device=self.device)
        if known["texts"]:
            places = [{value: place for place, value in enumerate(values)} for values in known["vocabularies"]]
            cells = [[place.get(to_text(row[name]), 0) for name, place in zip(known["texts"], places)] for row in rows]
            inputs["texts"] = torch.tensor(cells, dtype=torch.int64, device=self.device)
        return inputs


def read_rows(path, reading):
    """The rows of a table like the one the model learned from."""
    opened = gzip.open if path.lower().endswith(".gz") else open
    with opened(path, "rt", encoding=reading["encoding"], newline="") as file:
        reader = csv.reader(file, delimiter=reading["separator"], skipinitialspace=True)
        names = [name.strip() for name in next(reader)]
        return [dict(zip(names, cells + [""] * (len(names) - len(cells)))) for cells in reader if cells]


def main(arguments):
    if len(arguments) < 2:
        sys.exit("usage: python predict.py model.pt image-or-table…")
    model = Model(arguments[0])
    for path in arguments[1:]:
        if model.is_of_images:
            results = model.classify([path])
        else:
            results = model.predict_rows(read_rows(path, model.preprocessing["read"]))
        for result in results:
            text = "%s\t%.4f" % result if isinstance(result, tuple) else "%.6g" % result
            print("%s\t%s" % (os.path.basename(path), text))


if __name__ == "__main__":
    main(sys.argv[1:])
