"""Moves bytes from this machine to Trainyard: files and lists of them, and a running job's files followed.

Sent over stdin for one transfer and never stored. The request is one JSON line; after it, both ways carry frames:
one byte of kind, four bytes of length (big-endian), payload. Paths in JSON are byte strings: each character is one
byte of the name, so that a name in any encoding survives. What goes wrong is a MESSAGE {"event": "error", "code",
"message", ...} and exit code 1; a connection that ends is not an error, what was received so far is kept.

read      {"op": "read", "files": [{"path", "offset", "prefix": sha256}, ...]}
    <- for each {"event": "file", "index", "size", "offset"}, DATA..., {"event": "end", "sha256"};
       {"event": "changed"} in place of the end when the file moved meanwhile
           with "background": true it leaves processor and disk to others
ranges    {"op": "ranges", "path"}, and "offset", "prefix" as above where the sha256 of the whole is wanted
    <- {"event": "file", "size", "offset"}
    -> WANTED (offset, length)..., ALIVE now and then, <- DATA for each, all of it
    -> FINISH, <- {"event": "end", "sha256"} or {"event": "changed"}
list      {"op": "list", "path"}
    <- {"event": "entries", "entries": [...]}..., {"event": "end"}
follow    {"op": "follow", "root", "job", "attempt"}
    -> BEGIN {"log": [probes...], "gpu": [...]}: perhaps later, when there is something to follow
    <- {"event": "from", "log": offset, "gpu": offset}, then LOG, GPU and STATE as they come,
       {"event": "final", "log": {"size", "sha256"}, "gpu": {...}} once the attempt has ended and all of it was sent
"""

import json
import threading

from files import *

DATA = b"D"
WANTED = b"W"
LOG, GPU, STATE, BEAT = b"L", b"G", b"T", b"K"

OFFSET_AND_LENGTH = struct.Struct(">QI")


# ---------------------------------------------------------------------------------------------------------------------
# Download

READ_TRIES = 4


def read(request, channel):
    if request.get("background"):
        yield_to_others()
    for index, wanted in enumerate(request["files"]):
        offset, prefix = wanted["offset"], wanted["prefix"]
        for _ in range(READ_TRIES):
            if send_file(channel, index, byte_path(wanted["path"]), offset, prefix):
                break
            offset = 0
        else:
            raise Refusal("changing", "{} changes all the time while it is read".format(wanted["path"]))


def send_file(channel, index, path, offset, prefix):
    """Sends what is missing after `offset`, or everything when the prefix is another. False: it changed meanwhile."""
    with open_regular(path) as source:
        before = os.fstat(source.fileno())
        digest = hashlib.sha256()
        if 0 < offset <= before.st_size:
            digest = digest_of(source, offset)
        if digest.hexdigest() != prefix:
            offset, digest = 0, hashlib.sha256()
        source.seek(offset)
        channel.say("file", index=index, size=before.st_size, offset=offset)
        for piece in pieces_of(source, before.st_size - offset):
            digest.update(piece)
            channel.send(DATA, piece, (source.fileno(), offset))
            offset += len(piece)
        if version(os.fstat(source.fileno())) != version(before):
            channel.say("changed")
            return False
        channel.say("end", sha256=digest.hexdigest())
        return True


# Of fcntl; Python names it since 3.10.
F_SETPIPE_SZ = 1031
WIDE_PIPE_BYTES = 1024 * 1024


def widen_output():
    """Lets much stand in the pipe to whoever sends it on, so that neither waits for the other after each 64 KB."""
    try:
        fcntl.fcntl(sys.stdout.fileno(), F_SETPIPE_SZ, WIDE_PIPE_BYTES)
    except OSError:
        pass  # no pipe, or a system whose pipes have their size


def yield_to_others():
    """The training first: this takes what it leaves of the processor, and of the disk with it."""
    try:
        os.nice(19)
    except OSError:
        pass


def ranges(request, channel):
    """Sends what is asked for of one file, and says in the end what the whole of it is."""
    path = byte_path(request["path"])
    with open_regular(path) as source:
        before = os.fstat(source.fileno())
        whole = WholeDigest(source.fileno(), before.st_size) if "prefix" in request else None
        offset = whole.start(request["offset"], request["prefix"]) if whole else 0
        channel.say("file", size=before.st_size, offset=offset)
        while True:
            kind, payload = channel.receive()
            if kind == FINISH:
                break
            if kind == WANTED and not send_range(channel, source, *OFFSET_AND_LENGTH.unpack(payload)):
                channel.say("changed")
                return
        sha256 = whole.result() if whole else None
        if version(os.fstat(source.fileno())) != version(before):
            channel.say("changed")
        else:
            channel.say("end", sha256=sha256)


def send_range(channel, source, offset, length):
    """False when the file has become shorter."""
    content = os.pread(source.fileno(), length, offset)
    if len(content) != length:
        return False
    channel.send(DATA, content, (source.fileno(), offset))
    channel.flush()
    return True


class WholeDigest:
    """sha256 of an open file, computed beside what else is done with it."""

    def __init__(self, handle, size):
        self._handle = handle
        self._size = size
        self._position = 0
        self._digest = hashlib.sha256()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def start(self, offset, prefix):
        """The offset when the file begins as the caller says it does up to there, else 0."""
        if offset <= self._size:
            self._read(offset)
        fits = self._digest.hexdigest() == prefix
        self._thread.start()
        return offset if fits else 0

    def result(self):
        self._thread.join()
        return self._digest.hexdigest()

    def _run(self):
        self._read(self._size)

    def _read(self, end):
        while self._position < end:
            piece = os.pread(self._handle, min(PIECE_BYTES * 4, end - self._position), self._position)
            if not piece:
                return
            self._digest.update(piece)
            self._position += len(piece)


def open_regular(path):
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    except FileNotFoundError:
        raise Refusal("missing", "{} does not exist".format(text(path)))
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        raise Refusal("kind", "{} is not a file".format(text(path)))
    return os.fdopen(handle, "rb")


def version(status):
    return status.st_ino, status.st_size, status.st_mtime_ns


def list_tree(request, channel):
    top = byte_path(request["path"])
    if not os.path.isdir(top):
        raise Refusal("missing", "{} is not a folder".format(text(top)))
    batch = []
    for path, status in walk(top):
        if stat.S_ISDIR(status.st_mode):
            batch.append({"kind": "folder", "path": name_of(path)})
        elif stat.S_ISLNK(status.st_mode):
            target = os.readlink(os.path.join(top, path))
            batch.append({"kind": "link", "path": name_of(path), "target": name_of(target)})
        elif stat.S_ISREG(status.st_mode):
            mode = stat.S_IMODE(status.st_mode)
            batch.append({"kind": "file", "path": name_of(path), "mode": mode, "size": status.st_size})
        if len(batch) == 1000:
            channel.say("entries", entries=batch)
            batch = []
    channel.say("entries", entries=batch)
    channel.say("end")


# ---------------------------------------------------------------------------------------------------------------------
# Follow

# Where the kernel does not tell of changes: a file that just grew is looked at again soon, one that rests less often.
SHORTEST_PAUSE_SECONDS = 0.004
LONGEST_PAUSE_SECONDS = 0.04
# Where it does, a look now and then is only for what it may have missed, as on a network disk.
WATCHED_PAUSE_SECONDS = 1
BEAT_SECONDS = 15
LOG_NAME = b"output.log"
# Each file's share of a round, so that a flood of log does not keep the state waiting.
ROUND_BYTES = 4 * 1024 * 1024


def follow(request, channel):
    probes = json.loads(channel.begin())
    job = request["job"].encode("utf-8")
    check_relative(job)
    run = os.path.join(byte_path(request["root"]), b"runs", job)
    if not os.path.isdir(run):
        raise Refusal("missing", "{} does not exist".format(text(run)))
    log = GrowingFile(os.path.join(run, LOG_NAME), LOG)
    gpu = GrowingFile(os.path.join(run, b"gpu.jsonl"), GPU)
    state = StateFile(os.path.join(run, b"state.json"), request["attempt"])
    channel.say("from", log=log.start(probes["log"]), gpu=gpu.start(probes["gpu"]))
    watch = FolderWatch(run)
    last_sent = time.monotonic()
    while True:
        ended = state.send_change(channel)
        sent = [growing.send_growth(channel) for growing in (log, gpu)]
        if ended and not any(sent):
            break
        now = time.monotonic()
        if any(sent) or state.changed:
            watch.expect_more()
            last_sent = now
        elif now - last_sent > BEAT_SECONDS:
            channel.send(BEAT, b"")
            last_sent = now
        channel.flush()
        if ended or max(sent) >= ROUND_BYTES:
            channel.wait(0)
            continue
        # A line of log is what comes most often, and what somebody waits for.
        while watch.wait(channel) == {LOG_NAME} and log.send_next(channel):
            last_sent = time.monotonic()
    channel.say("final", log=log.summary(), gpu=gpu.summary())


IN_MODIFY, IN_MOVED_TO, IN_CREATE = 0x2, 0x80, 0x100
# Watch, mask, cookie, length of the name that follows, filled up with zeros.
INOTIFY_EVENT = struct.Struct("iIII")


class FolderWatch:
    """Waits until something in a folder is written, made or replaced: by inotify where that is to be had."""

    def __init__(self, folder):
        self._events = open_inotify(folder, IN_MODIFY | IN_MOVED_TO | IN_CREATE)
        self._pause = SHORTEST_PAUSE_SECONDS

    def expect_more(self):
        self._pause = SHORTEST_PAUSE_SECONDS

    def wait(self, channel):
        """The names of what has changed, as far as they are known."""
        if self._events is None:
            channel.wait(self._pause)
            self._pause = min(self._pause * 1.5, LONGEST_PAUSE_SECONDS)
        elif channel.wait(WATCHED_PAUSE_SECONDS, self._events):
            return names_in(os.read(self._events, 64 * 1024))
        return set()


def names_in(events):
    names, position = set(), 0
    while position < len(events):
        length = INOTIFY_EVENT.unpack_from(events, position)[-1]
        position += INOTIFY_EVENT.size + length
        names.add(events[position - length : position].rstrip(b"\0"))
    return names


def open_inotify(folder, mask):
    """A descriptor that can be read once something happened; None where the system has no such thing."""
    try:
        import ctypes

        libc = ctypes.CDLL(None)
        events = libc.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC)
        if events < 0:
            return None
        if libc.inotify_add_watch(events, folder, mask) < 0:
            os.close(events)
            return None
        return events
    except (ImportError, AttributeError, OSError):
        return None


class StateFile:
    """state.json of one attempt or a later one; what an earlier attempt left is not news."""

    def __init__(self, path, attempt):
        self._path = path
        self._attempt = attempt
        self._seen = None
        self._ended = False
        self.changed = False

    def send_change(self, channel):
        """Whether the attempt has ended. Asked before the files are read, so that all of them is sent after it."""
        self.changed = False
        status = status_of(self._path)
        if status is None or version(status) == self._seen:
            return self._ended
        with open(self._path, "rb") as source:
            content = source.read()
        try:
            state = json.loads(content)
        except ValueError:
            return self._ended  # not written by the supervisor's atomic replace: look again
        self._seen = version(status)
        if state["attempt"] >= self._attempt:
            self.changed = True
            self._ended = state["phase"] == "ended"
            channel.send(STATE, content)
        return self._ended


class GrowingFile:
    """A file that is only ever appended to; it need not exist yet."""

    def __init__(self, path, kind):
        self._path = path
        self._kind = kind
        self._source = None
        self._position = 0
        self._digest = hashlib.sha256()
        self._digested = 0

    def start(self, probes):
        """The largest offset at which what the caller has is what is here. Probes come largest first."""
        if probes and self._size() < probes[0]["offset"]:
            raise self._shrank(probes[0]["offset"])
        for probe in probes:
            source = self._open()
            source.seek(probe["offset"] - probe["length"])
            if digest_of(source, probe["length"]).hexdigest() == probe["sha256"]:
                self._position = probe["offset"]
                break
        return self._position

    def send_growth(self, channel):
        """Sends what was appended, up to this round's share, and says how many bytes that was."""
        size = self._size()
        if size < self._position:
            raise self._shrank(self._position)
        if size == self._position:
            return 0
        source = self._open()
        source.seek(self._position)
        sent = min(size - self._position, ROUND_BYTES)
        for piece in pieces_of(source, sent):
            channel.send(self._kind, piece)
            self._note(piece)
        return sent

    def send_next(self, channel):
        """
        Sends a short piece that was appended, with no look at what else may have become of the file: True when that
        was all there was.
        """
        if self._source is None:
            return False
        piece = os.pread(self._source.fileno(), PIECE_BYTES, self._position)
        if not piece:
            return False
        channel.send(self._kind, piece)
        channel.flush()
        self._note(piece)
        return len(piece) < PIECE_BYTES

    def summary(self):
        """What is here up to where it was sent. Read once more only if not all of it was sent by us."""
        if self._digested < self._position:
            source = self._open()
            source.seek(self._digested)
            for piece in pieces_of(source, self._position - self._digested):
                self._digest.update(piece)
            self._digested = self._position
        return {"size": self._position, "sha256": self._digest.hexdigest()}

    def _note(self, piece):
        """It was sent."""
        if self._digested == self._position:
            self._digest.update(piece)
            self._digested += len(piece)
        self._position += len(piece)

    def _size(self):
        status = status_of(self._path)
        if status is None:
            return 0
        if self._source is not None and not os.path.samestat(status, os.fstat(self._source.fileno())):
            raise Refusal("replaced", "{} was replaced by another file".format(text(self._path)))
        return status.st_size

    def _open(self):
        if self._source is None:
            self._source = open(self._path, "rb", buffering=0)
        return self._source

    def _shrank(self, had):
        return Refusal("shrank", "{} became shorter than the {} bytes it had".format(text(self._path), had))


OPERATIONS = {"read": read, "ranges": ranges, "list": list_tree, "follow": follow}


def serve(line, channel):
    request = json.loads(line)
    widen_output()
    OPERATIONS[request["op"]](request, channel)


run(serve)
