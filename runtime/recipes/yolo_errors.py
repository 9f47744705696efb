"""What goes wrong in a YOLO training and the user can mend."""

import re


class YoloError(Exception):
    """One sentence for the user: what is wrong, and what to do."""


def explain(error):
    """The sentence for a failure that a user can mend; None for all others, which their traceback explains best."""
    if isinstance(error, YoloError):
        return str(error)
    text = str(error)
    if isinstance(error, ImportError) and re.search(r"lib(GL|gthread|glib|Xext|SM)", text):
        return "OpenCV lacks a system library on this machine (%s); install libgl1 and libglib2.0-0 there." % text
    if "out of memory" in text.lower() and "cuda" in text.lower():
        return "The memory of the GPU is too small; set a smaller batch or imgsz, or take a smaller model."
    if "requires equal numbers of boxes and segments" in text:
        return "The labels are boxes, and the task %s needs outlines; set task=detect, or export polygons." % (
            "obb" if "OBB" in text else "segment"
        )
    if "No labels found" in text:
        return "Not one image to learn from has a label file; they belong in labels/ beside images/."
    if "No valid images found" in text:
        return "Not one image of a part can be used: %s" % first_reason(text)
    if "Similar arguments" in text or "is not a valid YOLO argument" in text:
        return "Ultralytics does not know a parameter: %s" % text.strip().splitlines()[0]
    if "final batch=1" in text:
        return "The last batch would be a single image, which cannot be learned from at this imgsz; change batch."
    return None


def first_reason(text):
    """`…/a.jpg: ignoring corrupt image/label: Label class 5 exceeds …` → `Label class 5 exceeds …`"""
    found = re.search(r"ignoring corrupt image/label: (.*)", text)
    return found.group(1).strip() if found else "see the log."
