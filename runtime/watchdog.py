"""Ends this rented machine from inside when its time is up, whether anybody is there or not.

Started at boot by the provider's start hook (`src/remote/watchdog.ts` packs this file and its request into one line of
shell) or later by the agent, over stdin; never stored. It detaches, survives every connection, and never gives up: also
after a good answer it asks again, for as long as the machine lives. README.md describes its request and its files.

`${NAME}` in what it asks the provider is filled from the secrets of its request, else from its environment, else from
that of the container, which sessions over SSH do not have. Secrets stay in the memory of this process.

Kept small: hooks take few characters. Comments, docstrings and empty lines are left out of the line of shell.
"""

import contextlib
import fcntl
import importlib
import json
import math
import os
import re
import signal
import ssl
import sys
import time
import urllib.request

TICK_SECONDS = 2
REQUEST_SECONDS = 30
# Between two requests: some clouds take one a second.
GAP_SECONDS = 2
PAUSE_SECONDS = 15
LONGEST_PAUSE_SECONDS = 60
JUMP_SECONDS = 60
JUMP_STANDS_SECONDS = 300
NAME = re.compile(r"\$\{(\w+)\}")
# Tests shorten our own waits (0.1: ten times faster). Limits mean what they say.
SCALE = float(os.environ.get("TRAINYARD_TIME_SCALE", 1))


class Clock:
    """Unix seconds that a jump of the wall clock does not move at once.

    The wall clock is taken when we start and when the limits change, and goes on from there by the steady clock. Set
    back later, it counts for nothing: the machine would end late. Set forward, it counts once it has stood for five
    minutes: what was put right by then has ended nothing.
    """

    def __init__(self, wall=time.time, steady=time.monotonic):
        self.wall = wall
        self.steady = steady
        self.take()

    def take(self):
        self.calm = self.steady()
        self.offset = self.wall() - self.calm

    def now(self):
        steady, wall = self.steady(), self.wall()
        now = self.offset + steady
        if wall < now + JUMP_SECONDS:
            self.calm = steady
            return max(now, wall)
        if steady > self.calm + JUMP_STANDS_SECONDS:
            self.take()
        return now


class Watchdog:
    def __init__(self, request):
        self.deadline = request["deadline"]
        self.attempts = request["end"]["attempts"]
        self.values = {**container_environment(), **os.environ, **request.get("secrets", {})}
        self.folder = os.path.join(os.path.expanduser(request.get("root", "~/.trainyard")), "watchdog")
        self.lock = None
        self.limits = {}
        self.clock = Clock()
        # Some images have no certificates but those that came with pip.
        if not ssl.get_default_verify_paths().cafile:
            with contextlib.suppress(Exception):
                os.environ["SSL_CERT_FILE"] = importlib.import_module("pip._vendor.certifi").where()
        self.http = urllib.request.build_opener(AnyAnswer)
        # Cloudflare, before some clouds, turns Python's own name away.
        self.http.addheaders = [("User-Agent", "trainyard")]

    def claim(self):
        """Makes this one the watchdog of the machine: the one that holds the file called `lock`.

        The file is locked before it gets its name, so whoever finds it locked finds in it who holds it.
        """
        os.makedirs(self.folder, exist_ok=True)
        os.chdir(self.folder)
        self.lock = open("lock.%d" % os.getpid(), "w")
        fcntl.flock(self.lock, fcntl.LOCK_EX)
        json.dump({"pid": os.getpid(), "attempts": self.attempts}, self.lock)
        self.lock.flush()
        os.replace(self.lock.name, "lock")
        self.note("on guard")

    def is_replaced(self):
        """Whether a later watchdog is there. When that one is gone, this one takes its place back."""
        try:
            with open("lock") as lock:
                if self.lock and os.path.sameopenfile(lock.fileno(), self.lock.fileno()):
                    return False
                fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        except FileNotFoundError:
            pass
        self.claim()
        return False

    def watch(self):
        pause = PAUSE_SECONDS
        while True:
            wait = TICK_SECONDS
            try:
                if self.is_over():
                    self.end_machine()
                    wait, pause = pause, min(pause * 2, LONGEST_PAUSE_SECONDS)
                else:
                    pause = PAUSE_SECONDS
                if self.is_replaced():
                    return
            except Exception as error:
                self.note(repr(error))
            time.sleep(wait * SCALE)

    def is_over(self):
        with contextlib.suppress(OSError, ValueError), open("limits.json") as file:
            limits = json.load(file)
            if limits != self.limits:
                self.limits = limits
                self.clock.take()
        return self.clock.now() >= self.end()

    def end(self):
        """When the machine must end, in Unix seconds. What the file does not say, the request says."""
        deadline = self.limit("deadline", self.deadline)
        end = max(self.limit("trainingEnded", math.inf), self.limit("attended", 0))
        return min(deadline, end + self.limit("keepMinutes", math.inf) * 60)

    def limit(self, name, default):
        try:
            value = float(self.limits[name])
        except (KeyError, TypeError, ValueError, OverflowError):
            return default
        return value if math.isfinite(value) else default

    def end_machine(self):
        """Every attempt in turn, whatever is answered: some clouds say 200 to what they did not do."""
        for attempt in self.attempts:
            try:
                if attempt.get("find"):
                    self.find(**attempt["find"])
                answer = self.send(**attempt)
            except Exception as error:
                answer = repr(error)
            self.note(attempt["method"] + " " + attempt["url"] + ": " + answer)
            time.sleep(GAP_SECONDS * SCALE)

    def find(self, list, where, field, **request):
        """Looks this machine up; what its `field` says is filled in for `as`."""
        answer = self.send(**request)
        if answer[0] != "2":
            raise LookupError(answer)
        # Exactly one, or this raises: what only resembles us is not ours to end.
        [machine] = [
            machine
            for machine in json.loads(answer[4:])[list]
            if all(machine.get(name) == self.fill(value) for name, value in where.items())
        ]
        self.values[request["as"]] = str(machine[field])
        time.sleep(GAP_SECONDS * SCALE)

    def send(self, method, url, headers, body=None, **_):
        """`200 the text of the answer`"""
        request = urllib.request.Request(
            self.fill(url),
            body and self.fill(body).encode(),
            {name: self.fill(value) for name, value in headers.items()},
            method=method,
        )
        # Of the whole exchange: a timeout of the socket would begin anew with every byte.
        signal.setitimer(signal.ITIMER_REAL, REQUEST_SECONDS * SCALE, REQUEST_SECONDS)
        try:
            with self.http.open(request) as answer:
                return "%d %s" % (answer.status, answer.read().decode(errors="replace"))
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)

    def fill(self, text):
        return NAME.sub(lambda match: self.values[match[1]], text)

    def note(self, text):
        """A line in `log`, if the disk takes it, without any value that was filled in."""
        for name in NAME.findall(json.dumps(self.attempts)):
            text = text.replace(self.values.get(name) or name, name)
        with contextlib.suppress(OSError), open("log", "a") as log:
            log.write(time.strftime("%Y-%m-%dT%H:%M:%S%z ") + " ".join(text.split())[:400] + "\n")


class AnyAnswer(urllib.request.HTTPErrorProcessor):
    """Every status is an answer. A redirect is not followed: what we send holds a key, which goes nowhere else."""

    def http_response(self, _, answer):
        return answer

    https_response = http_response


def container_environment(path="/proc/1/environ"):
    with contextlib.suppress(OSError), open(path, errors="replace") as file:
        return dict(pair.split("=", 1) for pair in file.read().split("\0") if "=" in pair)
    return {}


def time_is_over(*_):
    raise TimeoutError


def main(request):
    watchdog = Watchdog(request)
    if os.fork():
        os._exit(0)
    os.setsid()
    os.chdir("/")
    os.umask(0o077)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    signal.signal(signal.SIGALRM, time_is_over)
    null = os.open(os.devnull, os.O_RDWR)
    for stream in range(3):
        os.dup2(null, stream)
    # A disk that takes no file does not keep the machine from being ended.
    with contextlib.suppress(OSError):
        watchdog.claim()
    watchdog.watch()


if __name__ == "__main__":
    # The line of shell sets REQUEST before this file begins.
    main(globals().get("REQUEST") or json.loads(sys.stdin.readline()))
