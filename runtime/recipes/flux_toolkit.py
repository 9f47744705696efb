"""Finds ostris/ai-toolkit on the machine, and a Python that can run it; installs both where there is none.

Facts, from the project's own files (github.com/ostris/ai-toolkit):
- `run.py CONFIG` trains (README.md, run.py); it is started in the project's folder.
- It is installed by a clone and `pip install -r requirements.txt` on top of PyTorch, in a `venv` of that folder
  (README.md); its Docker image has it in /app/ai-toolkit with the packages of the system's Python (docker/Dockerfile).
- Python 3.10 or newer (README.md).
"""

import os
import shutil
import subprocess
import sys

REPOSITORY = "https://github.com/ostris/ai-toolkit.git"
#: Version 0.7.19.
REVISION = "73dedbf662ca604a3035daff2d2ba4635473b7bd"

USUAL_PLACES = ("/app/ai-toolkit", "~/ai-toolkit", "/workspace/ai-toolkit", "/root/ai-toolkit", "/opt/ai-toolkit")
#: Packages that the project imports before all else; PyTorch alone is on many machines.
NEEDED_MODULES = ("torch", "diffusers", "transformers", "safetensors", "oyaml", "dotenv")


class ToolkitError(Exception):
    """ai-toolkit cannot be used; the message is one sentence for a person."""


class Toolkit:
    """A folder with ai-toolkit's `run.py`, and the Python to run it with."""

    def __init__(self, folder, python):
        self.folder = folder
        self.python = python

    def command(self, config):
        return [self.python, "-u", os.path.join(self.folder, "run.py"), config]

    def revision(self):
        """The commit of the folder, or None when nobody can tell."""
        try:
            return git(["rev-parse", "HEAD"], self.folder).strip()
        except ToolkitError:
            return None


def find_toolkit(named, cache):
    """The toolkit in the folder `named`, else in AI_TOOLKIT or a usual place, else a new one in the folder `cache`."""
    for place, source in ((named, "The parameter toolkit"), (os.environ.get("AI_TOOLKIT"), "AI_TOOLKIT")):
        if place:
            return at_named_place(os.path.expanduser(place), source)
    for place in map(os.path.expanduser, USUAL_PLACES):
        python = find_python(place) if is_toolkit(place) else None
        if python:
            return Toolkit(place, python)
    return install(REPOSITORY, REVISION, cache)


def at_named_place(folder, source):
    folder = os.path.abspath(folder)
    if not is_toolkit(folder):
        raise ToolkitError("%s names %s, but there is no run.py of ai-toolkit; correct it." % (source, folder))
    python = find_python(folder)
    if python is None:
        raise ToolkitError(
            "No Python on this machine has the packages of %s; make a venv there as its README says." % folder
        )
    return Toolkit(folder, python)


def is_toolkit(folder):
    return os.path.isfile(os.path.join(folder, "run.py")) and os.path.isdir(os.path.join(folder, "toolkit"))


def find_python(folder):
    """Of a venv in the folder; else the first Python that has the packages: an image may have them for its own."""
    for name in ("venv", ".venv", "env"):
        python = os.path.join(folder, name, "bin", "python")
        if os.access(python, os.X_OK):
            return python
    others = [sys.executable, shutil.which("python3"), shutil.which("python"), "/usr/bin/python3"]
    return next((python for python in dict.fromkeys(filter(None, others)) if has_packages(python)), None)


def has_packages(python):
    script = "import importlib.util, sys; sys.exit(any(importlib.util.find_spec(m) is None for m in sys.argv[1:]))"
    # Without what Trainyard put on the path for this program.
    env = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    answer = subprocess.run(
        [python, "-c", script, *NEEDED_MODULES], env=env, stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    return answer.returncode == 0


def install(repository, revision, cache):
    """A clone at that revision in `cache`, with its packages in a venv that sees ours (PyTorch). Made once."""
    folder = os.path.join(cache, "ai-toolkit-" + revision[:12])
    venv = os.path.join(folder, "venv")
    mark = os.path.join(folder, ".trainyard-installed")
    if not os.path.isfile(mark):
        clone(repository, revision, folder)
        make_venv(venv)
        install_packages(os.path.join(venv, "bin", "python"), os.path.join(folder, "requirements.txt"))
        with open(mark, "w", encoding="utf-8") as file:
            file.write(revision + "\n")
    return Toolkit(folder, os.path.join(venv, "bin", "python"))


def clone(repository, revision, folder):
    print("getting ai-toolkit %s" % revision[:12], flush=True)
    if shutil.which("git") is None:
        raise ToolkitError("git is missing on this machine, and ai-toolkit is got with it; install git.")
    os.makedirs(folder, exist_ok=True)
    git(["init", "-q"], folder)
    git(["fetch", "-q", "--depth", "1", repository, revision], folder)
    git(["checkout", "-q", "--force", revision], folder)
    git(["submodule", "-q", "update", "--init", "--recursive", "--depth", "1"], folder)


def git(arguments, folder):
    answer = subprocess.run(
        ["git", *arguments],
        cwd=folder,
        env=dict(os.environ, GIT_TERMINAL_PROMPT="0"),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        errors="replace",
    )
    if answer.returncode != 0:
        said = answer.stderr.strip().splitlines()
        raise ToolkitError("git could not get ai-toolkit (%s)." % (said[-1] if said else "it did not say why"))
    return answer.stdout


def make_venv(venv):
    """A venv that finds the packages of the Python that runs us, so that PyTorch is not installed twice."""
    answer = subprocess.run([sys.executable, "-m", "venv", "--clear", venv], stdin=subprocess.DEVNULL)
    if answer.returncode != 0:
        raise ToolkitError("A venv for ai-toolkit could not be made; the log says why.")
    ours = [path for path in sys.path if os.path.basename(path) in ("site-packages", "dist-packages")]
    library = os.path.join(venv, "lib", "python%d.%d" % sys.version_info[:2], "site-packages")
    with open(os.path.join(library, "trainyard.pth"), "w", encoding="utf-8") as file:
        file.writelines(path + "\n" for path in ours)


def install_packages(python, requirements):
    print("installing the packages of ai-toolkit", flush=True)
    command = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r", requirements]
    if subprocess.run(command, stdin=subprocess.DEVNULL).returncode != 0:
        raise ToolkitError("The packages of ai-toolkit could not be installed; the log says which.")
