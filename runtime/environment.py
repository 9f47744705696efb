"""Makes a Python environment that holds what a training needs, once, and finds it again.

Request:  {"root": "~/.trainyard", "requirements": ["numpy==2.1"], "constraints": [], "minimumPython": "3.10",
           "python": "/usr/bin/python3.12"}     (constraints and python may be missing)
Answers:  {"event": "progress", "message": "Downloading numpy (16.0MiB)"} ..., and last one of
          {"event": "ready", "python": "/abs/bin/python", "hash": "…", "reused": false}
          {"event": "failed", "code": "…", "package": null, "message": "…", "lines": ["what the installer said last"]}
Codes:    python-too-old, no-python, no-venv, install-failed, network, no-space, no-folder

Equal requirements on an equal Python are one environment, ROOT/envs/<hash>/, whoever asks; two that ask at once build it
once. A connection that breaks does not end the work: whoever asks next waits for it. Standard library only, Python 3.8.
"""

import collections
import contextlib
import errno
import fcntl
import hashlib
import json
import os
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
#: Of the machine's settings for pip, those that would put packages somewhere else.
MISPLACING_VARIABLES = ("PIP_USER", "PIP_TARGET", "PIP_PREFIX", "PIP_ROOT", "VIRTUAL_ENV", "PYTHONHOME", "PYTHONPATH")


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
    environment = Environment(request["root"], requirements, request.get("constraints", []), python)
    with environment.lock(speaker) as lock:
        reused = environment.is_ready()
        if not reused:
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

    def __init__(self, root, requirements, constraints, base):
        self.requirements = requirements
        self.constraints = constraints
        self.base = base
        identity = [sorted(requirements), sorted(constraints), base.name, sysconfig.get_platform()]
        self.hash = hashlib.sha256(json.dumps(identity).encode()).hexdigest()[:HASH_LETTERS]
        self.parent = os.path.join(os.path.abspath(os.path.expanduser(root)), "envs")
        self.folder = os.path.join(self.parent, self.hash)
        self.python = os.path.join(self.folder, "bin", "python")
        self.marker = os.path.join(self.folder, MARKER)

    def is_ready(self):
        """Also false when the Python it was made from has been removed from the machine."""
        return os.path.exists(self.marker) and os.access(self.python, os.X_OK)

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
        if os.path.lexists(self.folder):
            shutil.rmtree(self.folder)
        installer = Installer(self, speaker, lock)
        speaker.progress("Making an environment with Python %s" % self.base.name)
        installer.make()
        speaker.progress("Installing %s" % count_packages(self.requirements))
        installer.install(self.write_list("requirements.txt", self.requirements), self.write_constraints())
        self.write_marker()

    def write_list(self, name, lines):
        path = os.path.join(self.folder, name)
        with open(path, "w", encoding="utf-8") as file:
            file.write("".join(line + "\n" for line in lines))
        return path

    def write_constraints(self):
        return self.write_list("constraints.txt", self.constraints) if self.constraints else None

    def write_marker(self):
        content = {"requirements": self.requirements, "constraints": self.constraints, "python": self.base.name}
        with open(self.marker + ".tmp", "w", encoding="utf-8") as file:
            json.dump(content, file)
            file.flush()
            os.fsync(file.fileno())
        os.replace(self.marker + ".tmp", self.marker)


def count_packages(requirements):
    names = {re.split(r"[^\w.-]", line, maxsplit=1)[0] for line in requirements if not line.startswith("-")}
    return plural(len(names))


def plural(packages):
    return "1 package" if packages == 1 else "%d packages" % packages


class Installer:
    """Fills an environment by uv where the machine has it, else by venv and pip."""

    def __init__(self, environment, speaker, lock):
        self.environment = environment
        self.speaker = speaker
        self.lock = lock
        self.uv = find_uv()

    def make(self):
        base, folder = self.environment.base.path, self.environment.folder
        if self.uv:
            command = [self.uv, "venv", "--python", base, folder]
        else:
            command = [base, "-m", "venv", folder]
        code, lines = self.run(command)
        if code != 0:
            raise self.explain(lines) or self.explain_no_venv(lines)

    def install(self, requirements, constraints):
        more = ["-r", requirements] + (["-c", constraints] if constraints else [])
        if self.uv:
            # As pip reads a list: the best version of all indexes, not whatever the first one has.
            best = ["--index-strategy", "unsafe-best-match"]
            command = [self.uv, "pip", "install", "--python", self.environment.python] + best
        else:
            quiet = ["--disable-pip-version-check", "--no-input", "--progress-bar", "off"]
            command = [self.environment.python, "-m", "pip", "install"] + quiet
        code, lines = self.run(command + more)
        if code != 0:
            raise self.explain(lines) or explain_install(lines, self.environment.base.name)

    def run(self, command):
        """Exit code and last lines. Ends what it started when this process is asked to end."""
        lines = collections.deque(maxlen=REMEMBERED_LINES)
        process = subprocess.Popen(
            command,
            cwd=self.environment.parent,
            env=installer_variables(),
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
        version = self.environment.base.name
        if self.uv or not re.search(r"ensurepip|No module named '?venv", "\n".join(lines)):
            return Failure("install-failed", "No environment could be made: %s" % last(lines), lines=lines)
        message = "Python %s comes without its venv module; install it with `sudo apt install python%s-venv`, or install uv."
        return Failure("no-venv", message % (version, version), lines=lines)


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
