"""Folders of classes for `classify`, as Ultralytics takes them."""

import os
import re

import class_folders
from yolo_errors import YoloError

#: What the check looks at; Ultralytics reads all of them but PPM and PGM.
IMAGE_NAME = re.compile(r"\.(jpe?g|png|bmp|tiff?|webp)$", re.IGNORECASE)
HELD_BACK = 0.2


def link_classes(root, files, seed, folder):
    """`<part>/<class>/<n>-<name>` for each image, as links. Gives the folder back, which is what Ultralytics takes."""
    images = [path for path in files if IMAGE_NAME.search(path)]
    parts, _ = class_folders.divide(root, images, HELD_BACK, seed)
    if len(parts.get("train", {})) < 2:
        raise YoloError("There must be at least 2 folders of classes with images in them to tell apart.")
    for part, classes in parts.items():
        for name, paths in classes.items():
            target = os.path.join(folder, part, name)
            os.makedirs(target)
            for index, path in enumerate(paths):
                # The number keeps images of deeper folders apart that are called the same.
                os.symlink(os.path.join(root, path), os.path.join(target, "%d-%s" % (index, os.path.basename(path))))
    return folder
