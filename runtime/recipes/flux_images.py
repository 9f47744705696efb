"""Puts a dataset of images and captions into the form that ai-toolkit reads.

ai-toolkit writes caches beside the images (`_latent_cache`, `.aitk_size.json`: toolkit/data_loader.py), and a dataset
on a machine is shared and read-only. So it gets a folder of links, which also has what it wants: small letters in the
endings (jpg, jpeg, png, webp) and a .txt beside every image (toolkit/dataloader_mixins.py).
"""

import os

IMAGE_ENDINGS = (".jpg", ".jpeg", ".png", ".webp")
DEFAULT_CAPTION_FILE = "default.txt"


class CaptionedImages:
    """Links to the images of a dataset with a caption each, in `folder`."""

    def __init__(self, dataset, folder, caption_ending, default_caption):
        self.dataset = dataset
        self.folder = folder
        self.caption_ending = "." + caption_ending.lstrip(".")
        self.default_caption = default_caption or self.read(os.path.join(dataset, DEFAULT_CAPTION_FILE)) or ""
        #: As far as they are not empty, in the order of the files.
        self.captions = []
        self.count = 0

    def arrange(self):
        """Makes the links anew; caches that ai-toolkit keeps beside them stay."""
        os.makedirs(self.folder, exist_ok=True)
        for parent, inner, names in os.walk(self.folder):
            inner[:] = [name for name in inner if not name.startswith(("_", "."))]
            for name in names:
                if name.lower().endswith(IMAGE_ENDINGS + (".txt",)):
                    os.unlink(os.path.join(parent, name))
        for path in self.images():
            self.add(path)

    def images(self):
        found = []
        for parent, inner, names in os.walk(self.dataset):
            inner[:] = [name for name in inner if not name.startswith(".")]
            found.extend(os.path.join(parent, name) for name in names if is_image(name))
        return sorted(found)

    def add(self, path):
        stem, ending = os.path.splitext(os.path.relpath(path, self.dataset))
        caption = self.read(os.path.splitext(path)[0] + self.caption_ending)
        caption = self.default_caption if caption is None else caption
        place = self.free_place(os.path.join(self.folder, stem), ending.lower())
        os.makedirs(os.path.dirname(place), exist_ok=True)
        os.symlink(os.path.realpath(path), place + ending.lower())
        with open(place + ".txt", "w", encoding="utf-8") as file:
            file.write(caption)
        self.count += 1
        if caption:
            self.captions.append(caption)

    def free_place(self, place, ending):
        """Images that differ in their ending only have a caption each here."""
        number, free = 1, place
        while os.path.lexists(free + ending) or os.path.lexists(free + ".txt"):
            number += 1
            free = "%s-%d" % (place, number)
        return free

    @staticmethod
    def read(path):
        """The caption in one line, or None when there is no such file."""
        try:
            with open(path, encoding="utf-8-sig", errors="replace") as file:
                return " ".join(file.read().split())
        except (FileNotFoundError, IsADirectoryError, NotADirectoryError):
            return None


def is_image(name):
    return name.lower().endswith(IMAGE_ENDINGS) and not name.startswith(".")
