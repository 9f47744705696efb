"""Runs one training and outlives every connection.

    python3 supervisor.py RUN_DIR          starts it, detached; a second start changes nothing
    python3 supervisor.py --keep RUN_DIR   the keeper (below); only the supervisor starts it

Three processes, so that losing one loses nothing:

    supervisor  heartbeat, limits, control/, machine load. May be killed and started again at any time.
    keeper      parent of the training: starts it once per attempt, waits, records its end, clears up after it.
    training    the user's program, leader of its own session, writing straight into output.log.

Who lives is said by locks, which the kernel releases however a process ends: supervisor.lock, training.lock
(held by the keeper). What happened is said by training.json (written by the keeper) and state.json (for
everybody else, written by the supervisor). README.md describes the files.
"""

import contextlib
import errno
import fcntl
import json
import math
import os
import shutil
import signal
import subprocess
import sys
import threading
import time

VERSION = 1
TICK_SECONDS = 0.1
HEARTBEAT_SECONDS = 2.0
FIRST_SAMPLE_SECONDS = 1.0
SAMPLE_SECONDS = 5.0
DEFAULT_GRACE_SECONDS = 30.0
# An idle desktop GPU shows a few percent.
GPU_BUSY_PERCENT = 5
# Given back to a full disk, so that the end of the training can still be written down.
RESERVE_BYTES = 64 * 1024

# With these set a framework says less than we need, or a Python does not find its own library.
UNWANTED_VARIABLES = (
    "RUNPOD_POD_ID",  # Ultralytics shows only the end of each bar
    "GITHUB_ACTIONS",  # the same
    "YOLO_VERBOSE",
    "TQDM_DISABLE",
    "PYTHONHOME",
    "__PYVENV_LAUNCHER__",
    "TRAINYARD_RESUME_FROM",
)


def time_scale():
    """Tests shorten our own waits with TRAINYARD_TIME_SCALE (0.1: ten times faster). Limits of a job mean what they say."""
    try:
        scale = float(os.environ.get("TRAINYARD_TIME_SCALE", "1"))
    except ValueError:
        return 1.0
    return scale if 0 < scale <= 1 else 1.0


SCALE = time_scale()


class JobFileError(Exception):
    """job.json cannot be used; the message is one sentence."""


class Job:
    """What to run, from job.json."""

    def __init__(self, value):
        try:
            self.attempt = int(value["attempt"])
            self.argv = [str(word) for word in value["argv"]]
            self.cwd = str(value["cwd"])
            self.output = str(value["output"])
            self.env = {str(name): str(text) for name, text in value.get("env", {}).items()}
            limits = value.get("limits", {})
            self.limit_seconds = seconds(limits.get("hours"), 3600)
            self.stall_seconds = seconds(limits.get("stallMinutes"), 60)
            self.ends_at = seconds(limits.get("endsAt"), 1)
            self.warn_seconds = seconds(limits.get("warnSeconds"), 1)
            grace = seconds(limits.get("graceSeconds"), 1)
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise JobFileError(f"job.json is not usable: {type(error).__name__}: {error}.")
        self.grace_seconds = DEFAULT_GRACE_SECONDS if grace is None else grace
        if not self.argv:
            raise JobFileError("job.json is not usable: argv is empty.")


def seconds(amount, unit_seconds):
    """A limit in seconds; None stays None: no limit."""
    if amount is None:
        return None
    value = float(amount) * unit_seconds
    if not math.isfinite(value) or value < 0:
        raise ValueError(f"{amount} is not a duration")
    return value


class RunFolder:
    """The files of one job on this machine."""

    def __init__(self, path):
        self.path = os.path.abspath(path)
        self.job_file = self.file("job.json")
        self.log_file = self.file("output.log")
        self.supervisor_lock = self.file("supervisor.lock")
        self.training_lock = self.file("training.lock")

    def file(self, *names):
        return os.path.join(self.path, *names)

    def exists(self):
        try:
            os.stat(self.path)
        except FileNotFoundError:
            return False
        return True

    def read(self, *names):
        """The JSON object in a file, or None when there is no such file or it holds something else."""
        try:
            with open(self.file(*names), encoding="utf-8") as file:
                value = json.load(file)
        except (FileNotFoundError, ValueError):
            return None
        return value if isinstance(value, dict) else None

    def read_job(self):
        value = self.read("job.json")
        if value is None:
            raise JobFileError(f"There is no readable job.json in {self.path}.")
        return Job(value)

    def write(self, name, value, durable=True):
        """Replaces a file at once. `durable` waits for the disk; a heartbeat is not worth that."""
        temporary = self.file(f".{name}.new")
        with open(temporary, "w", encoding="utf-8") as file:
            json.dump(value, file)
            file.write("\n")
            file.flush()
            if durable:
                os.fsync(file.fileno())
        os.replace(temporary, self.file(name))

    def keep_reserve(self):
        try:
            with open(self.file(".reserve"), "wb") as file:
                file.write(os.urandom(RESERVE_BYTES))
        except OSError as error:
            note(f"no reserve for a full disk: {error}")

    def release_reserve(self):
        try:
            os.unlink(self.file(".reserve"))
        except FileNotFoundError:
            pass

    def write_surely(self, name, value):
        """For what must not be lost: gives the disk its reserve and tries until it is written or the folder is gone."""
        while self.exists():
            try:
                self.write(name, value)
                return
            except OSError as error:
                note(f"{name} not written: {error}")
                self.release_reserve()
                time.sleep(TICK_SECONDS)


class MachineLimits:
    """What the watchdog of this machine goes by: ROOT/watchdog/limits.json. Nothing where no watchdog was set."""

    def __init__(self, run_path):
        self.folder = os.path.join(os.path.dirname(os.path.dirname(run_path)), "watchdog")
        self.file = os.path.join(self.folder, "limits.json")

    def training_ended(self, when):
        """From `when` on, in Unix seconds, the machine waits for somebody to collect; None: a training is under way."""
        if not os.path.exists(self.file):
            return
        try:
            with open(os.path.join(self.folder, "limits.lock"), "w") as lock:
                # The agent changes the file too.
                fcntl.flock(lock, fcntl.LOCK_EX)
                self.replace(when)
        except (OSError, ValueError) as error:
            note(f"limits.json not written: {error}")

    def replace(self, when):
        with open(self.file, encoding="utf-8") as file:
            limits = json.load(file)
        limits["trainingEnded"] = when
        temporary = self.file + ".supervisor.new"
        with open(temporary, "w", encoding="utf-8") as file:
            json.dump(limits, file)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, self.file)


def note(text):
    """A line in supervisor.log, if the disk takes it: often the note is about a full disk."""
    line = f"{time.strftime('%Y-%m-%dT%H:%M:%S%z')} [{os.getpid()}] {text}\n"
    with contextlib.suppress(OSError):
        os.write(2, line.encode("utf-8", "replace"))


# Locks


def take_lock(path, patience_seconds=0.5):
    """The lock's descriptor, held until this process ends, or None when somebody has it.

    The patience outlasts `is_locked`, which takes the lock for a moment.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    until = time.monotonic() + patience_seconds
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return descriptor
        except BlockingIOError:
            if time.monotonic() >= until:
                os.close(descriptor)
                return None
            time.sleep(0.02)


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


# Processes


class ProcessStat:
    """What /proc/PID/stat says of a process."""

    def __init__(self, text):
        # The program's name stands in parentheses and may itself hold any character.
        fields = text[text.rindex(b")") + 2 :].split()
        self.is_zombie = fields[0] == b"Z"
        self.group = int(fields[2])
        self.session = int(fields[3])
        self.start = fields[19].decode()


def process_stat(pid):
    """None when there is no such process, or no /proc."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            return ProcessStat(file.read())
    except (OSError, ValueError):
        return None


def has_proc():
    return os.path.exists("/proc/self/stat")


def process_start(pid):
    """When a process started, in words of this system; tells it from a later one of the same number."""
    if has_proc():
        stat = process_stat(pid)
        return stat.start if stat and not stat.is_zombie else None
    answer = subprocess.run(["ps", "-o", "lstart=", "-p", str(pid)], stdout=subprocess.PIPE, check=False)
    return answer.stdout.decode("ascii", "replace").strip() or None


class Processes:
    """Everything a training started: its session and its process group and, where there is /proc, also what left
    both but still carries the job in its environment (the workers of torchrun do)."""

    def __init__(self, leader, job_file):
        self.leader = leader
        self.mark = b"TRAINYARD_JOB_FILE=" + os.fsencode(job_file) + b"\0"

    def signal(self, number):
        if not has_proc():
            try:
                os.killpg(self.leader, number)
            except (ProcessLookupError, PermissionError):
                pass
            return
        for pid in self.pids():
            send_signal(pid, number)

    def is_empty(self):
        if has_proc():
            return not self.pids()
        try:
            os.killpg(self.leader, 0)
        except (ProcessLookupError, PermissionError):
            # macOS refuses when only zombies are left.
            return True
        return False

    def pids(self):
        numbers = (int(name) for name in os.listdir("/proc") if name.isdigit())
        return [pid for pid in numbers if pid != os.getpid() and self.holds(pid)]

    def holds(self, pid):
        stat = process_stat(pid)
        if stat is None or stat.is_zombie:
            return False
        return self.leader in (stat.group, stat.session) or self.is_marked(pid)

    def is_marked(self, pid):
        try:
            with open(f"/proc/{pid}/environ", "rb") as file:
                return self.mark in file.read() + b"\0"
        except OSError:
            return False

    def end(self, grace_seconds):
        """SIGTERM, grace, SIGKILL. Gives up on what even SIGKILL does not end within seconds (stuck in a driver)."""
        if self.is_empty():
            return
        self.signal(signal.SIGTERM)
        self.wait_until_empty(grace_seconds)
        until = time.monotonic() + 5
        while not self.is_empty() and time.monotonic() < until:
            self.signal(signal.SIGKILL)
            self.wait_until_empty(0.2)

    def wait_until_empty(self, patience_seconds):
        until = time.monotonic() + patience_seconds
        while not self.is_empty() and time.monotonic() < until:
            time.sleep(0.05)


def send_signal(pid, number):
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        pass
    except PermissionError as error:
        note(f"no signal {number} to {pid}: {error}")


# The keeper


def keep(folder):
    """Starts the training of this attempt unless that was done before, and records how it ended."""
    # Handlers, unlike SIG_IGN, are not inherited by the training.
    signal.signal(signal.SIGTERM, lambda *_: None)
    signal.signal(signal.SIGINT, lambda *_: None)
    job = folder.read_job()
    if take_lock(folder.training_lock) is None:
        return
    earlier = folder.read("training.json")
    if earlier and earlier["attempt"] >= job.attempt:
        return
    record = {
        "attempt": job.attempt,
        "keeperPid": os.getpid(),
        "pid": None,
        "pidStart": None,
        "started": time.time(),
        "startedMonotonic": time.monotonic(),
        "ended": None,
        "exitCode": None,
        "signal": None,
        "problem": None,
    }
    # Intent first: after a crash between here and the start, nobody starts a second training.
    folder.write("training.json", record)
    try:
        training = start_training(folder, job)
    except OSError as error:
        record.update(ended=time.time(), problem=start_problem(job, error))
        folder.write_surely("training.json", record)
        return
    record.update(pid=training.pid, pidStart=process_start(training.pid))
    folder.write_surely("training.json", record)
    code = training.wait()
    record.update(ended=time.time(), exitCode=code if code >= 0 else None, signal=signal_name(-code))
    folder.write_surely("training.json", record)
    Processes(training.pid, folder.job_file).end(job.grace_seconds)


def start_training(folder, job):
    log = os.open(folder.log_file, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
    try:
        return subprocess.Popen(
            job.argv,
            cwd=job.cwd,
            env=training_environment(folder, job),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    finally:
        os.close(log)


def start_problem(job, error):
    if not os.path.isdir(job.cwd):
        return f"The folder {job.cwd} to run in does not exist on this machine."
    if isinstance(error, FileNotFoundError):
        return f"The program {job.argv[0]} does not exist on this machine (or the interpreter its first line names)."
    return f"The program {job.argv[0]} could not be started: {error.strerror or error}."


def signal_name(number):
    if number <= 0:
        return None
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"SIG{number}"


def training_environment(folder, job):
    env = {name: value for name, value in os.environ.items() if name not in UNWANTED_VARIABLES}
    env.update(
        PYTHONUNBUFFERED="1",
        PYTHONUTF8="1",
        PYTHONIOENCODING="utf-8",
        COLUMNS="200",
        TQDM_MININTERVAL="1",
    )
    if sys.platform.startswith("linux") and not is_utf8_locale(env):
        env.pop("LC_ALL", None)
        env.update(LANG="C.UTF-8", LC_CTYPE="C.UTF-8")
    checkpoint = newest_checkpoint(job.output) if job.attempt > 1 else None
    if checkpoint:
        env["TRAINYARD_RESUME_FROM"] = checkpoint
    env.update(job.env)
    paths = [folder.path, env.get("PYTHONPATH")]
    env.update(
        PYTHONPATH=os.pathsep.join(path for path in paths if path),
        TRAINYARD_JOB_FILE=folder.job_file,
        TRAINYARD_OUTPUT=job.output,
        TRAINYARD_CONTROL=folder.file("control"),
        TRAINYARD_ATTEMPT=str(job.attempt),
    )
    return env


def is_utf8_locale(env):
    locale = env.get("LC_ALL") or env.get("LC_CTYPE") or env.get("LANG") or ""
    return locale.lower().replace("-", "").endswith("utf8")


def newest_checkpoint(output):
    """The entry of output/checkpoints that was written last; hidden and unfinished (.tmp) names do not count."""
    folder = os.path.join(output, "checkpoints")
    try:
        names = os.listdir(folder)
    except OSError:
        return None
    entries = [os.path.join(folder, name) for name in names if not name.startswith(".") and not name.endswith(".tmp")]
    return max(entries, key=modified, default=None)


def modified(path):
    """When a file, or the newest file right inside a folder, was last written."""
    try:
        if os.path.isdir(path):
            inside = [entry.stat().st_mtime for entry in os.scandir(path)]
            return max(inside, default=os.stat(path).st_mtime)
        return os.stat(path).st_mtime
    except OSError:
        return 0.0


# The load of the machine


class LoadSampler(threading.Thread):
    """Appends a line to gpu.jsonl every few seconds. A thread, because a sick driver lets nvidia-smi hang."""

    def __init__(self, folder):
        super().__init__(daemon=True)
        self.folder = folder
        self.nvidia_smi = shutil.which("nvidia-smi")
        self.ticks = cpu_ticks()
        self.stopped = threading.Event()
        self.gpu_busy_at = None  # monotonic seconds

    def run(self):
        wait = FIRST_SAMPLE_SECONDS
        while not self.stopped.wait(wait * SCALE):
            try:
                self.append(self.sample())
            except OSError as error:
                note(f"no sample: {error}")
            wait = SAMPLE_SECONDS

    def sample(self):
        gpus = read_gpus(self.nvidia_smi)
        if any((gpu["utilizationPercent"] or 0) >= GPU_BUSY_PERCENT for gpu in gpus):
            self.gpu_busy_at = time.monotonic()
        ticks, before = cpu_ticks(), self.ticks
        self.ticks = ticks
        memory_used, memory_total = read_memory()
        disk = os.statvfs(self.folder.path)
        return {
            "time": time.time(),
            "logBytes": length_of(self.folder.log_file),
            "cpuPercent": cpu_percent(before, ticks),
            "memoryUsedBytes": memory_used,
            "memoryTotalBytes": memory_total,
            "diskFreeBytes": disk.f_bavail * disk.f_frsize,
            "diskTotalBytes": disk.f_blocks * disk.f_frsize,
            "gpus": gpus,
        }

    def append(self, sample):
        """Whole lines only: what a full disk cut off is taken back."""
        line = (json.dumps(sample) + "\n").encode()
        descriptor = os.open(self.folder.file("gpu.jsonl"), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        try:
            size = os.fstat(descriptor).st_size
            if os.write(descriptor, line) < len(line):
                os.ftruncate(descriptor, size)
                raise OSError(errno.ENOSPC, "the disk is full")
        finally:
            os.close(descriptor)


def length_of(path):
    """In bytes: 0 before the file is there, None where it cannot be told."""
    try:
        return os.stat(path).st_size
    except FileNotFoundError:
        return 0
    except OSError:
        return None


def cpu_ticks():
    """(busy, all) ticks of all CPUs since boot, or None where there is no /proc."""
    try:
        with open("/proc/stat", "rb") as file:
            ticks = [int(field) for field in file.readline().split()[1:9]]
    except OSError:
        return None
    idle = ticks[3] + ticks[4]
    return sum(ticks) - idle, sum(ticks)


def cpu_percent(before, now):
    if before is None or now is None:
        return round(min(100.0, 100.0 * os.getloadavg()[0] / (os.cpu_count() or 1)), 1)
    elapsed = now[1] - before[1]
    return round(100.0 * (now[0] - before[0]) / elapsed, 1) if elapsed > 0 else 0.0


def read_memory():
    """(used, total) bytes; used is None where the standard library cannot know."""
    try:
        with open("/proc/meminfo", "rb") as file:
            kib = {line.split(b":")[0]: int(line.split()[1]) for line in file}
        total = kib[b"MemTotal"] * 1024
        return total - kib.get(b"MemAvailable", kib[b"MemFree"]) * 1024, total
    except (OSError, KeyError, ValueError, IndexError):
        return None, os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


def read_gpus(nvidia_smi):
    if nvidia_smi is None:
        return []
    query = "--query-gpu=name,utilization.gpu,memory.used,memory.total,temperature.gpu,power.draw"
    try:
        answer = subprocess.run(
            [nvidia_smi, query, "--format=csv,noheader,nounits"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=10,
            check=True,
        )
    except (OSError, subprocess.SubprocessError) as error:
        note(f"nvidia-smi: {error}")
        return []
    lines = answer.stdout.decode("utf-8", "replace").splitlines()
    return [parse_gpu(line) for line in lines if line.count(",") >= 5]


def parse_gpu(line):
    name, utilization, used, total, temperature, power = line.rsplit(",", 5)
    mib = 1024 * 1024
    return {
        "name": name.strip(),
        "utilizationPercent": number(utilization),
        "memoryUsedBytes": number(used, mib),
        "memoryTotalBytes": number(total, mib),
        "temperatureC": number(temperature),
        "powerW": number(power),
    }


def number(text, unit=1):
    """None for what the driver does not know: `[N/A]`."""
    try:
        value = float(text) * unit
    except ValueError:
        return None
    if not math.isfinite(value):
        return None
    return int(value) if value.is_integer() else value


# The supervisor


class Supervisor:
    def __init__(self, folder, job):
        self.folder = folder
        self.job = job
        self.keeper = None
        self.machine = MachineLimits(folder.path)
        self.sampler = LoadSampler(folder)
        # training.json of this attempt as last read; empty until the keeper has written it.
        self.record = {}
        self.terminated = False
        # While running: why the training is being stopped.
        self.reason = None
        self.message = None
        # A sentence for people, once the end of the machine is near.
        self.warning = None
        self.stop_began = None
        self.grace_seconds = job.grace_seconds
        self.group_told = False
        self.log_bytes = -1
        self.active_at = time.monotonic()
        self.next_heartbeat = 0.0

    def run(self):
        state = self.folder.read("state.json") or {}
        if state.get("attempt") == self.job.attempt:
            if state.get("phase") == "ended":
                return
            self.reason, self.message = state.get("reason"), state.get("message")
            self.warning = state.get("warning")
        signal.signal(signal.SIGTERM, self.on_terminate)
        self.folder.keep_reserve()
        self.end_older_attempt()
        self.refresh()
        if not self.record and self.stop_request() is not None:
            self.finish("stopped", "Stopped before it was started.")
            return
        self.machine.training_ended(None)
        self.start_keeper()
        self.sampler.start()
        self.follow()
        self.sampler.stopped.set()
        self.record_end()

    def on_terminate(self, *_):
        self.terminated = True

    def end_older_attempt(self):
        """Two trainings never write into one folder."""
        record = self.folder.read("training.json")
        if record is None or record["attempt"] >= self.job.attempt:
            return
        if lives(record):
            note(f"attempt {record['attempt']} still runs; ending it")
            Processes(record["pid"], self.folder.job_file).end(self.job.grace_seconds)
        until = time.monotonic() + self.job.grace_seconds + 10
        while is_locked(self.folder.training_lock) and time.monotonic() < until:
            time.sleep(TICK_SECONDS * SCALE)

    def refresh(self):
        record = self.folder.read("training.json")
        if record is not None and record["attempt"] == self.job.attempt:
            self.record = record

    def start_keeper(self):
        if not self.record:
            command = [sys.executable, "-I", "-S", "-X", "utf8", os.path.abspath(__file__), "--keep", self.folder.path]
            self.keeper = subprocess.Popen(command, stdin=subprocess.DEVNULL)

    def follow(self):
        """Until nothing of the training is left."""
        while self.goes_on():
            if self.record.get("pid") is None:
                time.sleep(0.01)
                continue
            self.consider_stop()
            self.warn()
            self.enforce_stop()
            self.beat()
            time.sleep(TICK_SECONDS * SCALE)

    def goes_on(self):
        keeper_lives = self.keeper_lives()
        # Read afterwards: the record of a keeper that has gone is final.
        self.refresh()
        return keeper_lives or lives(self.record)

    def keeper_lives(self):
        if self.keeper is not None and self.keeper.poll() is None:
            return True
        return is_locked(self.folder.training_lock)

    def consider_stop(self):
        """Decides whether the training must stop, and why."""
        if self.reason is None and self.record["ended"] is None:
            self.reason, self.message = self.stop_cause()

    def stop_cause(self):
        now = time.monotonic()
        if self.stop_request() is not None or self.terminated:
            return "stopped", None
        if not self.folder.exists():
            return "stopped", "The folder of the run was removed."
        limit = self.limit_seconds()
        if limit is not None and self.elapsed_seconds() >= limit:
            return "deadline", f"Stopped at the limit of {limit / 3600:g} h."
        left = self.machine_seconds_left()
        if left is not None and left <= 0:
            return "deadline", "Stopped because this rented machine is near its limit of time or money."
        if self.job.stall_seconds is not None and now - self.last_activity(now) >= self.job.stall_seconds:
            minutes = self.job.stall_seconds / 60
            return "stalled", f"Stopped because it printed nothing and used no GPU for {minutes:g} min."
        return None, None

    def stop_request(self):
        """Seconds of grace asked for in control/stop, or None when nobody asks."""
        if not os.path.exists(self.folder.file("control", "stop")):
            return None
        request = self.folder.read("control", "stop") or {}
        try:
            grace = seconds(request.get("graceSeconds"), 1)
        except (TypeError, ValueError):
            grace = None
        return self.job.grace_seconds if grace is None else grace

    def limit_seconds(self):
        """The limit of the whole attempt: control/extend if there is one, else limits.hours."""
        extended = self.extended("hours", 3600)
        return self.job.limit_seconds if extended is None else extended

    def extended(self, name, unit_seconds):
        """What control/extend says, in seconds; None when it says nothing of use."""
        request = self.folder.read("control", "extend") or {}
        try:
            return seconds(request.get(name), unit_seconds)
        except (TypeError, ValueError):
            return None

    def machine_seconds_left(self):
        """Until the training must have ended so that its result can still be collected; None: no limit.

        By the clock, wall or monotonic, by which it is sooner: the watchdog waits for nobody.
        """
        extended = self.extended("endsAt", 1)
        ends_at = self.job.ends_at if extended is None else extended
        if ends_at is None:
            return None
        return min(ends_at - time.time(), ends_at - self.record["started"] - self.elapsed_seconds())

    def warn(self):
        """Says that the end is near, and asks the training for a checkpoint. Taken back when the end is moved."""
        if self.reason is not None:
            return
        left = self.machine_seconds_left()
        is_near = left is not None and self.job.warn_seconds is not None and left <= self.job.warn_seconds
        if is_near == (self.warning is not None):
            return
        self.warning = None
        if is_near:
            self.warning = (
                "The training is stopped soon, because this rented machine is near its limit of time or money. "
                "Extend the limit to let it go on."
            )
            note(self.warning)
            self.ask_for_checkpoint()
        self.publish(durable=True)

    def ask_for_checkpoint(self):
        try:
            with open(self.folder.file("control", "save"), "w", encoding="utf-8") as file:
                file.write("{}\n")
        except OSError as error:
            note(f"no checkpoint asked for: {error}")

    def elapsed_seconds(self):
        """By the monotonic clock: a corrected wall clock neither shortens nor lengthens a training."""
        return time.monotonic() - self.record["startedMonotonic"]

    def last_activity(self, now):
        size = length_of(self.folder.log_file)
        if size is not None and size != self.log_bytes:
            self.log_bytes = size
            self.active_at = now
        return max(self.active_at, self.sampler.gpu_busy_at or 0)

    def enforce_stop(self):
        """SIGTERM to the leader, at half of the grace to everything it started, SIGKILL when the grace is over.

        The leader is told first: a PyTorch training whose data loaders are terminated under it cannot write its
        checkpoint any more. A launcher that dies without passing the signal on is cared for by the keeper.
        """
        if self.reason is None:
            return
        now = time.monotonic()
        processes = Processes(self.record["pid"], self.folder.job_file)
        if self.stop_began is None:
            self.stop_began = now
            self.publish(durable=True)
            note(f"stopping: {self.reason}")
            if lives(self.record):
                send_signal(self.record["pid"], signal.SIGTERM)
        grace = self.stop_request()
        if grace is not None:
            self.grace_seconds = grace
        if now >= self.stop_began + self.grace_seconds:
            processes.signal(signal.SIGKILL)
        elif not self.group_told and now >= self.stop_began + self.grace_seconds / 2:
            self.group_told = True
            processes.signal(signal.SIGTERM)

    def beat(self):
        now = time.monotonic()
        if now >= self.next_heartbeat:
            first = self.next_heartbeat == 0
            self.next_heartbeat = now + HEARTBEAT_SECONDS * SCALE
            self.publish(durable=first)

    def record_end(self):
        record = self.record
        if not record:
            self.finish("start-failed", "The training could not be started; supervisor.log on the machine says why.")
        elif record["problem"]:
            self.finish("start-failed", record["problem"])
        elif record["ended"] is None:
            if record["pid"] is not None:
                Processes(record["pid"], self.folder.job_file).end(self.job.grace_seconds)
            self.finish(self.reason or "vanished", self.message or "Nobody saw how the training ended.")
        else:
            self.finish(self.reason or self.exit_reason(), self.message)

    def exit_reason(self):
        """A training that looks at control/ itself may have ended before we saw what it saw."""
        return "exited" if self.stop_request() is None else "stopped"

    def finish(self, reason, message):
        self.reason, self.message = reason, message
        self.folder.write_surely("state.json", self.state("ended"))
        self.folder.release_reserve()
        # Not the moment it ended: when nobody was there to note that, the wait for somebody to collect begins now.
        self.machine.training_ended(time.time())
        note(f"ended: {reason}")

    def publish(self, durable):
        """A disk that does not take it now is asked again at the next heartbeat."""
        try:
            self.folder.write("state.json", self.state("running"), durable)
        except OSError as error:
            note(f"state.json not written: {error}")

    def state(self, phase):
        now = time.time()
        return {
            "version": VERSION,
            "attempt": self.job.attempt,
            "phase": phase,
            "supervisorPid": os.getpid(),
            "pid": self.record.get("pid"),
            "started": self.record.get("started"),
            "heartbeat": now,
            "ended": (self.record.get("ended") or now) if phase == "ended" else None,
            "exitCode": self.record.get("exitCode"),
            "signal": self.record.get("signal"),
            "reason": self.reason,
            "message": self.message,
            "warning": self.warning if phase == "running" else None,
            "deadline": self.deadline(now),
        }

    def deadline(self, now):
        """When the first limit stops the training, in Unix seconds; None: never."""
        if self.record.get("pid") is None:
            return None
        limit = self.limit_seconds()
        left = [self.machine_seconds_left(), None if limit is None else limit - self.elapsed_seconds()]
        return min((now + amount for amount in left if amount is not None), default=None)


def lives(record):
    """Whether the training of this record runs, whatever became of its keeper."""
    pid = record.get("pid")
    return pid is not None and record["pidStart"] is not None and process_start(pid) == record["pidStart"]


def detach(folder):
    """Leaves session, terminal and pipes of whoever started us; returns in the process that stays."""
    if os.fork() > 0:
        os._exit(0)
    os.setsid()
    if os.fork() > 0:
        os._exit(0)
    os.chdir("/")
    null = os.open(os.devnull, os.O_RDONLY)
    log = os.open(folder.file("supervisor.log"), os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
    os.dup2(null, 0)
    os.dup2(log, 1)
    os.dup2(log, 2)
    os.close(null)
    os.close(log)


def main(arguments):
    # Inherited by the training: a hang-up of the connection concerns none of us.
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    if len(arguments) == 2 and arguments[0] == "--keep":
        keep(RunFolder(arguments[1]))
        return
    if len(arguments) != 1:
        sys.exit("usage: supervisor.py RUN_DIR")
    folder = RunFolder(arguments[0])
    try:
        folder.read_job()
    except JobFileError as error:
        sys.exit(str(error))
    detach(folder)
    if take_lock(folder.supervisor_lock) is not None:
        Supervisor(folder, folder.read_job()).run()


if __name__ == "__main__":
    main(sys.argv[1:])
