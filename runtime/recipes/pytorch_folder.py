"""Which images a dataset folder holds, of which classes, and which of them are held back.

Decided by the same rules as in src/recipes/datasets/imageFolder/, so that what was checked before the start is what is
learned here.
"""

import csv
import hashlib
import math
import os
import re

from pytorch_errors import TrainingError

IMAGE_NAME = re.compile(r"\.(jpe?g|png|ppm|bmp|pgm|tiff?|webp)$", re.IGNORECASE)
TRAIN_FOLDERS = ("train", "training")
VAL_FOLDERS = ("val", "valid", "validation")
TEST_FOLDERS = ("test", "testing")
SPLIT_FILE = "split.csv"


class ImageFolder:
    """Paths relative to the dataset folder, by part and class: `parts["train"]["rose"]`."""

    def __init__(self, parts, split):
        #: `train`, and `val` and `test` where there are any.
        self.parts = parts
        #: Who said which images are held back: a folder, split.csv or the seed.
        self.split = split

    @property
    def classes(self):
        return sorted(self.parts["train"])

    def examples(self, part):
        """(path, class number) of each image of a part."""
        places = {name: place for place, name in enumerate(self.classes)}
        return [
            (path, places[name])
            for name, paths in sorted(self.parts.get(part, {}).items())
            if name in places
            for path in sorted(paths)
        ]


def find_images(folder):
    names = []
    for parent, _, files in os.walk(folder):
        inside = os.path.relpath(parent, folder).replace(os.sep, "/")
        names += [name if inside == "." else "%s/%s" % (inside, name) for name in files if IMAGE_NAME.search(name)]
    return sorted(names)


def read_folder(folder, test_size, seed):
    """The images of a dataset folder, divided."""
    parts = find_parts(find_images(folder))
    if not parts:
        raise TrainingError("The dataset has no images in folders of their classes.")
    if "val" in parts:
        return ImageFolder(parts, "folder")
    split_file = os.path.join(folder, SPLIT_FILE)
    if os.path.exists(split_file):
        divided = divide_by_file(parts["train"], split_file)
        if divided["train"] and divided.get("val"):
            return ImageFolder(divided, SPLIT_FILE)
    return ImageFolder(divide_by_seed(parts["train"], test_size, seed), "seed %d" % seed)


def find_parts(images):
    """{part: {class: paths}}; empty when no image lies in a folder of its own. `test` stands in for a missing `val`."""
    root = find_root(images)
    folders = by_folder(images, root)
    train = part_folder(folders, TRAIN_FOLDERS)
    if train is None:
        return {"train": folders} if folders else {}
    held = [part_folder(folders, names) for names in (VAL_FOLDERS, TEST_FOLDERS)]
    held = [by_folder(images, "%s%s/" % (root, name)) for name in held if name is not None]
    parts = {"train": by_folder(images, "%s%s/" % (root, train))}
    parts.update(zip(("val", "test"), [classes for classes in held if classes]))
    return parts if parts["train"] else {}


def part_folder(folders, names):
    for wanted in names:
        for folder in folders:
            if folder.lower() == wanted:
                return folder
    return None


def find_root(images):
    """The folder, with a slash at its end, that holds parts or classes."""
    root = ""
    while True:
        folders = list(by_folder(images, root))
        if len(folders) != 1 or has_images(images, root) or folders[0].lower() in TRAIN_FOLDERS:
            return root
        inside = "%s%s/" % (root, folders[0])
        if has_images(images, inside):
            return root
        root = inside


def has_images(images, prefix):
    return any(path.startswith(prefix) and "/" not in path[len(prefix) :] for path in images)


def by_folder(images, prefix):
    folders = {}
    for path in images:
        if path.startswith(prefix) and "/" in path[len(prefix) :]:
            folders.setdefault(path[len(prefix) :].split("/", 1)[0], []).append(path)
    return folders


def divide_by_seed(classes, test_size, seed):
    """Holds back a share of each class: those whose path, hashed with the seed, comes first."""
    parts = {"train": {}, "val": {}}
    for name, paths in classes.items():
        order = sorted(paths, key=lambda path: rank_of(path, seed))
        held = min(len(paths) - 1, max(1, math.floor(len(paths) * test_size + 0.5)))
        if held > 0:
            parts["val"][name] = order[:held]
        parts["train"][name] = order[held:]
    return parts


def rank_of(path, seed):
    return hashlib.sha256(("%d:%s" % (seed, path)).encode("utf-8", "surrogateescape")).hexdigest()


def divide_by_file(classes, split_file):
    """As the lines `path,part` say; what they do not name is learned from."""
    with open(split_file, encoding="utf-8-sig", newline="") as file:
        rows = [[cell.strip() for cell in row] for row in csv.reader(file) if len(row) >= 2]
    said = {row[0]: row[1] for row in rows}
    parts = {"train": {}, "val": {}, "test": {}}
    for name, paths in classes.items():
        for path in paths:
            part = said.get(path, "train")
            parts[part if part in parts else "train"].setdefault(name, []).append(path)
    return {part: classes for part, classes in parts.items() if classes or part == "train"}
