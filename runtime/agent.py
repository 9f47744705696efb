"""Answers small questions about this machine and its jobs, for as long as the connection lasts.

Sent over stdin and never stored. The first line is {"root": "~/.trainyard"}; it is answered as if it were request 0,
with {"root", "python"}. Then one request a line, {"id", "op", ...}, and one answer a line, in any order:
{"id", "ok": true, "result"} or {"id", "ok": false, "error": {"code", "message"}}, where code is no-space, permission,
not-found, invalid or internal. When stdin ends, it answers what was asked and ends too.

Whoever asks is trusted as the user of this account is, but names are not: they come from data sets and from what a
training printed. Nothing outside `root` is written. A byte of a file name that is not UTF-8 travels as the lone
surrogate U+DC00 + byte, which JSON escapes and Python (surrogateescape) turns back.

Must parse with old Pythons too, so that they hear why they are refused.
"""

import contextlib
import errno
import fcntl
import getpass
import hashlib
import json
import math
import os
import platform
import re
import shutil
import stat
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

TOO_OLD_EXIT_CODE = 90
if sys.version_info < (3, 8):
    sys.stderr.write("%d.%d\n" % sys.version_info[:2])
    sys.exit(TOO_OLD_EXIT_CODE)

JOB_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}\Z")
VARIABLE_NAME = re.compile(r"[A-Z_][A-Z0-9_]{0,99}\Z")
START_SECONDS = 10
LEAVE_SECONDS = 3
WORKERS = 8

# A working copy copies what a script may edit or is itself, and links the rest.
COPIED_FILE_BYTES = 1024 * 1024
COPIED_TOTAL_BYTES = 256 * 1024 * 1024
CODE_SUFFIXES = {".py", ".ipynb", ".sh", ".toml", ".yaml", ".yml", ".cfg", ".ini", ".json", ".txt", ".md", ""}

MODEL_SUFFIXES = set(
    ".bst .cbm .ckpt .gguf .h5 .hdf5 .joblib .keras .mlmodel .onnx .pickle .pkl .pt .pth .safetensors .tflite "
    ".torchscript .ubj".split()
)
# A model only when its name says so: these are also logs, metrics and settings.
AMBIGUOUS_SUFFIXES = {".bin", ".json", ".npz", ".txt"}
IMAGE_SUFFIXES = {".gif", ".jpeg", ".jpg", ".png", ".webp"}
# Of more, the oldest are left out.
MOST_SAMPLES = 2000
# A folder with one of these is a model as a whole.
MODEL_FOLDER_MARKS = ("config.json", "adapter_config.json", "model_index.json", "saved_model.pb")
PASSED_OVER_FOLDERS = {"__pycache__", "node_modules", "site-packages", "venv", "env"}


class Refusal(Exception):
    """The request cannot be answered; the message is one sentence for a person."""

    def __init__(self, code, message):
        super().__init__(message)
        self.code = code


def main():
    source = sys.stdin.buffer
    answers = Answers()
    root = os.path.expanduser(json.loads(source.readline())["root"])
    if not os.path.isabs(root):
        sys.exit("the folder {} has no place: this user has no home folder".format(root))
    agent = Agent(os.path.normpath(root))
    answers.greet({"root": agent.root, "python": list(sys.version_info[:3])})
    with ThreadPoolExecutor(WORKERS) as pool:
        for line in source:
            pool.submit(answer, agent, json.loads(line), answers)


class Answers:
    """Stdout, one line at a time whoever writes."""

    def __init__(self):
        self.lock = threading.Lock()

    def greet(self, facts):
        # Ends whatever line a login script of the machine left open.
        self.write(b"\n")
        self.send({"id": 0, "ok": True, "result": facts})

    def send(self, value):
        self.write(json.dumps(value).encode("ascii") + b"\n")

    def write(self, line):
        with self.lock:
            try:
                sys.stdout.buffer.write(line)
                sys.stdout.buffer.flush()
            except BrokenPipeError:
                os._exit(0)


def answer(agent, request, answers):
    try:
        result = agent.operation(request["op"])(request)
        answers.send({"id": request["id"], "ok": True, "result": result})
    except Exception as error:
        code, message = explain(error)
        answers.send({"id": request["id"], "ok": False, "error": {"code": code, "message": message}})


def explain(error):
    if isinstance(error, Refusal):
        return error.code, str(error)
    if isinstance(error, OSError):
        where = " ({})".format(printable(error.filename)) if error.filename else ""
        if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
            return "no-space", "the disk is full{}; free some space there".format(where)
        if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
            return "permission", "{}{}; make it accessible to the user Trainyard logs in as".format(
                error.strerror, where
            )
        if error.errno == errno.ENOENT:
            return "not-found", "there is no such file or folder{}".format(where)
        return "internal", "{}{}".format(error.strerror or error, where)
    return "internal", "{}: {}".format(type(error).__name__, error)


def checked_secrets(request):
    secrets = request.get("secrets") or {}
    for name in secrets:
        if not VARIABLE_NAME.match(name) or name.startswith("TRAINYARD_"):
            raise Refusal("invalid", "{!r} is not the name of a key".format(name))
    return secrets


def printable(path):
    text = path.decode("utf-8", "replace") if isinstance(path, bytes) else str(path)
    return text.encode("utf-8", "replace").decode("utf-8")


class Agent:
    def __init__(self, root):
        self.root = root
        self.operations = {
            "probe": self.probe,
            "disk": self.disk,
            "install": self.install,
            "workdir": self.workdir,
            "start": self.start,
            "state": self.state,
            "control": self.control,
            "results": self.results,
            "checkpoints": self.checkpoints,
            "samples": self.samples,
            "guard": self.guard,
            "attend": self.attend,
            "limits": self.limits,
            "remove": self.remove,
            "kept": self.kept,
            "reclaim": self.reclaim,
        }

    def operation(self, name):
        if name not in self.operations:
            raise Refusal("invalid", "there is no operation {}".format(name))
        return self.operations[name]

    def run(self, request):
        name = request["job"]
        if not isinstance(name, str) or not JOB_NAME.match(name):
            raise Refusal("invalid", "{!r} is not the name of a job".format(name))
        return Run(os.path.join(self.root, "runs", name), name)

    def probe(self, request):
        gpus, gpu_problem = read_gpus()
        return {
            "python": list(sys.version_info[:3]),
            "executable": sys.executable,
            "platform": sys.platform,
            "arch": platform.machine(),
            "home": os.path.expanduser("~"),
            "user": user_name(),
            "cpuCount": cpu_count(),
            "memoryBytes": os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"),
            "disk": self.disk(request),
            "gpus": gpus,
            "gpuProblem": gpu_problem,
            "root": self.root,
            "rootWritable": is_writable(self.root),
        }

    def disk(self, request):
        disk = os.statvfs(existing_parent(self.root))
        return {"freeBytes": disk.f_bavail * disk.f_frsize, "totalBytes": disk.f_blocks * disk.f_frsize}

    def install(self, request):
        """Puts the files of a run in place, job.json last: a run with a job.json is complete."""
        run = self.run(request)
        job_file = request["jobFile"]
        if job_file["job"] != run.name or not isinstance(job_file["attempt"], int) or job_file["attempt"] < 1:
            raise Refusal("invalid", "job.json does not fit the job {}".format(run.name))
        installed = run.read("job.json")
        is_other_attempt = installed is not None and installed["attempt"] != job_file["attempt"]
        if is_other_attempt and job_file["attempt"] < installed["attempt"]:
            raise Refusal("invalid", "attempt {} of {} came before".format(installed["attempt"], run.name))
        if is_other_attempt and run.is_busy():
            raise Refusal("invalid", "attempt {} of {} still runs".format(installed["attempt"], run.name))
        make_folder(self.root, 0o700)
        for folder in ("control", "output"):
            os.makedirs(run.file(folder), exist_ok=True)
        if is_other_attempt:
            run.clear_control()
        for name, text in request["files"].items():
            run.install(name, text)
        write_file(run.file("job.json"), json.dumps(job_file, indent=2) + "\n")
        return {"path": run.path}

    def workdir(self, request):
        run = self.existing_run(request)
        dataset = request["dataset"]
        if not os.path.isabs(dataset) or not os.path.isdir(dataset):
            raise Refusal("not-found", "there is no dataset folder {}".format(printable(dataset)))
        work = run.file("work")
        if not os.path.isdir(work):
            WorkingCopy(dataset, run.file("work.partial")).make(work)
        return {"path": work}

    def start(self, request):
        """Returns once the attempt of job.json runs or has ended. Safe to repeat: it is started once.

        `secrets` go into the environment of what is started, and nowhere else.
        """
        run = self.existing_run(request)
        secrets = checked_secrets(request)
        attempt = run.attempt()
        until = time.monotonic() + START_SECONDS
        next_launch = 0.0
        while True:
            state = run.read("state.json")
            if state is not None and state["attempt"] == attempt:
                return run.settled_state()
            if time.monotonic() > until:
                raise Refusal("internal", "the supervisor did not start: {}".format(run.last_words()))
            # An earlier supervisor may be about to leave: then the launch is a no-op and is repeated.
            if time.monotonic() >= next_launch:
                run.launch_supervisor(secrets)
                next_launch = time.monotonic() + 1
            time.sleep(0.02)

    def state(self, request):
        run = self.existing_run(request)
        return {
            "state": run.settled_state(),
            "logBytes": size_of(run.file("output.log")),
            "gpuBytes": size_of(run.file("gpu.jsonl")),
            "supervisorAlive": run.is_supervised(),
        }

    def control(self, request):
        run = self.existing_run(request)
        command, data = request["command"], request.get("data") or {}
        if command not in ("stop", "save", "extend"):
            raise Refusal("invalid", "there is no command {!r} to a training".format(command))
        os.makedirs(run.file("control"), exist_ok=True)
        if command == "extend":
            # The limit of the training and the end of the machine are extended one by one.
            data = dict(run.read("control", command) or {}, **data)
        write_file(run.file("control", command), json.dumps(data) + "\n")
        run.settled_state()
        return None

    def results(self, request):
        return ResultSearch(self.existing_run(request)).find(request["declared"])

    def checkpoints(self, request):
        return ResultSearch(self.existing_run(request)).checkpoints()

    def samples(self, request):
        return SampleSearch(self.existing_run(request)).find(request["named"])

    def remove(self, request):
        run = self.run(request)
        if not os.path.isdir(run.path):
            return None
        if os.path.isfile(run.file("job.json")):
            run.settled_state()
        if run.is_busy():
            raise Refusal("invalid", "{} still runs; stop it first".format(run.name))
        # Renamed first: nobody meets a run of which half is gone.
        doomed = os.path.join(self.root, "runs", ".removed-{}-{}".format(run.name, os.urandom(4).hex()))
        os.rename(run.path, doomed)
        remove_tree(doomed)
        return None

    def kept(self, request):
        return Store(self.root).kept()

    def reclaim(self, request):
        return Store(self.root).remove(request["kind"], request["name"])

    def guard(self, request):
        """Sets the limits of this rented machine and sees that a watchdog keeps them. Safe to repeat."""
        return Guard(self.root).arm(request, checked_secrets(request))

    def attend(self, request):
        """Somebody is here now: the wait for them after the training begins anew. Nothing where nobody guards."""
        return Guard(self.root).attend()

    def limits(self, request):
        return Guard(self.root).limits()

    def existing_run(self, request):
        run = self.run(request)
        if not os.path.isfile(run.file("job.json")):
            raise Refusal("not-found", "there is no job {}".format(run.name))
        return run


class Run:
    """The folder of one job; README.md describes its files."""

    def __init__(self, path, name):
        self.path = path
        self.name = name

    def file(self, *names):
        return os.path.join(self.path, *names)

    def read(self, *names):
        return read_json(self.file(*names))

    def attempt(self):
        job_file = self.read("job.json")
        if job_file is None:
            raise Refusal("not-found", "the job.json of {} cannot be read".format(self.name))
        return job_file["attempt"]

    def install(self, name, text):
        parts = name.split("/")
        if any(part in ("", ".", "..") for part in parts) or "\0" in name:
            raise Refusal("invalid", "{!r} is not a file of a run".format(name))
        folder = self.file(*parts[:-1])
        os.makedirs(folder, exist_ok=True)
        path = os.path.join(os.path.realpath(folder), parts[-1])
        if not is_inside(path, os.path.realpath(self.path)):
            raise Refusal("invalid", "{!r} leads out of the run".format(name))
        write_file(path, text)

    def clear_control(self):
        for name in os.listdir(self.file("control")):
            os.unlink(self.file("control", name))

    def is_supervised(self):
        return is_locked(self.file("supervisor.lock"))

    def is_busy(self):
        """Whether anything runs here. A supervisor that has recorded the end is given a moment to leave."""
        until = time.monotonic() + LEAVE_SECONDS
        while self.is_supervised() or is_locked(self.file("training.lock")):
            state = self.read("state.json")
            if state is None or state["phase"] != "ended" or time.monotonic() > until:
                return True
            time.sleep(0.02)
        return False

    def is_unfinished(self):
        """Whether it runs, or was installed and will be started."""
        if self.read("job.json") is None:
            return is_locked(self.file("training.lock"))
        state = self.settled_state()
        is_over = state is not None and state["phase"] == "ended" and state["attempt"] >= self.attempt()
        return not is_over or is_locked(self.file("training.lock"))

    def launch_supervisor(self, secrets=None):
        """A supervisor that replaces a killed one needs no secrets: the training has them already."""
        command = [sys.executable, "-I", "-S", "-X", "utf8", self.file("supervisor.py"), self.path]
        answer = subprocess.run(
            command,
            env=dict(os.environ, **(secrets or {})),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            timeout=START_SECONDS,
        )
        if answer.returncode != 0:
            said = answer.stderr.decode("utf-8", "replace").strip().splitlines()
            raise Refusal("internal", "the supervisor cannot start: {}".format(said[-1] if said else "no reason given"))

    def settled_state(self):
        """state.json, or None; when a supervisor was killed, another first finds out what became of its training."""
        state = self.read("state.json")
        if self.needs_supervisor(state):
            self.launch_supervisor()
            until = time.monotonic() + 2
            while not self.is_supervised() and self.needs_supervisor(state) and time.monotonic() < until:
                time.sleep(0.02)
                state = self.read("state.json")
        return state

    def needs_supervisor(self, state):
        if self.is_supervised():
            return False
        attempt = self.attempt()
        if state is not None and state["attempt"] == attempt:
            return state["phase"] != "ended"
        training = self.read("training.json")
        return training is not None and training["attempt"] == attempt

    def last_words(self):
        try:
            with open(self.file("supervisor.log"), encoding="utf-8", errors="replace") as file:
                lines = file.read().strip().splitlines()
        except FileNotFoundError:
            lines = []
        return lines[-1] if lines else "supervisor.log is empty"


class Guard:
    """The watchdog that ends this rented machine, and the limits it goes by; README.md describes the files."""

    #: Clocks within this count as one: the request took its time too.
    MOST_SKEW_SECONDS = 60
    NO_LIMITS = {"deadline": None, "keepMinutes": None, "trainingEnded": None, "attended": None}
    BOOT = "import sys;s=sys.stdin.buffer;exec(compile(s.read(int(s.readline())),'watchdog','exec'))"

    def __init__(self, root):
        self.root = root
        self.folder = os.path.join(root, "watchdog")
        self.limits_file = os.path.join(self.folder, "limits.json")
        self.lock_file = os.path.join(self.folder, "lock")

    def arm(self, request, secrets):
        """Times of the request are of the asker's clock; what is written is of this machine's. Who asks is here."""
        skew = time.time() - request["now"]
        skew = 0 if abs(skew) < self.MOST_SKEW_SECONDS else skew
        deadline, keep_minutes = request["deadline"] + skew, request["keepMinutes"]
        for name, value in (("deadline", deadline), ("keepMinutes", keep_minutes)):
            if not math.isfinite(value) or value < 0:
                raise Refusal("invalid", "{} is no {} of a machine".format(value, name))
        make_folder(self.root, 0o700)
        make_folder(self.folder, 0o700)
        order = {"root": self.root, "deadline": deadline, "secrets": secrets}
        order["end"] = {"attempts": [without_none(attempt) for attempt in request["end"]["attempts"]]}
        missing = self.missing(order)
        with self.locked():
            try:
                self.write(deadline=deadline, keepMinutes=keep_minutes, attended=time.time())
            finally:
                # Even where the disk is full.
                watchdog = self.watchdog()
                if watchdog is None or (not missing and self.is_news(order, watchdog)):
                    watchdog = self.launch(request["source"].encode("utf-8"), order, watchdog)
        return {"pid": watchdog["pid"], "deadline": deadline, "missing": missing, "skewSeconds": skew}

    def is_news(self, order, watchdog):
        """Whether the watchdog that lives may not be able to do what is ordered: nobody knows which secrets it has."""
        return order["secrets"] or watchdog["attempts"] != order["end"]["attempts"]

    def watchdog(self):
        """The {pid, attempts} of the one that lives, or None."""
        return read_json(self.lock_file) if is_locked(self.lock_file) else None

    def launch(self, source, order, before):
        """Returns when the new one is on guard. It takes the place of one that lives, without a moment in between."""
        answer = subprocess.run(
            [sys.executable, "-I", "-X", "utf8", "-c", self.BOOT],
            input=b"%d\n%s%s\n" % (len(source), source, json.dumps(order).encode("ascii")),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            timeout=START_SECONDS,
        )
        until = time.monotonic() + START_SECONDS
        while answer.returncode == 0 and time.monotonic() < until:
            watchdog = self.watchdog()
            if watchdog is not None and (before is None or watchdog["pid"] != before["pid"]):
                return watchdog
            time.sleep(0.02)
        said = answer.stderr.decode("utf-8", "replace").strip().splitlines()
        raise Refusal("internal", "the watchdog did not start: {}".format(said[-1] if said else "no reason given"))

    def missing(self, order):
        """Names that are asked for and that nobody here knows: without one of these a watchdog can end nothing."""
        attempts = order["end"]["attempts"]
        named = set(re.findall(r"\$\{(\w+)\}", json.dumps(attempts)))
        found = {attempt["find"]["as"] for attempt in attempts if "find" in attempt}
        return sorted(named - found - set(order["secrets"]) - set(os.environ) - container_variables())

    @contextlib.contextmanager
    def locked(self):
        """One at a time: other connections, and the supervisor, change limits.json too."""
        with open(os.path.join(self.folder, "limits.lock"), "w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def attend(self):
        if os.path.exists(self.limits_file):
            with self.locked():
                self.write(attended=time.time())

    def write(self, **changes):
        write_file(self.limits_file, json.dumps(dict(self.limits() or self.NO_LIMITS, **changes)) + "\n")

    def limits(self):
        """{deadline, keepMinutes, trainingEnded, attended}, or None where no watchdog was set."""
        known = read_json(self.limits_file)
        return None if known is None else {name: known.get(name) for name in self.NO_LIMITS}


class Store:
    """What lies in `root` and can be made or sent again: environments, datasets, runs, programs that recipes got."""

    #: Of each kind, where it lies and what its names look like.
    KINDS = {
        "environment": ("envs", re.compile(r"[0-9a-f]{8,64}\Z")),
        "dataset": ("datasets", re.compile(r"[0-9a-f]{8,64}\Z")),
        "run": ("runs", JOB_NAME),
        "cache": ("tools", re.compile(r"uv-cache\Z")),
        "tool": ("tools", re.compile(r"(?!uv(-cache)?\Z)[A-Za-z0-9][A-Za-z0-9._-]{0,99}\Z")),
    }

    def __init__(self, root):
        self.root = root

    def kept(self):
        """A list of {kind, name, bytes, used, needed}. `needed` says that something that runs here uses it now.

        `bytes` come back when all of the list goes: what other folders share too is not counted, and what several of
        the list share is counted once. `used` is in Unix seconds.
        """
        items = [(kind, name) for kind in self.KINDS for name in self.names(kind)]
        sizes = DiskUse([self.path(kind, name) for kind, name in items]).bytes_each()
        uses = self.uses()
        found = []
        for (kind, name), size in zip(items, sizes):
            path = self.path(kind, name)
            users = uses.get(os.path.realpath(path), [])
            used = max([last_written(path)] + [when for when, _ in users])
            needed = self.is_held(kind, name) or any(is_unfinished for _, is_unfinished in users)
            found.append({"kind": kind, "name": name, "bytes": size, "used": used, "needed": needed})
        return found

    def names(self, kind):
        """Links are not followed: what they lead to is not ours to delete."""
        folder, pattern = self.KINDS[kind]
        parent = os.path.join(self.root, folder)
        if os.path.islink(parent) or not os.path.isdir(parent):
            return []
        names = [name for name in os.listdir(parent) if pattern.match(name)]
        return sorted(name for name in names if is_real_folder(os.path.join(parent, name)))

    def path(self, kind, name):
        return os.path.join(self.root, self.KINDS[kind][0], name)

    def runs(self):
        return [Run(self.path("run", name), name) for name in self.names("run")]

    def uses(self):
        """The paths that runs use, with when each was installed and whether it is not over yet."""
        uses = {}
        for run in self.runs():
            job_file = run.read("job.json") or {}
            when, is_unfinished = modified(run.file("job.json")), run.is_unfinished()
            environment = os.path.dirname(os.path.dirname(job_file.get("argv", [""])[0]))
            for path in (run.path, environment, job_file.get("dataset", "")):
                uses.setdefault(os.path.realpath(path), []).append((when, is_unfinished))
        return uses

    def is_held(self, kind, name):
        path = self.path(kind, name)
        if kind == "environment":
            return is_locked(path + ".lock")
        if kind == "dataset":
            return is_locked(os.path.join(path + ".partial", "lock"))
        if kind == "cache":
            parent = os.path.join(self.root, "envs")
            locks = [file for file in os.listdir(parent) if file.endswith(".lock")] if os.path.isdir(parent) else []
            return any(is_locked(os.path.join(parent, file)) for file in locks)
        if kind == "tool":
            # A recipe that got a program for itself says nowhere which job uses it.
            return any(run.is_unfinished() for run in self.runs())
        return Run(path, name).is_busy()

    def remove(self, kind, name):
        """Success when it is gone already. Refused for what is in use, or is not ours."""
        if kind not in self.KINDS or not isinstance(name, str) or not self.KINDS[kind][1].match(name):
            raise Refusal("invalid", "{!r} is nothing that Trainyard keeps".format(name))
        if name not in self.names(kind):
            return None
        path = self.path(kind, name)
        with self.held(kind, name):
            if any(is_unfinished for _, is_unfinished in self.uses().get(os.path.realpath(path), ())):
                raise Refusal("invalid", "the {} {} is in use".format(kind, name))
            if kind == "dataset":
                unlink_quietly(path + ".manifest")
            # Renamed first: nobody meets half of it.
            doomed = os.path.join(os.path.dirname(path), ".removed-{}-{}".format(name, os.urandom(4).hex()))
            os.rename(path, doomed)
        remove_tree(doomed)
        self.sweep(os.path.dirname(path))
        return None

    def sweep(self, parent):
        """What a deletion that was cut short has left, and files that an upload had linked ahead (see `upload.py`) when it
        was killed: what they share is free only then. Another may be at it right now.
        """
        for name in os.listdir(parent):
            is_left = ".ahead-" in name and not is_locked(os.path.join(parent, name, "lock"))
            if is_left or name.startswith(".removed-"):
                with contextlib.suppress(OSError):
                    remove_tree(os.path.join(parent, name))

    @contextlib.contextmanager
    def held(self, kind, name):
        """Nobody builds an environment while it is looked at and put aside. The others are only looked at."""
        if kind != "environment":
            if self.is_held(kind, name):
                raise Refusal("invalid", "the {} {} is in use".format(kind, name))
            yield
            return
        with open(self.path(kind, name) + ".lock", "w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise Refusal("invalid", "the environment {} is being made".format(name))
            yield


class DiskUse:
    """How much of the disk folders take, where files may be links to one another (and to those of other folders)."""

    def __init__(self, folders):
        self.folders = folders
        #: By device and inode of a file: the first folder that has it, its bytes, links seen, links there are
        self.files = {}

    def bytes_each(self):
        sizes = [self.add(index, folder) for index, folder in enumerate(self.folders)]
        for index, size, seen, links in self.files.values():
            if seen >= links:
                sizes[index] += size
        return sizes

    def add(self, index, folder):
        """Bytes of the folders themselves; files wait until all their links were counted."""
        size = 0
        for parent, _, names in os.walk(folder):
            size += blocks_of(os.lstat(parent))
            for name in names:
                try:
                    status = os.lstat(os.path.join(parent, name))
                except FileNotFoundError:
                    continue
                if status.st_nlink == 1:
                    size += blocks_of(status)
                    continue
                identity = status.st_dev, status.st_ino
                self.files.setdefault(identity, [index, blocks_of(status), 0, status.st_nlink])[2] += 1
        return size


def blocks_of(status):
    return status.st_blocks * 512


def last_written(path):
    """When a folder of the store was finished or used, by what is written last in it or beside it."""
    marks = (path, path + ".manifest", os.path.join(path, ".trainyard-environment.json"))
    return max(os.lstat(mark).st_mtime for mark in marks if os.path.lexists(mark))


def is_real_folder(path):
    return os.path.isdir(path) and not os.path.islink(path)


def unlink_quietly(path):
    try:
        os.unlink(path)
    except FileNotFoundError:
        pass


class WorkingCopy:
    """A copy of a dataset folder that a script may change without changing the dataset.

    Small files are copied, larger ones are links to the dataset, links stay as they are. When the small files are
    many (images), only code and settings are copied. It appears at once, complete.
    """

    def __init__(self, dataset, partial):
        self.dataset = dataset
        self.partial = partial

    def make(self, target):
        if os.path.lexists(self.partial):
            remove_tree(self.partial)
        folders, links, files = self.survey()
        os.mkdir(self.partial)
        for name in folders:
            os.mkdir(os.path.join(self.partial, name))
        for name in links:
            os.symlink(os.readlink(os.path.join(self.dataset, name)), os.path.join(self.partial, name))
        small = [status.st_size for _, status in files if status.st_size <= COPIED_FILE_BYTES]
        code_only = sum(small) > COPIED_TOTAL_BYTES
        for name, status in files:
            self.add(name, status, code_only)
        os.rename(self.partial, target)

    def survey(self):
        """Names relative to the dataset: folders (parents first), links, and files with their status."""
        folders, links, files = [], [], []
        for folder, inner, names in os.walk(self.dataset, onerror=raise_it):
            for name in inner + names:
                path = os.path.join(folder, name)
                relative = os.path.relpath(path, self.dataset)
                status = os.lstat(path)
                if stat.S_ISLNK(status.st_mode):
                    links.append(relative)
                elif stat.S_ISDIR(status.st_mode):
                    folders.append(relative)
                elif stat.S_ISREG(status.st_mode):
                    files.append((relative, status))
                else:
                    raise Refusal("invalid", "{} is neither a file nor a folder".format(printable(path)))
        return folders, links, files

    def add(self, name, status, code_only):
        source, target = os.path.join(self.dataset, name), os.path.join(self.partial, name)
        is_copied = status.st_size <= COPIED_FILE_BYTES
        if is_copied and (not code_only or os.path.splitext(name)[1].lower() in CODE_SUFFIXES):
            shutil.copyfile(source, target)
            if status.st_mode & 0o100:
                os.chmod(target, os.stat(target).st_mode | 0o111)
        else:
            os.symlink(source, target)


class ResultSearch:
    """What a training left: what it named, else what looks like a model, else its newest checkpoint."""

    def __init__(self, run):
        self.run = run
        self.real_run = os.path.realpath(run.path)
        self.output = run.file("output")
        self.work = run.file("work")

    def find(self, declared):
        found = self.declared(declared) or self.looks_like_model(self.output) or self.looks_like_model(self.work)
        if not found:
            newest = self.checkpoint_entries()[-1:]
            found = [item for path in newest for item in self.expand(path, "checkpoint")]
        return [self.described(item) for item in found]

    def declared(self, names):
        """Names that do not exist, or lead out of the run, are no results."""
        found = []
        for name in names:
            path = self.resolve(name)
            for item in self.expand(path, "model") if path else []:
                if item not in found:
                    found.append(item)
        return self.with_cards(found)

    def resolve(self, name):
        """A path as the training said it: absolute, or relative to where it ran or to its output folder."""
        job_file = self.run.read("job.json") or {}
        for base in (job_file.get("cwd") or self.work, self.output, self.work, self.run.path):
            path = os.path.join(base, name)
            if name and "\0" not in path and os.path.exists(path) and self.is_own(path):
                return None if self.is_everything(path) else os.path.realpath(path)
        return None

    def is_everything(self, path):
        """The run and the working copy hold the dataset and the log, not only what was trained."""
        return os.path.realpath(path) in (self.real_run, os.path.realpath(self.work))

    def is_own(self, path):
        return is_inside(os.path.realpath(path), self.real_run)

    def expand(self, path, role):
        """The files of a path as (path, role, folder they belong to or None); the largest, the weights, comes last."""
        if not os.path.isdir(path):
            return [(path, role, None)] if self.is_own_file(path) else []
        return [(file, role, path) for file in sorted(self.files_below(path), key=os.path.getsize)]

    def is_own_file(self, path):
        return os.path.isfile(path) and self.is_own(path)

    def files_below(self, top, passed_over=lambda name: False):
        found = []
        for folder, inner, names in os.walk(top, onerror=raise_it):
            inner[:] = sorted(name for name in inner if not passed_over(name))
            found.extend(os.path.join(folder, name) for name in sorted(names))
        return [path for path in found if self.is_own_file(path)]

    def with_cards(self, found):
        """Adds the JSON card beside a model; one that was named itself is a card too."""
        cards = [card for path, _, group in found if group is None for card in self.cards_of(path)]
        models = [(path, "card" if path in cards else role, group) for path, role, group in found]
        named = {path for path, _, _ in models}
        return models + [(card, "card", None) for card in dict.fromkeys(cards) if card not in named]

    def cards_of(self, model):
        stem, suffix = os.path.splitext(model)
        names = [stem + ".card.json", model + ".json", os.path.join(os.path.dirname(model), "card.json")]
        if suffix != ".json":
            names.append(stem + ".json")
        return [name for name in names if name != model and self.is_own_file(name)]

    def looks_like_model(self, top):
        """The best file of a folder, or the folder it is the model of."""
        if not os.path.isdir(top):
            return []
        candidates = [path for path in self.files_below(top, is_passed_over) if is_model_name(path)]
        candidates = [path for path in candidates if not self.is_of_dataset(path)]
        if not candidates:
            return []
        best = max(candidates, key=preference)
        folder = os.path.dirname(best)
        is_model_folder = any(os.path.isfile(os.path.join(folder, name)) for name in MODEL_FOLDER_MARKS)
        if is_model_folder and folder != self.work:
            return [(path, "model", folder) for path in self.files_below(folder, is_passed_over)]
        return self.with_cards([(best, "model", None)])

    def is_of_dataset(self, path):
        dataset = (self.run.read("job.json") or {}).get("dataset")
        if not dataset or not is_inside(path, self.work):
            return False
        return os.path.islink(path) or os.path.lexists(os.path.join(dataset, os.path.relpath(path, self.work)))

    def checkpoint_entries(self):
        """The files and folders of output/checkpoints, oldest first; hidden and unfinished (.tmp) ones do not count."""
        folder = os.path.join(self.output, "checkpoints")
        if not os.path.isdir(folder):
            return []
        names = [name for name in os.listdir(folder) if not name.startswith(".") and not name.endswith(".tmp")]
        paths = [os.path.join(folder, name) for name in sorted(names)]
        return sorted((path for path in paths if self.is_own(path)), key=modified)

    def checkpoints(self):
        described = []
        for path in self.checkpoint_entries():
            try:
                files = [self.located(file, group) for file, _, group in self.expand(path, "checkpoint")]
            except FileNotFoundError:
                # The training rotates its checkpoints while we look.
                continue
            described.append({"name": os.path.basename(path), "modified": modified(path), "files": files})
        return described

    def described(self, item):
        path, role, group = item
        return dict(self.located(path, group), role=role, sha256=sha256_of(path))

    def located(self, path, group):
        return {
            "path": self.relative(path),
            "absolutePath": os.path.realpath(path),
            "bytes": os.path.getsize(path),
            "group": None if group is None else self.relative(group),
        }

    def relative(self, path):
        """Relative to the run; `path` lies in the run folder by either of its names."""
        base = self.real_run if is_inside(path, self.real_run) else self.run.path
        return os.path.relpath(path, base)


class SampleSearch:
    """The images a model drew while it trained: what the training named in output/, and all below output/samples/."""

    def __init__(self, run):
        self.output = os.path.realpath(run.file("output"))
        self.cwd = (run.read("job.json") or {}).get("cwd") or run.file("work")

    def find(self, named):
        paths = [os.path.join(base, name) for name in named if "\0" not in name for base in (self.output, self.cwd)]
        paths.extend(self.below(os.path.join(self.output, "samples")))
        found = {}
        for path in paths:
            image = self.described(os.path.realpath(path))
            if image is not None:
                found[image["path"]] = image
        return sorted(found.values(), key=lambda image: image["modified"])[-MOST_SAMPLES:]

    def below(self, folder):
        for parent, inner, names in os.walk(folder):
            inner[:] = [name for name in inner if not name.startswith(".")]
            for name in names:
                if not name.startswith(".") and not name.endswith(".tmp"):
                    yield os.path.join(parent, name)

    def described(self, path):
        """What is no image, lies elsewhere or has just gone is left out."""
        if os.path.splitext(path)[1].lower() not in IMAGE_SUFFIXES or not is_inside(path, self.output):
            return None
        try:
            status = os.stat(path)
        except OSError:
            return None
        if not stat.S_ISREG(status.st_mode):
            return None
        relative = os.path.relpath(path, self.output)
        return {"path": relative, "absolutePath": path, "bytes": status.st_size, "modified": status.st_mtime}


def is_model_name(path):
    stem, suffix = os.path.splitext(os.path.basename(path).lower())
    return suffix in MODEL_SUFFIXES or (suffix in AMBIGUOUS_SUFFIXES and "model" in stem and "card" not in stem)


def preference(path):
    name = os.path.basename(path).lower()
    return os.path.splitext(name)[1] in MODEL_SUFFIXES, "best" in name, os.path.getmtime(path)


def is_passed_over(folder):
    name = folder.lower()
    return name.startswith((".", "checkpoint")) or name in PASSED_OVER_FOLDERS


def modified(path):
    """When a file, or the newest file right inside a folder, was last written."""
    try:
        if os.path.isdir(path):
            inside = [entry.stat().st_mtime for entry in os.scandir(path)]
            return max(inside, default=os.stat(path).st_mtime)
        return os.stat(path).st_mtime
    except FileNotFoundError:
        return 0.0


def sha256_of(path):
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        for piece in iter(lambda: file.read(1024 * 1024), b""):
            digest.update(piece)
    return digest.hexdigest()


def is_inside(path, folder):
    return path.startswith(folder.rstrip(os.sep) + os.sep)


def size_of(path):
    try:
        return os.path.getsize(path)
    except FileNotFoundError:
        return 0


def read_json(path):
    """The JSON object in a file, or None when there is none."""
    try:
        with open(path, encoding="utf-8") as file:
            value = json.load(file)
    except (FileNotFoundError, ValueError):
        return None
    return value if isinstance(value, dict) else None


def write_file(path, text):
    """Replaces a file at once."""
    temporary = "{}.{}.new".format(path, os.urandom(4).hex())
    try:
        with open(temporary, "w", encoding="utf-8", errors="surrogateescape", newline="") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except BaseException:
        if os.path.lexists(temporary):
            os.unlink(temporary)
        raise


def make_folder(path, mode):
    if not os.path.isdir(path):
        os.makedirs(path, mode, exist_ok=True)


def remove_tree(path):
    """Also folders that their owner may not write; never what a link points to."""
    for folder, _, _ in os.walk(path):
        os.chmod(folder, 0o700)
    shutil.rmtree(path)


def raise_it(error):
    raise error


def without_none(fields):
    return {name: value for name, value in fields.items() if value is not None}


def container_variables():
    """Names of the variables that the container was given; sessions over SSH do not have them."""
    try:
        with open("/proc/1/environ", "rb") as file:
            return {pair.split("=", 1)[0] for pair in file.read().decode("utf-8", "replace").split("\0")}
    except OSError:
        return set()


def is_locked(path):
    try:
        descriptor = os.open(path, os.O_RDONLY)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        return False
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)


def is_writable(root):
    try:
        make_folder(root, 0o700)
        probe = os.path.join(root, ".writable-{}".format(os.urandom(4).hex()))
        with open(probe, "wb"):
            pass
        os.unlink(probe)
        return True
    except OSError:
        return False


def existing_parent(path):
    while not os.path.exists(path):
        path = os.path.dirname(path)
    return path


def user_name():
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        # A container may run as a number without a name.
        return str(os.getuid())


def cpu_count():
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def read_gpus():
    """The GPUs NVIDIA's driver shows, and what it said when it is installed but does not work."""
    program = shutil.which("nvidia-smi")
    if program is None:
        return [], None
    command = [program, "--query-gpu=name,memory.total,driver_version", "--format=csv,noheader,nounits"]
    try:
        answer = subprocess.run(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=15
        )
    except (OSError, subprocess.SubprocessError) as error:
        return [], str(error)
    text = answer.stdout.decode("utf-8", "replace").strip()
    if answer.returncode != 0:
        return [], text[:500] or "nvidia-smi failed"
    return [parse_gpu(line) for line in text.splitlines() if line.count(",") >= 2], None


def parse_gpu(line):
    name, memory_mib, driver = (field.strip() for field in line.rsplit(",", 2))
    memory_bytes = int(memory_mib) * 1024 * 1024 if memory_mib.isdigit() else None
    return {"name": name, "memoryBytes": memory_bytes, "driver": driver}


if __name__ == "__main__":
    main()
