"""The images of a dataset folder, numbered by their classes."""

import os
import re

import class_folders
from pytorch_errors import TrainingError

IMAGE_NAME = re.compile(r"\.(jpe?g|png|ppm|bmp|pgm|tiff?|webp)$", re.IGNORECASE)


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
    parts, split = class_folders.divide(folder, find_images(folder), test_size, seed)
    if not parts:
        raise TrainingError("The dataset has no images in folders of their classes.")
    return ImageFolder(parts, split)
