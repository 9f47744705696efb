"""The dataset as Ultralytics gets it: a working copy in the run folder, made of links.

Ultralytics writes beside the images: caches of labels, decoded images, repaired JPEGs. Datasets are shared by jobs and
never changed, so it gets folders of its own with a link per file. A hundred thousand links take a few seconds.
"""

import json
import os
import shutil

import yolo_classes
import yolo_paths
from yolo_errors import YoloError

#: Enough label files to tell what they hold; src/recipes/datasets/yolo/labelTask.ts looks at as many.
SAMPLED_LABELS = 100
#: Fields that only say where to get the data from, or that the working copy says anew.
LEFT_OUT = ("path", "train", "val", "validation", "test", "minival", "download", "nc")


class Dataset:
    """What there is to learn from. `data` is what Ultralytics takes: a YAML file or a folder of classes."""

    def __init__(self, task, data):
        self.task = task
        self.data = data


def prepare(root, params, task, folder):
    """Makes the working copy in `folder`, or takes the one that an earlier attempt made of the same files.

    `task` is empty when nobody said it: then labels and folders tell.
    """
    described = os.path.join(folder, "dataset.json")
    wanted = {"root": os.path.realpath(root), "data": params["data"], "seed": params["seed"], "asked": task}
    try:
        with open(described, encoding="utf-8") as file:
            known = json.load(file)
        if known["wanted"] == wanted:
            return Dataset(known["task"], os.path.join(folder, known["data"]))
    except (OSError, ValueError, KeyError):
        pass
    shutil.rmtree(folder, ignore_errors=True)
    files = yolo_paths.files_of(root)
    yaml_path = None if task == "classify" else yolo_paths.find_data_yaml(root, files, params["data"])
    if yaml_path is None and task not in ("", "classify"):
        raise YoloError("The folder has no data.yaml that says where the images are and what the classes are called.")
    if yaml_path is None:
        task = "classify"
        data = yolo_classes.link_classes(root, files, params["seed"], os.path.join(folder, "classes"))
    else:
        task, data = link_labelled(root, files, yaml_path, task, folder)
    with open(described + ".tmp", "w", encoding="utf-8") as file:
        json.dump({"wanted": wanted, "task": task, "data": os.path.relpath(data, folder)}, file)
    os.replace(described + ".tmp", described)
    return Dataset(task, data)


def link_labelled(root, files, yaml_path, task, folder):
    """Links images and labels of every part, and writes a data.yaml with absolute paths."""
    import yaml

    with open(os.path.join(root, yaml_path), encoding="utf-8-sig") as file:
        data = yolo_paths.DataYaml(root, files, yaml_path, yaml.safe_load(file))
    parts = {part: data.images(part) for part in yolo_paths.PARTS}
    for part in ("train", "val"):
        if parts[part] is None:
            raise YoloError("%s has no `%s:` line; add the folder with its images." % (yaml_path, part))
    known = data.known
    if not task:
        task = guess_task(root, data.content, parts["train"], known)
    content = {key: value for key, value in data.content.items() if key not in LEFT_OUT}
    if content.get("names") is None:
        content["names"] = ["class_%d" % index for index in range(int(data.content["nc"]))]
    content["path"] = folder
    for part, images in parts.items():
        if images is None:
            continue
        link_part(root, images, known, folder, part)
        content[part] = "images/" + part
    target = os.path.join(folder, "data.yaml")
    with open(target, "w", encoding="utf-8") as file:
        yaml.safe_dump(content, file, allow_unicode=True, sort_keys=False)
    return task, target


def link_part(root, images, known, folder, part):
    """`images/<part>/<path>` for each image, and its label where Ultralytics looks for it then."""
    made = set()
    for image in images:
        copy = "images/%s/%s" % (part, image)
        link(root, image, os.path.join(folder, copy), made)
        label = yolo_paths.label_of(image)
        if label in known:
            link(root, label, os.path.join(folder, yolo_paths.label_of(copy)), made)


def link(root, path, target, made):
    parent = os.path.dirname(target)
    if parent not in made:
        os.makedirs(parent, exist_ok=True)
        made.add(parent)
    os.symlink(os.path.join(root, path), target)


def guess_task(root, content, images, known):
    """Keypoints are announced; of the others the first label files tell boxes from outlines."""
    if content.get("kpt_shape"):
        return "pose"
    boxes = corners = outlines = 0
    labels = [label for label in map(yolo_paths.label_of, images) if label in known]
    for label in labels[:SAMPLED_LABELS]:
        with open(os.path.join(root, label), encoding="utf-8", errors="replace") as file:
            for line in file:
                columns = len(line.split())
                boxes += columns == 5
                corners += columns == 9
                outlines += columns > 6 and columns != 9
    if outlines == 0 and corners > 0 and boxes == 0:
        return "obb"
    return "segment" if outlines + corners > boxes else "detect"


def class_names(dataset):
    """The classes in the order of their ids."""
    if dataset.task == "classify":
        return sorted(os.listdir(os.path.join(dataset.data, "train")))
    import yaml

    with open(dataset.data, encoding="utf-8") as file:
        names = yaml.safe_load(file)["names"]
    return [str(names[index]) for index in sorted(names)] if isinstance(names, dict) else [str(name) for name in names]
