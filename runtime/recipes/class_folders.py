"""Images in folders of their classes: which part each belongs to, and which of them are held back.

By the same rules as in src/recipes/datasets/imageFolder/, so that what was checked before the start is what is learned.
Standard library only.
"""

import csv
import hashlib
import math
import os

TRAIN_FOLDERS = ("train", "training")
VAL_FOLDERS = ("val", "valid", "validation")
TEST_FOLDERS = ("test", "testing")
SPLIT_FILE = "split.csv"


def divide(root, images, test_size, seed):
    """{part: {class: paths}}, and who said what is held back: a folder, split.csv or the seed.

    `images` are paths relative to `root`, with slashes. No parts when none of them lies in a folder of its own.
    """
    parts = find_parts(images)
    if not parts or "val" in parts:
        return parts, "folder"
    split_file = os.path.join(root, SPLIT_FILE)
    if os.path.exists(split_file):
        divided = divide_by_file(parts["train"], split_file)
        if divided["train"] and divided.get("val"):
            return divided, SPLIT_FILE
    return divide_by_seed(parts["train"], test_size, seed), "seed %d" % seed


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
