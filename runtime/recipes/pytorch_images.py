"""Images of a folder as something to learn: their classes, how they are prepared and varied, and the network."""

import os

import torch
from PIL import Image, UnidentifiedImageError
from torch import nn
from torch.utils.data import DataLoader, Dataset
from torchvision import transforms

from pytorch_backbones import describe_architecture, make_backbone, make_teaching
from pytorch_errors import TrainingError
from pytorch_folder import read_folder
from pytorch_predict import PIXEL_MEAN, PIXEL_STD, fit_image, open_image, to_input
from pytorch_scores import ClassScores

#: So many images say how large they are in general.
MOST_MEASURED = 64
USUAL_SIZE = 224
SMALL_SIZE = 64
#: A worker that has fewer images to open costs more than it helps.
IMAGES_PER_WORKER = 256


def augmentation(name, size):
    """What varies an image, from RGB to RGB of the right size, and what varies the numbers made of it."""
    if name == "none":
        return [fit_image(size)], []
    if name == "light":
        moved = transforms.RandomAffine(degrees=8, translate=(0.08, 0.08), scale=(0.9, 1.1), fill=(128, 128, 128))
        return [fit_image(size), moved, transforms.ColorJitter(0.2, 0.2)], []
    if name == "standard":
        cropped = transforms.RandomResizedCrop(size, scale=(0.5, 1.0))
        return [cropped, transforms.RandomHorizontalFlip(), transforms.ColorJitter(0.2, 0.2, 0.2)], []
    cropped = transforms.RandomResizedCrop(size, scale=(0.25, 1.0))
    varied = [cropped, transforms.RandomHorizontalFlip(), transforms.TrivialAugmentWide()]
    return varied, [transforms.RandomErasing(0.25)]


class Images(Dataset):
    """Opens images. Asked for (number, pass) it varies the image by a chance of its own, whichever worker does it."""

    def __init__(self, folder, examples, prepare, seed):
        self.folder = folder
        self.examples = examples
        self.prepare = prepare
        self.seed = seed

    def __len__(self):
        return len(self.examples)

    def __getitem__(self, key):
        """(image, class number, None), or (None, None, path) when it cannot be read."""
        number, turn = key
        path, target = self.examples[number]
        try:
            image = open_image(os.path.join(self.folder, *path.split("/")))
        except (OSError, ValueError, SyntaxError, Image.DecompressionBombError, UnidentifiedImageError):
            return None, None, path
        with torch.random.fork_rng(devices=[]):
            torch.default_generator.manual_seed(((self.seed * 1_000_003 + turn) * 100_000_007 + number) % 2**63)
            return self.prepare(image), target, None


class Order:
    """Which examples come in which batch: what a data loader asks its batch sampler."""

    def __init__(self):
        self.batches = []

    def __iter__(self):
        return iter(self.batches)

    def __len__(self):
        return len(self.batches)


def join(items):
    """(images, targets, paths that cannot be read) of a batch; the first two are None when nothing is left."""
    unreadable = [path for _, _, path in items if path is not None]
    good = [(image, target) for image, target, path in items if path is None]
    if not good:
        return None, None, unreadable
    return torch.stack([image for image, _ in good]), torch.tensor([target for _, target in good]), unreadable


class ImageProblem:
    """Images and their classes, for `pytorch_loop.Training`."""

    kind = "images"
    task = "classification"
    #: A network for images learns as well with half of the digits, and much faster.
    is_mixed_precision_useful = True

    def __init__(self, job):
        self.params = params = job["params"]
        self.folder = folder = job["dataset"]
        self.found = read_folder(folder, params["testSize"], params["seed"])
        self.classes = self.found.classes
        if len(self.classes) < 2:
            raise TrainingError("The dataset has one class, '%s'; there is nothing to tell apart." % self.classes[0])
        self.examples = {part: self.found.examples(part) for part in ("train", "val", "test")}
        self.image_size = params["imageSize"] or self.usual_size()
        name = params["model"]
        if name == "auto":
            name = "small" if self.image_size <= SMALL_SIZE else "resnet18"
        self.architecture = describe_architecture(name, len(self.classes), self.image_size)
        self.unreadable = set()
        self.loaders = {}

    def usual_size(self):
        """What most images have on their longer side, in steps of 32 pixels, 224 at most."""
        if self.params["model"] == "vit_b_16":
            return USUAL_SIZE
        examples = self.examples["train"]
        sides = []
        for path, _ in examples[:: max(1, len(examples) // MOST_MEASURED)]:
            try:
                with Image.open(os.path.join(self.folder, *path.split("/"))) as image:
                    sides.append(max(image.size))
            except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
                continue
        longer = sorted(sides)[len(sides) // 2] if sides else USUAL_SIZE
        return min(USUAL_SIZE, max(32, -(-longer // 32) * 32))

    def identity(self):
        return {
            "model": self.architecture["name"],
            "imageSize": self.image_size,
            "freezeBackbone": self.params["freezeBackbone"],
            "classes": self.classes,
            "images": len(self.examples["train"]),
        }

    def describe(self):
        held = "%d held back (%s)" % (len(self.examples["val"]), self.found.split)
        if self.examples["test"]:
            held += ", %d to test on" % len(self.examples["test"])
        return "%d images of %d classes to learn from, %s; %s at %d x %d" % (
            len(self.examples["train"]),
            len(self.classes),
            held,
            self.architecture["name"],
            self.image_size,
            self.image_size,
        )

    def make_network(self, origin=None):
        """The network and where its weights come from. With an origin they are random: a checkpoint brings them."""
        wants_pretrained = self.params["pretrained"] and origin is None
        network, found = make_backbone(self.architecture, wants_pretrained)
        origin = origin or found
        self.is_pretrained = origin.startswith("pretrained")
        if self.params["freezeBackbone"] and not self.is_pretrained:
            raise TrainingError(
                "With freezeBackbone only the last layer learns, and the weights before it are %s; set freezeBackbone "
                "to false." % origin
            )
        self.teaching = make_teaching(network, self.architecture["name"], self.params["freezeBackbone"])
        return network, origin

    def usual_learning_rate(self):
        """Published weights are moved gently, and small networks take longer steps."""
        if self.params["optimizer"] == "sgd":
            return 0.01 if self.is_pretrained else 0.05
        if self.architecture["name"] == "small":
            return 0.003
        return 0.0002 if self.is_pretrained and not self.params["freezeBackbone"] else 0.001

    def to_training(self):
        self.teaching.to_training()

    def size(self, part):
        return len(self.examples[part])

    def batches(self, part, batches, turn, device):
        """(inputs, targets) for each list of numbers; None for both when none of its images could be read."""
        loader = self.loader(part, device)
        loader.batch_sampler.batches = [[(number, turn) for number in batch] for batch in batches]
        for images, targets, unreadable in loader:
            self.note_unreadable(unreadable)
            if images is None:
                yield None, None
                continue
            images = images.to(device, non_blocking=True)
            if device.type == "cuda":
                images = images.contiguous(memory_format=torch.channels_last)
            yield {"images": images}, targets.to(device, non_blocking=True)

    def loader(self, part, device):
        if part not in self.loaders:
            varied, erased = augmentation(self.params["augmentation"] if part == "train" else "none", self.image_size)
            prepare = transforms.Compose(varied + [to_input()] + erased)
            images = Images(self.folder, self.examples[part], prepare, self.params["seed"])
            workers = min(self.params["workers"], os.cpu_count() or 1, len(images) // IMAGES_PER_WORKER)
            self.loaders[part] = DataLoader(
                images,
                batch_sampler=Order(),
                num_workers=workers,
                collate_fn=join,
                pin_memory=device.type == "cuda",
                persistent_workers=workers > 0,
                # A generator of its own: else the loader draws from the one that a checkpoint keeps.
                generator=torch.Generator(),
            )
        return self.loaders[part]

    def note_unreadable(self, paths):
        for path in paths:
            if path not in self.unreadable:
                self.unreadable.add(path)
                print("left out, it cannot be read: %s" % path, flush=True)

    def make_loss(self, device):
        """What is to become small: of (outputs, targets)."""
        weight = None
        if self.params["classWeights"]:
            counts = torch.bincount(
                torch.tensor([target for _, target in self.examples["train"]]), minlength=len(self.classes)
            )
            weight = (counts.sum() / (len(self.classes) * counts)).float().to(device)
        return nn.CrossEntropyLoss(weight=weight, label_smoothing=self.params["labelSmoothing"])

    def make_plain_loss(self, device):
        """What held-back images are measured by, whatever helps learning."""
        return nn.CrossEntropyLoss()

    def make_scores(self):
        return ClassScores(self.classes)

    def preprocessing(self):
        return {
            "kind": "images",
            "image_size": self.image_size,
            "fit": "the shorter side to image_size, the middle kept",
            "mean": list(PIXEL_MEAN),
            "std": list(PIXEL_STD),
        }

    def example_inputs(self):
        return {"images": torch.zeros(2, 3, self.image_size, self.image_size)}

    def card(self):
        counts = {part: len(examples) for part, examples in self.examples.items() if examples}
        return {
            "classes": self.classes,
            "images": counts,
            "split": self.found.split,
            "left_out": sorted(self.unreadable),
        }
