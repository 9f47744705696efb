"""What the tests of runtime/ share: run folders with real trainings in them, and waiting for things to come true."""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import textwrap
import time
import unittest

RUNTIME = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", "..", "runtime"))
# Heartbeats, samples and polls twenty times as often; limits of a job are not touched by it.
FAST = {"TRAINYARD_TIME_SCALE": "0.05"}


def wait_for(what, ask, timeout_seconds=15):
    """The first true answer."""
    until = time.monotonic() + timeout_seconds
    while True:
        answer = ask()
        if answer:
            return answer
        if time.monotonic() > until:
            raise AssertionError(f"{what} did not come true within {timeout_seconds} s")
        time.sleep(0.01)


def is_alive(pid):
    """Whether a process runs; a zombie does not."""
    answer = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], stdout=subprocess.PIPE, check=False)
    return bool(answer.stdout.strip()) and not answer.stdout.strip().startswith(b"Z")


def clean_environment(**more):
    """Ours, without what another Trainyard or framework may have set."""
    env = {name: value for name, value in os.environ.items() if not name.startswith("TRAINYARD_")}
    return dict(env, **more)


class TempCase(unittest.TestCase):
    """A test with a folder of its own."""

    def setUp(self):
        self.folder = os.path.realpath(tempfile.mkdtemp(prefix="trainyard-"))
        self.addCleanup(shutil.rmtree, self.folder, True)

    def path(self, *names):
        return os.path.join(self.folder, *names)

    def write(self, name, text):
        path = self.path(*name.split("/"))
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            file.write(textwrap.dedent(text))
        return path

    def read_bytes(self, *names):
        with open(self.path(*names), "rb") as file:
            return file.read()

    def read_json(self, *names):
        try:
            return json.loads(self.read_bytes(*names))
        except FileNotFoundError:
            return None


class RunCase(TempCase):
    """A run folder, its supervisor and its training. Whatever still runs at the end is killed."""

    def setUp(self):
        super().setUp()
        for name in ("control", "output"):
            os.mkdir(self.path(name))
        for name in ("supervisor.py", "trainyard.py"):
            shutil.copy(os.path.join(RUNTIME, name), self.path(name))
        self.addCleanup(self.kill_everything)

    def job(self, script, attempt=1, env=None, argv=None, cwd=None, **limits):
        """Writes job.json; `script` is the training, as Python text."""
        job = {
            "version": 1,
            "job": "test-1",
            "attempt": attempt,
            "recipe": "script",
            "params": {"epochs": 3},
            "dataset": self.folder,
            "output": self.path("output"),
            "argv": argv or [sys.executable, self.write("train.py", script)],
            "cwd": cwd or self.path("output"),
            "env": env or {},
            "limits": {"hours": None, "stallMinutes": None, "graceSeconds": 5, **limits},
        }
        self.write("job.json.new", json.dumps(job))
        os.replace(self.path("job.json.new"), self.path("job.json"))

    def start(self, **env):
        """Starts the supervisor as the agent does; returns when it has detached."""
        return subprocess.run(
            [sys.executable, "-I", self.path("supervisor.py"), self.folder],
            env=clean_environment(**dict(FAST, **env)),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            timeout=10,
        )

    def control(self, name, **data):
        self.write(f"control/{name}.new", json.dumps(data))
        os.replace(self.path("control", f"{name}.new"), self.path("control", name))

    def state(self):
        return self.read_json("state.json") or {}

    def training(self):
        return self.read_json("training.json") or {}

    def wait_running(self, attempt=1):
        return wait_for(
            "running", lambda: self.state().get("attempt") == attempt and self.state()["phase"] == "running" and self.state()
        )

    def wait_ended(self, attempt=1):
        return wait_for(
            "ended", lambda: self.state().get("attempt") == attempt and self.state()["phase"] == "ended" and self.state()
        )

    def wait_output(self, text):
        return wait_for(f"{text!r} in the log", lambda: text in self.log() and self.log())

    def log(self):
        try:
            return self.read_bytes("output.log")
        except FileNotFoundError:
            return b""

    def run_to_end(self, script, **job):
        self.job(script, **job)
        self.start()
        return self.wait_ended()

    def kill(self, pid):
        """SIGKILL, and waits until it is gone."""
        os.kill(pid, signal.SIGKILL)
        wait_for("death", lambda: not is_alive(pid))

    def kill_everything(self):
        state, training = self.state(), self.training()
        for pid in (state.get("supervisorPid"), training.get("keeperPid")):
            if pid:
                kill_quietly(os.kill, pid)
        if training.get("pid"):
            kill_quietly(os.killpg, training["pid"])


def kill_quietly(kill, pid):
    try:
        kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
