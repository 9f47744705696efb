"""
PID 1 of a simulated machine: python3 -I -S init.py, in PID and mount namespaces of its own.

Reads one JSON object a line from stdin, first the boot description, then orders; tells what happens as JSON lines on
stdout. When stdin ends, whoever simulates the machine has ended, and so does everything here: with PID 1 the kernel
ends the namespace.
"""

import ctypes
import json
import os
import selectors
import signal
import subprocess

MS_RDONLY, MS_REMOUNT, MS_BIND, MS_REC = 1, 32, 4096, 16384
#: Folders that are the machine's own. /tmp comes last: the machine's folder may be in it.
OWN = ("root", "home", "etc", "var", "opt", "run", "dev/shm", "tmp")
SSHD_LISTENS = b"Server listening on"


def main():
    boot = json.loads(read_line())
    move_in(boot)
    Init(boot).run()


def read_line():
    """Byte by byte, so that the orders behind it stay in the pipe."""
    line = b""
    while not line.endswith(b"\n"):
        byte = os.read(0, 1)
        if not byte:
            os._exit(0)
        line += byte
    return line


def move_in(boot):
    """Puts the machine's own folders over the host's, and makes the rest of the host read-only."""
    for path in boot["kept"]:
        keep(boot["folder"], path)
    for name in OWN:
        mount(os.path.join(boot["folder"], name), "/" + name, MS_BIND | MS_REC)
    for program, ours in boot["covers"].items():
        mount(ours, program, MS_BIND)
    mount(None, "/", MS_REMOUNT | MS_BIND | MS_RDONLY)
    os.chdir(boot["home"])
    if boot["password"] is not None:
        set_password(boot["user"], boot["password"])


def keep(folder, path):
    """A folder of the host that goes on to be where it is, read-only, inside one that gets covered."""
    inside = os.path.join(folder, path.lstrip("/"))
    os.makedirs(inside, exist_ok=True)
    mount(path, inside, MS_BIND | MS_REC)
    mount(None, inside, MS_REMOUNT | MS_BIND | MS_RDONLY)


def mount(source, target, flags):
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.mount(source and source.encode(), target.encode(), None, flags, None) != 0:
        raise OSError(ctypes.get_errno(), "mount: " + os.strerror(ctypes.get_errno()), target)


def set_password(user, password):
    crypt = libcrypt().crypt
    crypt.restype = ctypes.c_char_p
    hashed = crypt(password.encode(), b"$6$" + os.urandom(8).hex().encode()).decode()
    with open("/etc/shadow", encoding="utf-8") as file:
        lines = [line for line in file if not line.startswith(user + ":")]
    with open("/etc/shadow", "w", encoding="utf-8") as file:
        file.writelines(lines + ["%s:%s:20000:0:99999:7:::\n" % (user, hashed)])


def libcrypt():
    """sshd uses it too, so it is there, under one of its names."""
    try:
        return ctypes.CDLL("libcrypt.so.1")
    except OSError:
        return ctypes.CDLL("libcrypt.so.2")


def injected():
    """As the cloud gave it: Python adds to its own."""
    with open("/proc/self/environ", "rb") as file:
        pairs = file.read().split(b"\0")
    return dict(os.fsdecode(pair).split("=", 1) for pair in pairs if b"=" in pair)


class Init:
    def __init__(self, boot):
        self.boot = boot
        self.environment = injected()
        self.orders = b""
        self.sshd = None
        self.script = None
        self.children = {}
        self.selector = selectors.DefaultSelector()
        self.log = open("/var/log/sshd.log", "ab", buffering=0)

    def run(self):
        wakeup, wake = os.pipe()
        os.set_blocking(wake, False)
        signal.set_wakeup_fd(wake)
        for number in (signal.SIGCHLD, signal.SIGUSR1, signal.SIGUSR2):
            signal.signal(number, lambda *_: None)
        self.selector.register(wakeup, selectors.EVENT_READ, self.on_signals)
        self.selector.register(0, selectors.EVENT_READ, self.on_orders)
        tell({"event": "up"})
        while True:
            for key, _ in self.selector.select():
                key.data(key.fd)

    def on_signals(self, wakeup):
        for number in os.read(wakeup, 4096):
            if number in (signal.SIGUSR1, signal.SIGUSR2):
                tell({"event": "end", "end": "off" if number == signal.SIGUSR1 else "reboot"})
                os._exit(0)
        self.reap()

    def reap(self):
        """Every process whose parent has ended is a child of PID 1."""
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            self.forget(pid, exit_code(status))

    def forget(self, pid, code):
        child = self.children.pop(pid, None)
        if child is None:
            return
        child.returncode = code
        if pid == self.script:
            tell({"event": "script ended", "code": code})
        if pid == self.sshd:
            self.sshd = None

    def on_orders(self, stdin):
        data = os.read(stdin, 65536)
        if not data:
            os._exit(0)
        *lines, self.orders = (self.orders + data).split(b"\n")
        for line in lines:
            order = json.loads(line)
            if order["do"] == "start script":
                self.start_script()
            else:
                self.set_ssh(order["door"])

    def start_script(self):
        """By its own first line, else by bash, as clouds do."""
        path = self.boot["script"]
        with open("/var/log/console.log", "ab") as log, open(path, "rb") as file:
            command = [path] if file.read(2) == b"#!" else ["/bin/bash", path]
            self.script = self.spawn(command, log)

    def spawn(self, command, output):
        environment = dict(self.boot["defaults"], **self.environment)
        child = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, env=environment, start_new_session=True
        )
        self.children[child.pid] = child
        return child.pid

    # The way in

    def set_ssh(self, door):
        if door == "shut":
            self.end_sshd()
            tell({"event": "ssh", "door": door})
        elif self.sshd is None:
            self.start_sshd(door)
        else:
            self.confirm(door)

    def end_sshd(self):
        signal_sshd(signal.SIGKILL)
        if self.sshd is not None:
            _, status = os.waitpid(self.sshd, 0)
            self.forget(self.sshd, exit_code(status))

    def start_sshd(self, door):
        reading, writing = os.pipe()
        self.sshd = self.spawn(self.boot["sshd"], writing)
        os.close(writing)
        output = SshdOutput(self, door)
        self.selector.register(reading, selectors.EVENT_READ, output.on_data)

    def confirm(self, door):
        """A stopped listener still has its port: the kernel accepts, and nobody answers."""
        signal_sshd(signal.SIGSTOP if door == "silent" else signal.SIGCONT)
        tell({"event": "ssh", "door": door})


class SshdOutput:
    """Goes to the log of sshd. Its beginning tells whether it came up."""

    def __init__(self, init, door):
        self.init = init
        self.door = door
        self.beginning = b""

    def on_data(self, pipe):
        data = os.read(pipe, 65536)
        if not data:
            self.init.selector.unregister(pipe)
            os.close(pipe)
            if SSHD_LISTENS not in self.beginning:
                tell({"event": "ssh failed", "log": self.beginning.decode("utf-8", "replace")})
            return
        self.init.log.write(data)
        if SSHD_LISTENS not in self.beginning:
            self.beginning += data
            if SSHD_LISTENS in self.beginning:
                self.init.confirm(self.door)


def signal_sshd(number):
    """Listener and connections, never what was started over them."""
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open("/proc/%s/comm" % pid, "rb") as file:
                is_sshd = file.read().startswith(b"sshd")
            if is_sshd:
                os.kill(int(pid), number)
        except (FileNotFoundError, ProcessLookupError):
            pass


def exit_code(status):
    return os.WEXITSTATUS(status) if os.WIFEXITED(status) else 128 + os.WTERMSIG(status)


def tell(event):
    os.write(1, json.dumps(event).encode() + b"\n")


main()
