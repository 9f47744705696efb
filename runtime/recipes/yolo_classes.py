"""Folders of classes for `classify`. src/recipes/datasets/imageFolder/ finds and divides them by the same rules."""

import csv
import hashlib
import math
import os
import re

from yolo_errors import YoloError

#: What the check looks at; Ultralytics reads all of them but PPM and PGM.
IMAGE_NAME = re.compile(r"\.(jpe?g|png|bmp|tiff?|webp)$", re.IGNORECASE)
PART_FOLDERS = {
    "train": ("train", "training"),
    "val": ("val", "valid", "validation"),
    "test": ("test", "testing"),
}
SPLIT_FILE = "split.csv"
HELD_BACK = 0.2


def link_classes(root, files, seed, folder):
    """`<part>/<class>/<n>-<name>` for each image, as links. Gives the folder back, which is what Ultralytics takes."""
    parts = divide(root, [path for path in files if IMAGE_NAME.search(path)], seed)
    if len(parts["train"]) < 2:
        raise YoloError("There must be at least 2 folders of classes with images in them to tell apart.")
    for part, classes in parts.items():
        for name, images in classes.items():
            target = os.path.join(folder, part, name)
            os.makedirs(target)
            for index, image in enumerate(images):
                # The number keeps images of deeper folders apart that are called the same.
                os.symlink(os.path.join(root, image), os.path.join(target, "%d-%s" % (index, os.path.basename(image))))
    return folder


def divide(root, images, seed):
    """{part: {class: [image]}}: by folders, else by split.csv, else by seed."""
    top = find_top(images)
    folders = by_folder(images, top)
    names = {part: find_part(folders, part) for part in PART_FOLDERS}
    if names["train"] is None:
        classes = folders
    else:
        classes = by_folder(images, top + names["train"] + "/")
        held = [by_folder(images, "%s%s/" % (top, names[part])) for part in ("val", "test") if names[part] is not None]
        held = [part for part in held if part]
        if held:
            return dict(zip(("train", "val", "test"), [classes] + held))
    listed = split_by_file(os.path.join(root, SPLIT_FILE), classes)
    return listed or split_by_seed(classes, seed)


def find_part(folders, part):
    for wanted in PART_FOLDERS[part]:
        for folder in folders:
            if folder.lower() == wanted:
                return folder
    return None


def find_top(images):
    """The folder, with a slash at its end, that holds parts or classes; one that only wraps another is passed."""
    top = ""
    while True:
        folders = list(by_folder(images, top))
        if len(folders) != 1 or has_loose(images, top) or folders[0].lower() in PART_FOLDERS["train"]:
            return top
        inside = "%s%s/" % (top, folders[0])
        if has_loose(images, inside):
            return top
        top = inside


def has_loose(images, prefix):
    return any(path.startswith(prefix) and "/" not in path[len(prefix) :] for path in images)


def by_folder(images, prefix):
    folders = {}
    for path in images:
        if path.startswith(prefix):
            name, slash, _ = path[len(prefix) :].partition("/")
            if slash:
                folders.setdefault(name, []).append(path)
    return folders


def split_by_file(path, classes):
    """As split.csv says, in lines of `path,part`; None when there is none, or when it holds nothing back."""
    if not os.path.isfile(path):
        return None
    with open(path, encoding="utf-8-sig", newline="") as file:
        told = {row[0].strip(): row[1].strip() for row in csv.reader(file) if len(row) > 1}
    parts = {}
    for part in PART_FOLDERS:
        kept = {name: [i for i in images if told.get(i, "train") == part] for name, images in classes.items()}
        parts[part] = {name: images for name, images in kept.items() if images}
    parts = {part: found for part, found in parts.items() if found}
    return parts if "train" in parts and "val" in parts else None


def split_by_seed(classes, seed):
    """Holds back a share of each class, at least one image, and leaves at least one to learn from."""
    parts = {"train": {}, "val": {}}
    for name, images in classes.items():
        ranked = sorted(images, key=lambda path: hashlib.sha256(("%d:%s" % (seed, path)).encode("utf-8")).hexdigest())
        held = min(len(images) - 1, max(1, math.floor(len(images) * HELD_BACK + 0.5)))
        if held > 0:
            parts["val"][name] = ranked[:held]
        parts["train"][name] = ranked[held:]
    return parts
