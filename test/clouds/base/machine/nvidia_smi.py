"""
nvidia-smi of a simulated machine: python3 -I -S nvidia_smi.py GPUS.json [options of nvidia-smi]

Answers queries as the real one does, in CSV, from {"gpus": [{"name", "memoryMib", "driver"}]} or {"broken": sentence}.
Load and memory move with the clock.
"""

import json
import math
import sys
import time

MISMATCH_EXIT_CODE = 18


def main(path, arguments):
    with open(path, encoding="utf-8") as file:
        machine = json.load(file)
    if "broken" in machine:
        print(machine["broken"])
        return MISMATCH_EXIT_CODE
    gpus = [dict(gpu, index=index) for index, gpu in enumerate(machine["gpus"])]
    options = dict(argument.partition("=")[::2] for argument in arguments)
    if "-L" in options or "--list-gpus" in options:
        print("\n".join("GPU %d: %s (UUID: %s)" % (gpu["index"], gpu["name"], uuid(gpu)) for gpu in gpus))
        return 0
    if "--query-gpu" not in options:
        print(summary(gpus))
        return 0
    return answer(gpus, options["--query-gpu"].split(","), options.get("--format", "csv").split(","))


def answer(gpus, names, form):
    names = [name.strip() for name in names]
    for name in names:
        if name not in FIELDS:
            print('Field "%s" is not a valid field to query.\n' % name)
            return 2
    if "noheader" not in form:
        print(", ".join(header(name, form) for name in names))
    for gpu in gpus:
        print(", ".join(shown(name, gpu, form) for name in names))
    return 0


def header(name, form):
    unit = FIELDS[name][1]
    return "%s [%s]" % (name, unit) if unit and "nounits" not in form else name


def shown(name, gpu, form):
    value, unit = FIELDS[name]
    return "%s %s" % (value(gpu), unit) if unit and "nounits" not in form else str(value(gpu))


def load(gpu):
    """Between 0 and 1, other on each GPU."""
    return 0.85 + 0.14 * math.sin(time.time() / 7.0 + gpu["index"])


def memory_used(gpu):
    return int(gpu["memoryMib"] * (0.5 + 0.2 * load(gpu)))


def uuid(gpu):
    return "GPU-00000000-0000-4000-8000-%012d" % gpu["index"]


def watts(gpu):
    return "%.2f" % (60.0 + 240.0 * load(gpu))


FIELDS = {
    "index": (lambda gpu: gpu["index"], None),
    "name": (lambda gpu: gpu["name"], None),
    "gpu_name": (lambda gpu: gpu["name"], None),
    "uuid": (uuid, None),
    "driver_version": (lambda gpu: gpu["driver"], None),
    "count": (lambda gpu: gpu["count"], None),
    "memory.total": (lambda gpu: gpu["memoryMib"], "MiB"),
    "memory.used": (memory_used, "MiB"),
    "memory.free": (lambda gpu: gpu["memoryMib"] - memory_used(gpu), "MiB"),
    "utilization.gpu": (lambda gpu: round(100 * load(gpu)), "%"),
    "utilization.memory": (lambda gpu: round(60 * load(gpu)), "%"),
    "temperature.gpu": (lambda gpu: round(40 + 35 * load(gpu)), None),
    "power.draw": (watts, "W"),
}


def summary(gpus):
    line = "+" + "-" * 77 + "+"
    rows = [line, "| NVIDIA-SMI %-24s Driver Version: %-24s |" % (gpus[0]["driver"], gpus[0]["driver"]), line]
    for gpu in gpus:
        text = "%3d  %-32s %6dMiB / %6dMiB   %3d%%" % (
            gpu["index"],
            gpu["name"],
            memory_used(gpu),
            gpu["memoryMib"],
            round(100 * load(gpu)),
        )
        rows.append("| %-75s |" % text)
    return "\n".join(rows + [line])


sys.exit(main(sys.argv[1], sys.argv[2:]))
