"""Which network to start from, and where its weights come from."""

import os
import posixpath
import re

from yolo_errors import YoloError

SUFFIXES = {"detect": "", "segment": "-seg", "classify": "-cls", "pose": "-pose", "obb": "-obb"}
#: `yolo11n`, `yolo11n-seg`: a network by its name, without or with the ending of its task.
NAME = re.compile(r"^(yolo[a-z]?v?\d+\w*?(?:-(?:p2|p6|ghost|spp|tiny))*)(-(?:seg|cls|pose|obb))?$", re.IGNORECASE)


def own_file(root, model):
    """The path of a .pt or .yaml of the dataset folder; None when the model is not one of them."""
    path = posixpath.normpath(model.strip().replace("\\", "/"))
    full = os.path.join(root, path)
    inside = not path.startswith("..") and not os.path.isabs(path)
    return full if inside and re.search(r"\.(pt|ya?ml)$", path) and os.path.isfile(full) else None


def task_of_name(model):
    """What the name of a network says about its task; empty when it says nothing."""
    found = NAME.match(re.sub(r"\.(pt|ya?ml)$", "", os.path.basename(model.strip())))
    suffix = found.group(2) if found else None
    return next((task for task, ending in SUFFIXES.items() if ending and ending == suffix), "")


def choose(root, model, task, is_pretrained):
    """What `YOLO()` is given: a file of the dataset, `yolo11n-seg.yaml` to start from nothing, or weights' name."""
    own = own_file(root, model)
    if own is not None:
        return own
    stem = re.sub(r"\.(pt|ya?ml)$", "", model.strip())
    found = NAME.match(stem)
    if not found:
        raise YoloError("There is no model '%s'; take one like yolo11n, or a .pt file of the dataset folder." % model)
    named = found.group(1) + (found.group(2) or SUFFIXES[task])
    is_scratch = re.search(r"\.ya?ml$", model.strip()) is not None or not is_pretrained
    return named + (".yaml" if is_scratch else ".pt")


def fetch_weights(name, folder):
    """Downloads weights by their name into a folder; the path of the file. A file that is there is taken."""
    from ultralytics.utils.downloads import attempt_download_asset

    path = os.path.join(folder, name)
    try:
        os.makedirs(folder, exist_ok=True)
        path = attempt_download_asset(path)  # some go by another name: yolov5nu.pt
    except Exception as error:
        raise YoloError(not_fetched(name, str(error).strip().splitlines()[-1:])) from error
    if not os.path.isfile(path):
        raise YoloError(not_fetched(name, ["there is no such file"]))
    return path


def not_fetched(name, reason):
    stem = os.path.splitext(name)[0]
    return (
        "The weights %s could not be fetched from github.com (%s). Set model=%s.yaml to start without weights, "
        "or put %s into the dataset folder." % (name, "".join(reason) or "no answer", stem, name)
    )
