"""Where the images and labels of a YOLO dataset are. src/recipes/datasets/yolo/ looks for them by the same rules."""

import os
import posixpath
import re

from yolo_errors import YoloError

PARTS = ("train", "val", "test")
#: What Ultralytics reads; HEIC needs a package that is not installed with it.
IMAGE_NAME = re.compile(r"\.(avif|bmp|dng|jp2|jpe?g|mpo|png|tiff?|webp)$", re.IGNORECASE)
KEY_LINE = re.compile(r"^(train|val|validation|names|nc)\s*:", re.MULTILINE)
LARGEST_YAML = 1024 * 1024


def files_of(root):
    """Every file below a folder, relative to it with `/` between the parts, sorted. Hidden folders do not count."""
    found = []
    for folder, folders, names in os.walk(root, followlinks=True):
        folders[:] = [name for name in folders if not name.startswith(".")]
        prefix = os.path.relpath(folder, root).replace(os.sep, "/")
        prefix = "" if prefix == "." else prefix + "/"
        found.extend(prefix + name for name in names)
    return sorted(found)


def is_image(path):
    return IMAGE_NAME.search(path) is not None and not posixpath.basename(path).startswith(".")


def label_of(image):
    """The last folder called `images` becomes `labels`, the ending `.txt`."""
    before, found, after = ("/" + image).rpartition("/images/")
    moved = "%s/labels/%s" % (before, after) if found else "/" + image
    return re.sub(r"\.[^./]*$", "", moved[1:]) + ".txt"


def find_data_yaml(root, files, named):
    """The YAML file to train on: the one named, else `data.yaml`, else the only one that names images or classes."""
    if named:
        name = posixpath.normpath(named.replace("\\", "/"))
        if name not in files:
            raise YoloError("%s was not found in the folder; name the file with data, or leave it empty." % named)
        return name
    candidates = sorted((path for path in files if is_data_yaml(root, path)), key=lambda path: path.count("/"))
    usual = [path for path in candidates if is_usual_name(path)] or candidates
    if len(usual) > 1 and usual[0].count("/") == usual[1].count("/"):
        raise YoloError("The folder holds several YAML files of datasets; say which with data=%s." % usual[0])
    return usual[0] if usual else None


def is_usual_name(path):
    return re.search(r"(^|/)data\.ya?ml$", path, re.IGNORECASE) is not None


def is_data_yaml(root, path):
    if not re.search(r"\.ya?ml$", path, re.IGNORECASE) or posixpath.basename(path).lower() == "trainyard.yaml":
        return False
    full = os.path.join(root, path)
    if os.path.getsize(full) > LARGEST_YAML:
        return False
    with open(full, encoding="utf-8", errors="replace") as file:
        return is_usual_name(path) or KEY_LINE.search(file.read()) is not None


class DataYaml:
    """What data.yaml says, and the images it leads to."""

    def __init__(self, root, files, path, content):
        if not isinstance(content, dict):
            raise YoloError("%s is no list of fields such as `train: images/train`." % path)
        self.root = root
        self.files = files
        self.known = set(files)
        self.folders = folders_of(files)
        self.folder = posixpath.dirname(path)
        self.path = path
        self.content = content
        if content.get("val") is None and content.get("validation") is not None:
            content["val"] = content.pop("validation")

    def images(self, part):
        """The images of a part, each once; None when data.yaml does not name the part."""
        values = self.content.get(part)
        values = values if isinstance(values, list) else [values]
        values = [value for value in values if isinstance(value, str) and value.strip()]
        if not values:
            return None
        images = {}
        for value in values:
            place = self.resolve(value, self.folder, self.content.get("path"))
            if place is None:
                raise YoloError("`%s: %s` of %s leads nowhere in the dataset folder." % (part, value, self.path))
            images.update(dict.fromkeys(self.images_at(place)))
        if not images:
            raise YoloError("`%s:` of %s holds no images that YOLO reads." % (part, self.path))
        return list(images)

    def images_at(self, place):
        if place in self.known:
            return [place] if is_image(place) else self.listed(place)
        prefix = place + "/" if place else ""
        return [path for path in self.files if path.startswith(prefix) and is_image(path)]

    def listed(self, place):
        """A list names an image per line; `./` counts from the list, anything else is looked for."""
        with open(os.path.join(self.root, place), encoding="utf-8-sig") as file:
            lines = [line.strip() for line in file]
        found = []
        for line in filter(None, lines):
            image = self.resolve(line, posixpath.dirname(place), None)
            if image is None or image not in self.known:
                image = self.resolve(line, self.folder, self.content.get("path"))
            if image in self.known:
                found.append(image)
        return found

    def resolve(self, value, folder, root):
        """Below `path:`, which counts from data.yaml, else beside data.yaml, else at the top of the folder.
        Folders of another computer are followed by their ends."""
        for place in places(value, folder, root):
            if place is not None and (place in self.known or place in self.folders):
                return place
        return None


def folders_of(files):
    folders = {""}
    for path in files:
        folder = posixpath.dirname(path)
        while folder not in folders:
            folders.add(folder)
            folder = posixpath.dirname(folder)
    return folders


def places(value, folder, root):
    wanted = to_posix(value)
    if is_absolute(wanted):
        return ends_of(wanted)
    inner = re.sub(r"^(\.{1,2}/)+", "", wanted)
    root = to_posix(root) if isinstance(root, str) else ""
    if is_absolute(root):
        below = [inside(end, inner) for end in ends_of(root)]
    else:
        below = [inside(folder, root, wanted)]
    return below + [inside(folder, inner), inside(inner)]


def to_posix(path):
    return path.strip().replace("\\", "/")


def is_absolute(path):
    return path.startswith("/") or re.match(r"[A-Za-z]:/", path) is not None


def ends_of(path):
    parts = [part for part in posixpath.normpath(path).split("/") if part]
    ends = ["/".join(parts[start:]) for start in range(len(parts))]
    return [end for end in ends if end != "images"]


def inside(*parts):
    """The path of these parts, when it stays in the folder."""
    path = posixpath.normpath("/".join(part for part in parts if part) or ".")
    if path == ".":
        return ""
    return None if path.startswith("..") or path.startswith("/") else path
