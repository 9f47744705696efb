"""Makes a Python environment that holds what a training needs, once, and finds it again.

Request:  {"root": "~/.trainyard", "requirements": ["numpy==2.1"], "constraints": [], "minimumPython": "3.10",
           "torch": true, "python": "/usr/bin/python3.12"}     (constraints, torch and python may be missing)
Answers:  {"event": "progress", "message": "Downloading numpy (16.0MiB)"} ..., and last one of
          {"event": "ready", "python": "/abs/bin/python", "hash": "…", "reused": false}
          {"event": "failed", "code": "…", "package": null, "message": "…", "lines": ["what the installer said last"]}
Codes:    python-too-old, no-python, no-venv, install-failed, network, no-space, no-folder

Equal requirements on an equal Python are one environment, ROOT/envs/<hash>/, whoever asks; two that ask at once build it
once. A connection that breaks does not end the work: whoever asks next waits for it. Standard library only, Python 3.8.

uv installs, and is fetched into ROOT/tools/ where the machine has none; pip does it where uv cannot be had. With
"torch" the PyTorch of the machine's image is used when it sees the GPU and fits; else the build for the driver is taken.
"""

import ast

import collections
import contextlib
import errno
import fcntl
import glob
import hashlib
import json
import os
import platform
import re
import shutil
import signal
import subprocess
import sys
import sysconfig

#: Written last: an environment without it was not finished.
MARKER = ".trainyard-environment.json"
HASH_LETTERS = 24
REMEMBERED_LINES = 40
PYTHON_NAMES = ["python3"] + ["python3.%d" % minor for minor in range(14, 7, -1)]
SECONDS_TO_TELL_ITS_VERSION = 30
#: Loading PyTorch for the first time reads gigabytes, perhaps over a network disk.
SECONDS_TO_LOAD_TORCH = 180
SECONDS_TO_FETCH_UV = 120
SECONDS_TO_REACH_TORCH_INDEX = 30
#: Of the machine's settings for pip, those that would put packages somewhere else.
MISPLACING_VARIABLES = ("PIP_USER", "PIP_TARGET", "PIP_PREFIX", "PIP_ROOT", "VIRTUAL_ENV", "PYTHONHOME", "PYTHONPATH")

#: Packages that are built for one another, and so come from one place.
TORCH_FAMILY = ("torch", "torchvision", "torchaudio", "triton")
#: What the builds of PyTorch for CUDA bring along.
TORCH_LIBRARIES = ("nvidia-", "cuda-", "triton", "pytorch-triton")
#: Where images keep a Python with PyTorch beside the one on the PATH: Docker images of PyTorch, Vast.ai, AWS, RunPod.
IMAGE_PYTHONS = (
    "/opt/conda/bin/python",
    "/venv/main/bin/python",
    "/opt/pytorch/bin/python",
    "/opt/venv/bin/python",
    "/workspace/venv/bin/python",
    "/usr/bin/python3",
    "/usr/local/bin/python3",
)
#: Written by NVIDIA's kernel module; quicker to ask than nvidia-smi.
DRIVER_FILES = ("/sys/module/nvidia/version", "/proc/driver/nvidia/version")
#: The oldest driver for a major version of CUDA is 580 for 13, 525.60.13 for 12 and 450.80.02 for 11 (NVIDIA, "CUDA
#: Compatibility", minor version compatibility). CUDA 12.8 (driver 570.26, "CUDA Toolkit Release Notes") is the first
#: for Blackwell; builds for 12.6 also run on the GPUs of the drivers before it.
TORCH_BUILDS = (((580,), "cu130"), ((570, 26), "cu128"), ((525, 60, 13), "cu126"), ((450, 80, 2), "cu118"))
#: The package index itself holds builds for CUDA 13, on this architecture.
USUAL_BUILD, USUAL_ARCHITECTURE = "cu130", "x86_64"

#: Run by a Python that may have PyTorch; prints one line of JSON.
LOOK_AT_TORCH = """
import json, sys
import torch
from importlib import metadata
versions = {}
for name in sys.argv[1:]:
    try:
        versions[name] = metadata.version(name)
    except metadata.PackageNotFoundError:
        pass
folders = [path for path in sys.path if path.endswith(("site-packages", "dist-packages"))]
print(json.dumps({"gpu": torch.cuda.is_available(), "versions": versions, "folders": folders}))
"""


class Failure(Exception):
    """Why there is no environment, in one sentence for a person."""

    def __init__(self, code, message, package=None, lines=()):
        super().__init__(message)
        self.code = code
        self.package = package
        self.lines = list(lines)


class Interpreter:
    """A Python of this machine."""

    def __init__(self, path, version):
        self.path = path
        #: (3, 11)
        self.version = version

    @property
    def name(self):
        return "%d.%d" % self.version


class Speaker:
    """Tells the caller how far we are, until nobody listens any more."""

    def __init__(self, stream):
        self.stream = stream

    def say(self, **message):
        if self.stream is None:
            return
        try:
            self.stream.write(json.dumps(message) + "\n")
            self.stream.flush()
        except (BrokenPipeError, ConnectionError):
            self.stream = None

    def progress(self, message):
        self.say(event="progress", message=message)


def ensure(request, speaker):
    """The answer to a request. Raises Failure."""
    python = choose_python(request.get("python"), parse_version(request["minimumPython"]))
    requirements = request["requirements"]
    if not requirements:
        return {"event": "ready", "python": python.path, "hash": "system", "reused": True}
    environment = Environment(request, python)
    with environment.lock(speaker) as lock:
        reused = environment.is_ready()
        if reused:
            environment.note_use()
        else:
            environment.build(speaker, lock)
    return {"event": "ready", "python": environment.python, "hash": environment.hash, "reused": reused}


def choose_python(wanted, minimum):
    """The one that is wanted; else the one that runs this, or any other on the PATH that is new enough."""
    if wanted:
        python = ask_version(os.path.expanduser(wanted))
        if python is None:
            raise Failure("no-python", "%s does not run as a Python 3." % wanted)
        return require_version([python], minimum)
    names = filter(None, [sys.executable] + [shutil.which(name) for name in PYTHON_NAMES])
    found = []
    for path in dict.fromkeys(names):
        python = ask_version(path)
        if python and python.version >= minimum:
            return python
        found += [python] if python else []
    return require_version(found, minimum)


def require_version(found, minimum):
    newest = max(found, key=lambda python: python.version, default=None)
    if newest and newest.version >= minimum:
        return newest
    needed = "%d.%d" % minimum
    has = "its newest is %s" % newest.name if newest else "it has none"
    raise Failure(
        "python-too-old",
        "Python %s or newer is needed, and %s; install one, for example with `sudo apt install python%s python%s-venv`."
        % (needed, has, needed, needed),
    )


def ask_version(path):
    """None when it cannot be asked: not a Python, or a launcher for a version that is not installed."""
    try:
        answer = subprocess.run(
            [path, "-I", "-c", "import sys; print(*sys.version_info[:2])"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=SECONDS_TO_TELL_ITS_VERSION,
            check=True,
            universal_newlines=True,
        ).stdout.split()
        return Interpreter(path, (int(answer[0]), int(answer[1])))
    except (OSError, ValueError, IndexError, subprocess.SubprocessError):
        return None


def parse_version(text):
    major, minor = text.split(".")[:2]
    return int(major), int(minor)


class Environment:
    """A folder under ROOT/envs/ named by the hash of what it holds."""

    def __init__(self, request, base):
        self.requirements = request["requirements"]
        self.constraints = request.get("constraints", [])
        self.minimum = parse_version(request["minimumPython"])
        self.base = base
        #: TorchBuild, or None where PyTorch is nothing special
        self.torch = TorchBuild.of_machine() if request.get("torch") else None
        identity = [sorted(self.requirements), sorted(self.constraints), base.name, sysconfig.get_platform()]
        identity += [self.torch.name] if self.torch else []
        self.hash = hashlib.sha256(json.dumps(identity).encode()).hexdigest()[:HASH_LETTERS]
        self.root = os.path.abspath(os.path.expanduser(request["root"]))
        self.parent = os.path.realpath(os.path.join(self.root, "envs"))
        self.folder = os.path.join(self.parent, self.hash)
        self.python = os.path.join(self.folder, "bin", "python")
        self.marker = os.path.join(self.folder, MARKER)

    def is_ready(self):
        """Also false when the Python it was made from has been removed from the machine, or the PyTorch it uses."""
        try:
            with open(self.marker, encoding="utf-8") as file:
                borrowed = json.load(file).get("borrowed", [])
        except (FileNotFoundError, ValueError):
            return False
        return os.access(self.python, os.X_OK) and all(os.path.exists(path) for path in borrowed)

    def note_use(self):
        os.utime(self.marker)

    @contextlib.contextmanager
    def lock(self, speaker):
        """Only one builds. The lock is also held by the installer it starts, should that outlive this process."""
        os.makedirs(self.parent, exist_ok=True)
        with open(self.folder + ".lock", "w") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                speaker.progress("Waiting for another job that installs the same packages")
                fcntl.flock(file, fcntl.LOCK_EX)
            yield file

    def build(self, speaker, lock):
        image = self.find_image(speaker) if self.torch and self.torch.driver else None
        if image is None or not self.is_built_on(image, speaker, lock):
            self.build_whole(speaker, lock)

    def find_image(self, speaker):
        """The first Python of the machine whose PyTorch sees the GPU and is what the requirements ask for."""
        speaker.progress("Looking for PyTorch on the machine")
        for path in dict.fromkeys([self.base.path, *IMAGE_PYTHONS]):
            image = TorchImage.look_at(path)
            if image is None or image.python.version < self.minimum:
                continue
            reason = image.why_not(self.requirements, self.constraints)
            if reason is None:
                return image
            speaker.progress("PyTorch %s of %s is not used: %s" % (image.versions["torch"], path, reason))
        return None

    def is_built_on(self, image, speaker, lock):
        """Whether the environment could be made around the image's PyTorch; what was begun is in nobody's way."""
        installer = self.begin(image.python, speaker, lock)
        speaker.progress("Using PyTorch %s of %s" % (image.versions["torch"], image.python.path))
        installer.make_empty()
        image.lend(self.site_packages())
        speaker.progress("Installing %s" % count_packages(self.requirements))
        try:
            installer.install_by_pip(self.write_lists(image.constrain(self.constraints)))
        except Failure as failure:
            if failure.code != "install-failed":
                raise
            speaker.progress("Nothing can be installed beside the PyTorch of the machine; installing another")
            return False
        seen = TorchImage.look_at(self.python)
        if seen is None or seen.versions["torch"] != image.versions["torch"]:
            speaker.progress("Beside these packages the PyTorch of the machine sees no GPU; installing another")
            return False
        self.write_marker([image.python.path] + image.files())
        return True

    def build_whole(self, speaker, lock):
        installer = self.begin(self.base, speaker, lock)
        installer.make()
        build = self.torch.reachable_name(installer, self.requirements, speaker) if self.torch else None
        constraints = self.torch.constrain(self.constraints) if build else self.constraints
        speaker.progress("Installing %s" % count_packages(self.requirements))
        installer.install(self.write_lists(constraints), torch_build=build)
        if self.torch and self.torch.driver and TorchImage.look_at(self.python) is None:
            speaker.progress("PyTorch is installed, but does not see the GPU (driver %s)" % self.torch.driver)
        self.write_marker([])

    def begin(self, base, speaker, lock):
        if os.path.lexists(self.folder):
            shutil.rmtree(self.folder)
        speaker.progress("Making an environment with Python %s" % base.name)
        return Installer(self, base, speaker, lock)

    def site_packages(self):
        return glob.glob(os.path.join(self.folder, "lib", "python3*", "site-packages"))[0]

    def write_lists(self, constraints):
        """Options of the installers: the requirements, and the constraints where there are some."""
        options = ["-r", self.write_list("requirements.txt", self.requirements)]
        return options + (["-c", self.write_list("constraints.txt", constraints)] if constraints else [])

    def write_list(self, name, lines):
        path = os.path.join(self.folder, name)
        with open(path, "w", encoding="utf-8") as file:
            file.write("".join(line + "\n" for line in lines))
        return path

    def write_marker(self, borrowed):
        content = {
            "requirements": self.requirements,
            "constraints": self.constraints,
            "python": self.base.name,
            "borrowed": borrowed,
        }
        with open(self.marker + ".tmp", "w", encoding="utf-8") as file:
            json.dump(content, file)
            file.flush()
            os.fsync(file.fileno())
        os.replace(self.marker + ".tmp", self.marker)


class TorchBuild:
    """Which build of PyTorch the machine's driver can use."""

    def __init__(self, name, driver):
        #: As uv calls it: cu128, cpu
        self.name = name
        #: 570.86.15; None without a GPU
        self.driver = driver

    @classmethod
    def of_machine(cls):
        driver = find_driver()
        if driver is None:
            return cls("cpu", None)
        return cls(next((name for oldest, name in TORCH_BUILDS if numbers(driver) >= oldest), "cpu"), driver)

    @property
    def is_usual(self):
        """Whether the build of the package index itself is the right one."""
        is_usual_build = self.name == USUAL_BUILD and platform.machine() == USUAL_ARCHITECTURE
        return is_usual_build or not sys.platform.startswith("linux")

    @property
    def title(self):
        title = "CPUs" if self.name == "cpu" else "CUDA %s.%s" % (self.name[2:-1], self.name[-1])
        return "%s (driver %s)" % (title, self.driver) if self.driver else title

    def reachable_name(self, installer, requirements, speaker):
        """The build to ask PyTorch's own index for, which uv knows; None for the package index."""
        if self.is_usual:
            return None
        wanted = [line for line in requirements if requirement_name(line) == "torch"]
        if installer.reaches_torch(self.name, wanted or ["torch"]):
            speaker.progress("Taking PyTorch for %s" % self.title)
            return self.name
        speaker.progress("PyTorch's builds for %s cannot be had; taking the usual one" % self.title)
        return None

    def constrain(self, constraints):
        """A lock holds the usual build. Another has libraries of its own, and may exist for older versions only."""
        if self.name == "cpu":
            return constraints
        kept = [line for line in constraints if not requirement_name(line).startswith(TORCH_LIBRARIES)]
        return [line.replace("==", "<=", 1) if requirement_name(line) in TORCH_FAMILY else line for line in kept]


class TorchImage:
    """A Python of the machine with a PyTorch that sees the GPU."""

    def __init__(self, python, versions, folders):
        self.python = python
        #: {"torch": "2.8.0+cu128"}, of TORCH_FAMILY what is there
        self.versions = versions
        #: Where its packages lie, in the order it looks there
        self.folders = folders

    @classmethod
    def look_at(cls, path):
        """None when there is no such Python, no PyTorch in it, or that sees no GPU."""
        python = ask_version(path) if os.access(path, os.X_OK) else None
        if python is None:
            return None
        try:
            answer = subprocess.run(
                [path, "-c", LOOK_AT_TORCH] + list(TORCH_FAMILY),
                cwd="/",
                env=installer_variables(),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                timeout=SECONDS_TO_LOAD_TORCH,
                check=True,
            ).stdout.splitlines()
            found = json.loads(answer[-1])
        except (OSError, ValueError, IndexError, subprocess.SubprocessError):
            return None
        is_useful = found["gpu"] and "torch" in found["versions"]
        return cls(python, found["versions"], found["folders"]) if is_useful else None

    def why_not(self, requirements, constraints):
        """What of the family is missing or has another version, or None. A lock names all that will be needed."""
        for line in requirements + constraints:
            name = requirement_name(line)
            if name not in TORCH_FAMILY or name == "triton":
                continue
            if name not in self.versions:
                return "%s is missing" % name
            if line in requirements and not is_within(self.versions[name], line):
                return "%s is needed, and it has %s" % (line.split(";")[0].strip(), self.versions[name])
        return None

    def lend(self, site_packages):
        """Lets an environment see the packages of the image, behind its own."""
        with open(os.path.join(site_packages, "trainyard-image.pth"), "w", encoding="utf-8") as file:
            for folder in self.folders:
                file.write("import site; site.addsitedir(%r)\n" % folder)

    def constrain(self, constraints):
        kept = [
            line
            for line in constraints
            if requirement_name(line) not in TORCH_FAMILY and not requirement_name(line).startswith(TORCH_LIBRARIES)
        ]
        return kept + ["%s==%s" % version for version in sorted(self.versions.items())]

    def files(self):
        """Of its PyTorch: when they go, so does the environment."""
        found = [path for folder in self.folders for path in glob.glob(os.path.join(folder, "torch-*-info"))]
        return found[:1]


def find_driver():
    """The version of NVIDIA's driver, where there is a GPU to use it."""
    if glob.glob("/dev/nvidia[0-9]*"):
        for path in DRIVER_FILES:
            try:
                with open(path, encoding="utf-8", errors="replace") as file:
                    match = re.search(r"\d{3}(?:\.\d+)+", file.read())
            except OSError:
                continue
            if match:
                return match.group(0)
    program = shutil.which("nvidia-smi")
    if program is None:
        return None
    command = [program, "--query-gpu=driver_version", "--format=csv,noheader"]
    try:
        answer = subprocess.run(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, timeout=30, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return None
    match = re.match(rb"\s*(\d+(?:\.\d+)+)\s*$", answer.stdout.splitlines()[0] if answer.stdout.strip() else b"")
    return match.group(1).decode() if match else None


def requirement_name(line):
    """`torch` of `Torch[x] >= 2.4 ; python_version > "3.8"`; nothing of an option."""
    match = re.match(r"\s*([A-Za-z0-9][\w.-]*)", line)
    return re.sub(r"[-_.]+", "-", match.group(1)).lower() if match else ""


def is_within(version, requirement):
    """Whether a version is in the range of a requirement; of a range it cannot read, it says yes."""
    has = numbers(version)
    for operator, limit in re.findall(r"(===|==|!=|~=|>=|<=|>|<)\s*([\w.*+!]+)", requirement.split(";")[0]):
        wanted = numbers(limit)
        length = max(len(has), len(wanted))
        left, right = padded(has, length), padded(wanted, length)
        starts_so = has[: len(wanted)] == wanted
        is_fine = {
            "==": starts_so if limit.endswith("*") else left == right,
            "===": left == right,
            "!=": not starts_so if limit.endswith("*") else left != right,
            "~=": left >= right and has[: len(wanted) - 1] == wanted[:-1],
            ">=": left >= right,
            "<=": left <= right,
            ">": left > right,
            "<": left < right,
        }
        if not is_fine[operator]:
            return False
    return True


def numbers(version):
    """(2, 8, 0) of `2.8.0+cu128`."""
    match = re.match(r"\d+(?:\.\d+)*", version)
    return tuple(int(number) for number in match.group(0).split(".")) if match else ()


def padded(version, length):
    return version + (0,) * (length - len(version))


def count_packages(requirements):
    names = {re.split(r"[^\w.-]", line, maxsplit=1)[0] for line in requirements if not line.startswith("-")}
    return plural(len(names))


def plural(packages):
    return "1 package" if packages == 1 else "%d packages" % packages


class Installer:
    """Fills an environment by uv where it can be had, else by venv and pip."""

    def __init__(self, environment, base, speaker, lock):
        self.environment = environment
        #: The Python to make the environment from
        self.base = base
        self.speaker = speaker
        self.lock = lock
        self.variables = installer_variables()
        self.uv = find_uv()

    def fetched_uv(self):
        """Our own uv, with the machine's settings for pip; None where there is no fetching it."""
        if any(line.strip().startswith("--no-index") for line in self.environment.requirements):
            return None
        tools = Tools(self.environment.root, self.base)
        uv = tools.uv(self.speaker)
        if uv:
            self.variables.update(tools.uv_settings())
        return uv

    def make(self):
        self.uv = self.uv or self.fetched_uv()
        base, folder = self.base.path, self.environment.folder
        command = [self.uv, "venv", "--python", base, folder] if self.uv else [base, "-m", "venv", folder]
        code, lines = self.run(command)
        if code != 0:
            raise self.explain(lines) or self.explain_no_venv(lines)

    def make_empty(self):
        """Without a pip of its own, which needs more of Python than some images have."""
        code, lines = self.run([self.base.path, "-m", "venv", "--without-pip", self.environment.folder])
        if code != 0:
            raise self.explain(lines) or self.explain_no_venv(lines)

    def install(self, lists, torch_build=None):
        if not self.uv:
            return self.install_by_pip(lists)
        self.finish(self.uv_install() + (["--torch-backend", torch_build] if torch_build else []) + lists)

    def install_by_pip(self, lists):
        """pip sees what an environment borrows from an image; uv passes over it."""
        quiet = ["--disable-pip-version-check", "--no-input", "--progress-bar", "off"]
        self.finish([self.environment.python, "-m", "pip", "install"] + quiet + lists)

    def finish(self, command):
        code, lines = self.run(command)
        if code != 0:
            raise self.explain(lines) or explain_install(lines, self.base.name)

    def uv_install(self):
        # As pip reads a list: the best version of all indexes, not whatever the first one has.
        best = ["--index-strategy", "unsafe-best-match"]
        return [self.uv, "pip", "install", "--python", self.environment.python] + best

    def reaches_torch(self, build, requirements):
        """Whether PyTorch's own index answers and has what is wanted; only uv knows where it is."""
        if not self.uv:
            return False
        command = self.uv_install() + ["--torch-backend", build, "--dry-run", "--no-deps"] + requirements
        variables = dict(self.variables, UV_HTTP_TIMEOUT="10", UV_HTTP_RETRIES="0")
        return is_done(command, SECONDS_TO_REACH_TORCH_INDEX, variables)

    def run(self, command):
        """Exit code and last lines. Ends what it started when this process is asked to end."""
        lines = collections.deque(maxlen=REMEMBERED_LINES)
        process = subprocess.Popen(
            command,
            cwd=self.environment.parent,
            env=self.variables,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            pass_fds=[self.lock.fileno()],
        )
        try:
            for raw in process.stdout:
                line = raw.decode("utf-8", "replace").rstrip()
                if line:
                    lines.append(line)
                    self.tell(line)
            return process.wait(), list(lines)
        finally:
            process.stdout.close()
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()

    def tell(self, line):
        message = describe_progress(line)
        if message:
            self.speaker.progress(message)

    def explain(self, lines):
        """Reasons that have nothing to do with the packages."""
        text = "\n".join(lines)
        if re.search(r"No space left on device|Errno 28|os error 28|Disk quota exceeded", text, re.I):
            return no_space(self.environment.parent, lines)
        if re.search(NO_NETWORK, text, re.I):
            message = "The packages could not be downloaded: the machine does not reach the package index."
            return Failure("network", message + " Check its network, or its pip or uv settings.", lines=lines)
        return None

    def explain_no_venv(self, lines):
        version = self.base.name
        if self.uv or not re.search(r"ensurepip|No module named '?venv", "\n".join(lines)):
            return Failure("install-failed", "No environment could be made: %s" % last(lines), lines=lines)
        message = "Python %s comes without its venv module; install it with `sudo apt install python%s-venv`, or install uv."
        return Failure("no-venv", message % (version, version), lines=lines)


class Tools:
    """ROOT/tools/: the installer of our own, for machines that have none."""

    def __init__(self, root, base):
        self.base = base
        self.parent = os.path.join(root, "tools")
        self.folder = os.path.join(self.parent, "uv")

    def uv(self, speaker):
        """uv, fetched with pip the first time; None where pip cannot."""
        program = os.path.join(self.folder, "bin", "uv")
        if not os.access(program, os.X_OK):
            speaker.progress("Fetching uv, which installs quickly")
            self.fetch()
        return program if is_done([program, "--version"], SECONDS_TO_TELL_ITS_VERSION) else None

    def fetch(self):
        """Into a folder beside, so that it is there as a whole or not at all, and two may do it at once."""
        os.makedirs(self.parent, exist_ok=True)
        partial = os.path.join(self.parent, ".uv-%d" % os.getpid())
        try:
            if self.fetch_into(partial) and not os.path.lexists(self.folder):
                os.rename(partial, self.folder)
        except OSError as error:
            if error.errno not in (errno.EEXIST, errno.ENOTEMPTY):
                raise
        finally:
            if os.path.lexists(partial):
                shutil.rmtree(partial)

    def fetch_into(self, folder):
        patience = ["--disable-pip-version-check", "--no-input", "--retries", "1", "--timeout", "15"]
        install = ["-m", "pip", "install", "--only-binary", ":all:"] + patience
        if self.has_pip(self.base.path):
            return is_done([self.base.path] + install + ["--target", folder, "uv"], SECONDS_TO_FETCH_UV)
        python = os.path.join(folder, "bin", "python")
        is_made = is_done([self.base.path, "-m", "venv", folder], SECONDS_TO_FETCH_UV)
        return is_made and is_done([python] + install + ["uv"], SECONDS_TO_FETCH_UV)

    def has_pip(self, python):
        return is_done([python, "-m", "pip", "--version"], SECONDS_TO_TELL_ITS_VERSION)

    def uv_settings(self):
        """What pip is set to on this machine, as uv's variables: a mirror or a certificate must hold for both.

        Its cache lies beside it, where the agent finds it when the disk is full.
        """
        own = os.path.join(self.folder, "bin", "python")
        python = own if os.access(own, os.X_OK) else self.base.path
        try:
            answer = subprocess.run(
                [python, "-m", "pip", "config", "list"],
                env=installer_variables(),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                timeout=SECONDS_TO_TELL_ITS_VERSION,
                check=True,
            ).stdout.decode("utf-8", "replace")
        except (OSError, subprocess.SubprocessError):
            answer = ""
        settings = {} if "UV_CACHE_DIR" in os.environ else {"UV_CACHE_DIR": os.path.join(self.parent, "uv-cache")}
        for name, value in re.findall(r"^(?:global|install|:env:)\.([\w-]+)=(.+)$", answer, re.M):
            variable, separator = UV_SETTINGS.get(name, (None, None))
            if variable and variable not in os.environ:
                settings[variable] = separator.join(ast.literal_eval(value).split())
        return settings


#: pip's settings, the variables uv has for them, and what stands between several values there.
UV_SETTINGS = {
    "index-url": ("UV_DEFAULT_INDEX", " "),
    "extra-index-url": ("UV_INDEX", " "),
    "find-links": ("UV_FIND_LINKS", ","),
    "trusted-host": ("UV_INSECURE_HOST", " "),
    "no-index": ("UV_NO_INDEX", " "),
    "proxy": ("ALL_PROXY", " "),
    "cert": ("SSL_CERT_FILE", " "),
}


def is_done(command, seconds, variables=None):
    """Whether a program ends well in time. What it says is nobody's business."""
    try:
        subprocess.run(
            command,
            env=variables or installer_variables(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=seconds,
            check=True,
        )
        return True
    except (OSError, subprocess.SubprocessError):
        return False


NO_NETWORK = (
    r"name resolution|Name or service not known|nodename nor servname|Network is unreachable|dns error|"
    r"Failed to establish a new connection|error sending request|ConnectTimeout|Read timed out|Connection refused"
)

#: What installers say when a package is the reason; the group is its requirement.
BLAMED_PACKAGE = (
    r"No matching distribution found for ([^\s(]+)",
    r"Because (\S+) was not found",
    r"there is no version of (\S+)",
    r"Failed to (?:download and )?build [`'\"]?([^\s`'\"]+)",
    r"Failed building wheel for (\S+)",
    r"Failed to download [`'\"]([^`'\"]+)",
    r"[Bb]ecause (?:only )?(\S+?)(?:[=<>~!]\S+)? (?:has no wheels|depends on|is available|requires)",
    r"[Cc]annot install (\S+)",
)
BLAMED_LINE = r"Invalid requirement|Couldn't parse requirement|error: "


def explain_install(lines, version):
    text = re.sub(r"\s+", " ", " ".join(line.strip(" │╰─▶") for line in lines))
    for pattern in BLAMED_PACKAGE:
        match = re.search(pattern, text)
        if match:
            package = match.group(1).rstrip(".,;:")
            message = "The package %s could not be installed for Python %s; check its name and version." % (package, version)
            return Failure("install-failed", message, package=package, lines=lines)
    said = next((line for line in reversed(lines) if re.search(BLAMED_LINE, line)), last(lines))
    return Failure("install-failed", "The packages could not be installed: %s" % said.strip(), lines=lines)


def last(lines):
    return lines[-1] if lines else "the installer said nothing."


def no_space(folder, lines=()):
    message = "There is no space left for the packages in %s; free some on the machine." % folder
    return Failure("no-space", message, lines=lines)


def describe_progress(line):
    """What a line of uv or pip means to a person; None when it means nothing."""
    line = line.strip()
    match = re.match(r"Resolved (\d+) packages?", line)
    if match:
        return "Found %s" % plural(int(match.group(1)))
    match = re.match(r"Downloading ([A-Za-z0-9_.]+?)-(\d[^-]*)-\S+ \((.+)\)", line)
    if match:
        return "Downloading %s %s (%s)" % match.groups()
    match = re.match(r"Installing collected packages: (.+)", line)
    if match:
        return "Installing %s" % count_packages(match.group(1).split(", "))
    match = re.match(r"Collecting ([A-Za-z0-9_.\[\]-]+)", line)
    if match:
        return "Looking for %s" % match.group(1)
    match = re.match(r"(?:Downloading|Building) \S+(?: \([^)]+\))?$|Building wheel for \S+|Installed \d+ packages?", line)
    return match.group(0) if match else None


def find_uv():
    usual = [os.path.expanduser(path) for path in ("~/.local/bin/uv", "~/.cargo/bin/uv")]
    paths = [shutil.which("uv")] + [path for path in usual if os.access(path, os.X_OK)]
    return next(filter(None, paths), None)


def installer_variables():
    variables = {name: value for name, value in os.environ.items() if name not in MISPLACING_VARIABLES}
    variables.update(NO_COLOR="1", UV_NO_PROGRESS="1", PYTHONUTF8="1", PYTHONUNBUFFERED="1")
    return variables


def answer(request, speaker):
    try:
        return ensure(request, speaker)
    except OSError as error:
        root = request["root"]
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            failure = no_space(root)
        else:
            failure = Failure("no-folder", "Nothing can be written to %s: %s." % (root, error.strerror or error))
    except Failure as raised:
        failure = raised
    return {
        "event": "failed",
        "code": failure.code,
        "package": failure.package,
        "message": str(failure),
        "lines": failure.lines,
    }


def main():
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    if hasattr(signal, "SIGHUP"):
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
    speaker = Speaker(sys.stdout)
    speaker.say(**answer(json.loads(sys.stdin.readline()), speaker))


main()
