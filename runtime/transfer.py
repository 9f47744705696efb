"""Moves bytes between Trainyard and this machine: folders in, files out, a running job's files followed.

Sent over stdin for one transfer and never stored. The request is one JSON line; after it, both ways carry frames:
one byte of kind, four bytes of length (big-endian), payload. Paths in JSON are byte strings: each character is one
byte of the name, so that a name in any encoding survives. What goes wrong is a MESSAGE {"event": "error", "code",
"message", ...} and exit code 1; a connection that ends is not an error, what was received so far is kept.

upload    {"op": "upload", "root", "dataset": hash} or {"op": "upload", "folder": path}
    <- {"event": "complete", "path"}                     everything is there: the end
    <- {"event": "send"}, -> MANIFEST..., MANIFEST []    the tree that is wanted, parents first
    <- {"event": "need", "files": [[index, offset, sha256 of what is here up to offset], ...]}..., {"event": "ready"}
    -> SMALL (index, content) or BEGIN (index, offset), DATA..., END for each; ALIVE now and then; FINISH
    <- {"event": "done", "path"}, or the error "rejected" with "files": [index, ...] whose content was not as announced
read      {"op": "read", "files": [{"path", "offset", "prefix": sha256}, ...]}
    <- for each {"event": "file", "index", "size", "offset"}, DATA..., {"event": "end", "sha256"};
       {"event": "changed"} in place of the end when the file moved meanwhile
list      {"op": "list", "path"}
    <- {"event": "entries", "entries": [...]}..., {"event": "end"}
follow    {"op": "follow", "root", "job", "attempt", "probes": {"log": [...], "gpu": [...]}}
    <- {"event": "from", "log": offset, "gpu": offset}, then LOG, GPU and STATE as they come,
       {"event": "final", "log": {"size", "sha256"}, "gpu": {...}} once the attempt has ended and all of it was sent
"""

import collections
import contextlib
import errno
import fcntl
import hashlib
import json
import os
import re
import select
import shutil
import signal
import stat
import struct
import sys
import time

# Whatever a login script printed before us ends here.
HELLO = b"\x00trainyard transfer 1\n"

MESSAGE, DATA = b"J", b"D"
MANIFEST, SMALL, BEGIN, END, ALIVE, FINISH = b"M", b"S", b"B", b"E", b"K", b"Q"
LOG, GPU, STATE, BEAT = b"L", b"G", b"T", b"K"

HEADER = struct.Struct(">cI")
INDEX = struct.Struct(">I")
INDEX_AND_OFFSET = struct.Struct(">IQ")
PIECE_BYTES = 256 * 1024
STEP_BYTES = 128 * 1024
LARGEST_FRAME_BYTES = 16 * 1024 * 1024

# A sender that is silent for so long is gone, and its lock with it. It says ALIVE far more often.
SILENCE_SECONDS = 20
LOCK_POLL_SECONDS = 0.1
STALE_STAGE_SECONDS = 7 * 24 * 3600
DISK_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
NO_LOCKS_HERE = (errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP)


class Gone(Exception):
    """Nobody is at the other end any more."""


class Refusal(Exception):
    """What was asked cannot be done; the fields travel to the caller beside the message."""

    def __init__(self, code, message, **fields):
        super().__init__(message)
        self.code = code
        self.fields = fields


def main():
    channel = Channel(sys.stdin.buffer, sys.stdout.buffer)
    try:
        request = json.loads(sys.stdin.buffer.readline())
        channel.hello()
        OPERATIONS[request["op"]](request, channel)
    except (Gone, BrokenPipeError):
        leave(0)
    except Refusal as refusal:
        fail(channel, refusal)
    except OSError as error:
        fail(channel, Refusal("system", "{}: {}".format(text(error.filename or b"a file"), error.strerror)))


def fail(channel, refusal):
    try:
        channel.say("error", code=refusal.code, message=str(refusal), **refusal.fields)
    except BrokenPipeError:
        pass
    leave(1)


def leave(code):
    """Without Python's farewell flush, which complains when the reader has gone."""
    os._exit(code)


class Channel:
    """Frames in and out. `receive` ends the program when the sender is gone or silent for too long."""

    def __init__(self, source, sink):
        self._source = source
        self._sink = sink
        signal.signal(signal.SIGALRM, self._on_silence)

    def hello(self):
        self._sink.write(HELLO)
        self._sink.flush()

    def send(self, kind, payload):
        self._sink.write(HEADER.pack(kind, len(payload)))
        self._sink.write(payload)

    def flush(self):
        self._sink.flush()

    def say(self, event, **fields):
        self.send(MESSAGE, json.dumps(dict(fields, event=event)).encode())
        self.flush()

    def receive(self):
        kind, length = HEADER.unpack(self._read(HEADER.size))
        if length > LARGEST_FRAME_BYTES:
            raise Refusal("protocol", "a frame of {} bytes is not ours".format(length))
        return kind, self._read(length)

    def _read(self, length):
        """Exactly so many bytes, in steps that even a slow link makes in time."""
        pieces = []
        while length > 0:
            signal.alarm(SILENCE_SECONDS)
            piece = self._source.read(min(length, STEP_BYTES))
            signal.alarm(0)
            if not piece:
                raise Gone
            pieces.append(piece)
            length -= len(piece)
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    def wait(self, seconds, *others):
        """
        Sleeps, until one of the others can be read: whether one can. While nothing is expected from the other side,
        anything to read there can only be its end.
        """
        readable = select.select([self._source, *others], [], [], seconds)[0]
        if self._source in readable:
            raise Gone
        return bool(readable)

    @staticmethod
    def _on_silence(_number, _frame):
        raise Gone


# ---------------------------------------------------------------------------------------------------------------------
# Paths and files


def byte_path(name):
    """A path of the request as the bytes it is made of, `~` expanded."""
    return os.path.expanduser(name.encode("latin-1"))


def name_of(path):
    return path.decode("latin-1")


def text(path):
    """A path for a sentence."""
    return path.decode("utf-8", "replace") if isinstance(path, bytes) else str(path)


def status_of(path):
    """lstat, or None when there is nothing."""
    try:
        return os.lstat(path)
    except (FileNotFoundError, NotADirectoryError):
        return None


def pieces_of(source, length=None):
    """The next `length` bytes of an open file, or all that is left."""
    while length is None or length > 0:
        piece = source.read(PIECE_BYTES if length is None else min(PIECE_BYTES, length))
        if not piece:
            return
        if length is not None:
            length -= len(piece)
        yield piece


def digest_of(source, length=None):
    digest = hashlib.sha256()
    for piece in pieces_of(source, length):
        digest.update(piece)
    return digest


def content_is(path, sha256):
    with open(path, "rb") as source:
        return digest_of(source).hexdigest() == sha256


def remove(path):
    status = status_of(path)
    if status is None:
        return
    if stat.S_ISDIR(status.st_mode):
        shutil.rmtree(path)
    else:
        os.unlink(path)


def walk(top, skip=()):
    """(relative path, lstat) of everything below a folder, parents first. Follows no link."""
    pending = [b""]
    while pending:
        folder = pending.pop()
        with os.scandir(os.path.join(top, folder)) as found:
            names = sorted(entry.name for entry in found)
        for name in names:
            relative = os.path.join(folder, name)
            status = status_of(os.path.join(top, relative))
            if relative in skip or status is None:
                continue
            yield relative, status
            if stat.S_ISDIR(status.st_mode):
                pending.append(relative)


def free_bytes(path):
    disk = os.statvfs(path)
    return disk.f_bavail * disk.f_frsize


def bytes_on_disk(size, block):
    return -(-size // block) * block


def flush_to_disk(path):
    """Makes everything written below `path` survive a power cut; one call for the whole file system."""
    handle = os.open(path, os.O_RDONLY)
    try:
        sync_file_system(handle)
    finally:
        os.close(handle)


def sync_file_system(handle):
    try:
        import ctypes

        if ctypes.CDLL(None).syncfs(handle) == 0:
            return
    except (ImportError, AttributeError, OSError):
        pass  # no ctypes, or a system without syncfs: flush everything
    os.sync()


@contextlib.contextmanager
def locked(folder, channel):
    """Makes the folder and holds it alone. Waits for another holder, and ends when our own caller goes."""
    path = os.path.join(folder, b"lock")
    told = False
    while True:
        os.makedirs(folder, exist_ok=True)
        try:
            handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        except FileNotFoundError:
            continue  # the folder went between the two lines: its last holder is done with it
        try:
            if not try_lock(handle):
                if not told:
                    channel.say("waiting")
                    told = True
                channel.wait(LOCK_POLL_SECONDS)
                continue
            now = status_of(path)
            if now is not None and os.path.samestat(now, os.fstat(handle)):
                yield
                return
        finally:
            os.close(handle)


def try_lock(handle):
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError as error:
        # Some network disks know no locks. Two uploads at once may then disturb each other, never the result.
        if error.errno not in NO_LOCKS_HERE:
            raise
    return True


def discard_stage(stage):
    """Empties and removes a folder we hold. The lock goes last, so that nobody enters a half-removed folder."""
    for name in os.listdir(stage):
        if name != b"lock":
            remove(os.path.join(stage, name))
    os.unlink(os.path.join(stage, b"lock"))
    try:
        os.rmdir(stage)
    except OSError as error:
        if error.errno not in (errno.ENOTEMPTY, errno.EEXIST):
            raise  # otherwise the next one is already waiting inside


# ---------------------------------------------------------------------------------------------------------------------
# Manifests

Entry = collections.namedtuple("Entry", "kind path mode mtime_ns size sha256 target")


def parse_entry(fields):
    kind, path = fields[0], fields[1].encode("latin-1")
    check_relative(path)
    if kind == "d":
        return Entry(kind, path, fields[2] & 0o777 | 0o700, int(fields[3]), 0, None, None)
    if kind == "f":
        return Entry(kind, path, fields[2] & 0o777 | 0o400, int(fields[3]), fields[4], check_sha256(fields[5]), None)
    if kind == "l":
        return Entry(kind, path, 0, 0, 0, None, fields[2].encode("latin-1"))
    raise Refusal("protocol", "a manifest entry of kind {} is not ours".format(kind))


def check_sha256(name):
    """It becomes a file name, so it must be nothing else."""
    if not re.fullmatch("[0-9a-f]{64}", name):
        raise Refusal("protocol", "{!r} is not a sha256".format(name))
    return name


def entry_fields(entry):
    if entry.kind == "d":
        return ["d", name_of(entry.path), entry.mode, str(entry.mtime_ns)]
    if entry.kind == "f":
        return ["f", name_of(entry.path), entry.mode, str(entry.mtime_ns), entry.size, entry.sha256]
    return ["l", name_of(entry.path), name_of(entry.target)]


def check_relative(path):
    if b"\0" in path or any(part in (b"", b".", b"..") for part in path.split(b"/")):
        raise Refusal("protocol", "{} is not a path inside the folder".format(text(path)))


def receive_manifest(channel):
    entries = []
    folders = {b""}
    while True:
        kind, payload = channel.receive()
        if kind == ALIVE:
            continue
        batch = json.loads(payload)
        if kind != MANIFEST or not batch:
            return entries
        for fields in batch:
            entry = parse_entry(fields)
            if os.path.dirname(entry.path) not in folders:
                raise Refusal("protocol", "{} comes before its folder".format(text(entry.path)))
            if entry.kind == "d":
                folders.add(entry.path)
            entries.append(entry)


def read_manifest(path):
    """What a finished dataset was found to be, or an empty list when there is no readable manifest."""
    try:
        with open(path, "rb") as source:
            return [parse_entry(json.loads(line)) for line in source]
    except (FileNotFoundError, ValueError, LookupError, Refusal):
        return []


def write_manifest(path, tree, entries):
    """Lists the tree with the times its files have here. Written last: its presence says the dataset is whole."""
    with open(path + b".new", "w") as sink:
        for entry in entries:
            if entry.kind == "f":
                entry = entry._replace(mtime_ns=os.lstat(os.path.join(tree, entry.path)).st_mtime_ns)
            sink.write(json.dumps(entry_fields(entry)) + "\n")
        sink.flush()
        os.fsync(sink.fileno())
    os.replace(path + b".new", path)


def is_as_listed(tree, entry):
    """By kind, size and time: whether the file is still the one that was listed."""
    path = os.path.join(tree, entry.path)
    status = status_of(path)
    if status is None:
        return False
    if entry.kind == "d":
        return stat.S_ISDIR(status.st_mode)
    if entry.kind == "l":
        return stat.S_ISLNK(status.st_mode) and os.readlink(path) == entry.target
    return stat.S_ISREG(status.st_mode) and (status.st_size, status.st_mtime_ns) == (entry.size, entry.mtime_ns)


# ---------------------------------------------------------------------------------------------------------------------
# Upload


def upload(request, channel):
    if "dataset" in request:
        upload_dataset(byte_path(request["root"]), check_sha256(request["dataset"]).encode("ascii"), channel)
    else:
        upload_folder(os.path.realpath(byte_path(request["folder"])), channel)


def upload_dataset(root, name, channel):
    datasets = os.path.join(root, b"datasets")
    path = os.path.join(datasets, name)
    marker = path + b".manifest"
    stage = path + b".partial"
    if is_complete(path, marker):
        channel.say("complete", path=name_of(path))
        return
    os.makedirs(datasets, exist_ok=True)
    with locked(stage, channel):
        if is_complete(path, marker):
            discard_stage(stage)
            channel.say("complete", path=name_of(path))
            return
        channel.say("send")
        entries = receive_manifest(channel)
        discard_stale_stages(datasets, stage)
        exists = os.path.isdir(path)
        tree = path if exists else os.path.join(stage, b"tree")
        Arrival(channel, tree, stage, entries, DatasetPolicy(datasets)).run()
        if not exists:
            os.rename(tree, path)
        write_manifest(marker, path, entries)
        flush_to_disk(datasets)
        discard_stage(stage)
    channel.say("done", path=name_of(path))


def is_complete(path, marker):
    entries = read_manifest(marker)
    return os.path.isdir(path) and os.path.exists(marker) and all(is_as_listed(path, entry) for entry in entries)


def discard_stale_stages(datasets, own):
    """What uploads that nobody came back to left behind."""
    for name in os.listdir(datasets):
        stage = os.path.join(datasets, name)
        status = status_of(stage)
        stale = status is not None and time.time() - status.st_mtime > STALE_STAGE_SECONDS
        if not (name.endswith(b".partial") and stale and stage != own):
            continue
        handle = os.open(os.path.join(stage, b"lock"), os.O_RDWR | os.O_CREAT, 0o600)
        try:
            if try_lock(handle):
                discard_stage(stage)
        finally:
            os.close(handle)


# Where a mirrored folder's files wait until all of them are there: inside it, on its own disk.
FOLDER_STAGE = b".trainyard-partial"


def upload_folder(folder, channel):
    refuse_precious(folder)
    stage = os.path.join(folder, FOLDER_STAGE)
    with locked(stage, channel):
        channel.say("send")
        entries = receive_manifest(channel)
        extras = FolderPolicy(folder, entries)
        Arrival(channel, folder, stage, entries, extras).run()
        extras.remove()
        flush_to_disk(folder)
        discard_stage(stage)
    channel.say("done", path=name_of(folder))


def refuse_precious(folder):
    """A mirror deletes what its source does not have; that must never be somebody's home or the whole disk."""
    home = os.path.realpath(os.path.expanduser(b"~"))
    if folder == b"/" or (home + b"/").startswith(folder + b"/"):
        raise Refusal(
            "folder",
            "{} holds the home folder; name a folder of its own, everything else in it would be deleted".format(
                text(folder)
            ),
        )
    if os.path.exists(folder) and not os.path.isdir(folder):
        raise Refusal("folder", "{} is not a folder".format(text(folder)))


class DatasetPolicy:
    """Datasets share equal files by hard links, and what stands in one is believed only by its content."""

    shares = True

    def __init__(self, datasets):
        self._datasets = datasets

    def has(self, path, status, entry):
        return status.st_size == entry.size and content_is(path, entry.sha256)

    def donors(self, wanted):
        """(sha256, path) of files in other datasets and unfinished uploads that are said to hold what is wanted."""
        for name in os.listdir(self._datasets):
            path = os.path.join(self._datasets, name)
            if name.endswith(b".manifest"):
                for entry in read_manifest(path):
                    if entry.sha256 in wanted and entry.size > 0:
                        yield entry.sha256, os.path.join(path[: -len(b".manifest")], entry.path)
            elif name.endswith(b".partial"):
                for sha256 in wanted:
                    yield sha256, os.path.join(path, sha256.encode("ascii"))


class FolderPolicy:
    """A mirrored folder belongs to its owner: no links between its files, and what the source lacks is deleted last."""

    shares = False

    def __init__(self, folder, entries):
        self._folder = folder
        wanted = {entry.path for entry in entries}
        self._extras = [item for item in walk(folder, skip=(FOLDER_STAGE,)) if item[0] not in wanted]

    def has(self, path, status, entry):
        if status.st_size != entry.size:
            return False
        return status.st_mtime_ns == entry.mtime_ns or content_is(path, entry.sha256)

    def donors(self, wanted):
        """(None, path) of files about to be deleted: one of a wanted size may be a wanted one under its old name."""
        sizes = set(wanted.values())
        for path, status in self._extras:
            if stat.S_ISREG(status.st_mode) and status.st_size in sizes:
                yield None, os.path.join(self._folder, path)

    def remove(self):
        for path, _ in reversed(self._extras):
            remove(os.path.join(self._folder, path))


class Arrival:
    """One tree on its way in.

    Content is collected in the stage under its sha256, a name it gets only when whole (`<sha256>.part` before that),
    and nothing of the tree changes until all of it is there. So a cut costs what was in flight, and a full disk
    nothing but the attempt.
    """

    def __init__(self, channel, tree, stage, entries, policy):
        self._channel = channel
        self._tree = tree
        self._stage = stage
        self._entries = entries
        self._policy = policy
        self._kept = set()
        self._uses = collections.Counter()
        self._trash = 0
        self._missing_bytes = 0
        self._block_bytes = os.statvfs(stage).f_frsize or 4096

    def run(self):
        try:
            needed = self._survey()
            self._check_space(needed)
            self._tell(needed)
            self._receive()
            flush_to_disk(self._stage)
            self._apply()
        except OSError as error:
            if error.errno not in DISK_FULL:
                raise
            raise self._disk_full() from error

    # What is here already

    def _survey(self):
        """Finds what need not be sent; the rest as (index, offset, sha256 of the prefix)."""
        wanted = self._wanted()
        for sha256 in [sha256 for sha256 in wanted if self._is_staged(sha256)]:
            del wanted[sha256]
        for sha256, path in self._donors(wanted):
            if sha256 is None or sha256 in wanted:
                wanted.pop(self._adopt(path, wanted), None)
        return [(index,) + self._prefix(sha256) for sha256, index in wanted.items()]

    def _donors(self, wanted):
        for index in self._kept:
            entry = self._entries[index]
            yield entry.sha256, os.path.join(self._tree, entry.path)
        yield from self._policy.donors({sha256: self._entries[index].size for sha256, index in wanted.items()})

    def _wanted(self):
        """First index of each content that the tree lacks."""
        wanted = {}
        real = self._real_folders()
        for index, entry in enumerate(self._entries):
            if entry.kind != "f":
                continue
            path = os.path.join(self._tree, entry.path)
            status = status_of(path) if os.path.dirname(entry.path) in real else None
            if status is not None and stat.S_ISREG(status.st_mode) and self._policy.has(path, status, entry):
                self._kept.add(index)
            else:
                self._uses[entry.sha256] += 1
                if entry.size > 0:
                    wanted.setdefault(entry.sha256, index)
        return wanted

    def _real_folders(self):
        """Wanted folders that exist as folders all the way down, so that no link leads a look elsewhere."""
        real = {b""}
        for entry in self._entries:
            if entry.kind == "d" and os.path.dirname(entry.path) in real:
                status = status_of(os.path.join(self._tree, entry.path))
                if status is not None and stat.S_ISDIR(status.st_mode):
                    real.add(entry.path)
        return real

    def _is_staged(self, sha256):
        path = self._blob(sha256)
        if status_of(path) is None:
            return False
        if content_is(path, sha256):
            return True
        os.unlink(path)
        return False

    def _adopt(self, path, wanted):
        """Takes a file that is already on this machine if its content is wanted, and returns its sha256."""
        status = status_of(path)
        if status is None or not stat.S_ISREG(status.st_mode):
            return None
        with open(path, "rb") as source:
            sha256 = digest_of(source).hexdigest()
        if sha256 in wanted:
            take = link_or_copy if self._policy.shares else copy_whole
            take(path, self._blob(sha256))
        return sha256

    def _prefix(self, sha256):
        try:
            with open(self._part(sha256), "rb") as source:
                digest = digest_of(source)
                return source.tell(), digest.hexdigest()
        except FileNotFoundError:
            return 0, hashlib.sha256().hexdigest()

    def _check_space(self, needed):
        for index, offset, _ in needed:
            self._missing_bytes += bytes_on_disk(self._entries[index].size - offset, self._block_bytes)
        if self._missing_bytes > free_bytes(self._stage):
            raise self._disk_full()

    def _disk_full(self):
        free = free_bytes(self._stage)
        return Refusal("disk-full", "no room", path=name_of(self._tree), needed=self._missing_bytes, free=free)

    def _tell(self, needed):
        for start in range(0, len(needed), 5000):
            self._channel.say("need", files=needed[start : start + 5000])
        self._channel.say("ready")

    # What comes in

    def _receive(self):
        rejected = []
        for index, whole in self._arrivals():
            if whole:
                self._missing_bytes -= bytes_on_disk(self._entries[index].size, self._block_bytes)
            else:
                rejected.append(index)
        if rejected:
            raise Refusal("rejected", "some files are not what was announced", files=rejected)

    def _arrivals(self):
        while True:
            kind, payload = self._channel.receive()
            if kind == FINISH:
                return
            if kind == SMALL:
                (index,) = INDEX.unpack_from(payload)
                yield index, self._receive_small(self._entries[index], memoryview(payload)[INDEX.size :])
            elif kind == BEGIN:
                index, offset = INDEX_AND_OFFSET.unpack(payload)
                yield index, self._receive_large(self._entries[index], offset)
            elif kind != ALIVE:
                raise Refusal("protocol", "a frame of kind {} was not expected".format(kind))

    def _receive_small(self, entry, content):
        if hashlib.sha256(content).hexdigest() != entry.sha256:
            return False
        part = self._part(entry.sha256)
        with open(part, "wb") as sink:
            sink.write(content)
        os.rename(part, self._blob(entry.sha256))
        return True

    def _receive_large(self, entry, offset):
        part = self._part(entry.sha256)
        with open(part, "r+b" if offset else "wb") as sink:
            digest = digest_of(sink, offset)
            sink.truncate(offset)
            sink.seek(offset)
            while True:
                kind, payload = self._channel.receive()
                if kind == END:
                    break
                if kind == DATA:
                    digest.update(payload)
                    sink.write(payload)
        if digest.hexdigest() != entry.sha256:
            os.unlink(part)
            return False
        os.rename(part, self._blob(entry.sha256))
        return True

    # What becomes of it

    def _apply(self):
        os.makedirs(self._tree, exist_ok=True)
        for index, entry in enumerate(self._entries):
            path = os.path.join(self._tree, entry.path)
            if entry.kind == "d":
                self._make_folder(path)
            elif entry.kind == "l":
                self._make_link(path, entry.target)
            elif index in self._kept:
                self._dress_kept(path, entry)
            else:
                self._move_in(self._ready(entry), path)
        for entry in reversed(self._entries):
            if entry.kind == "d":
                dress(os.path.join(self._tree, entry.path), entry)

    def _make_folder(self, path):
        status = status_of(path)
        if status is not None and not stat.S_ISDIR(status.st_mode):
            self._set_aside(path)
            status = None
        if status is None:
            os.mkdir(path, 0o700)
        elif stat.S_IMODE(status.st_mode) & 0o700 != 0o700:
            os.chmod(path, 0o700)

    def _make_link(self, path, target):
        status = status_of(path)
        if status is not None and stat.S_ISLNK(status.st_mode) and os.readlink(path) == target:
            return
        spare = self._spare()
        os.symlink(target, spare)
        self._move_in(spare, path)

    def _dress_kept(self, path, entry):
        """In a dataset the name may be one of several of the file: the others' mode and time stay as they are."""
        if not self._policy.shares:
            dress(path, entry)

    def _ready(self, entry):
        """A file in the stage with the entry's content and mode, for the entry alone to take."""
        self._uses[entry.sha256] -= 1
        blob = self._blob(entry.sha256)
        if entry.size == 0:
            blob = self._spare()
            open(blob, "xb").close()
            dress(blob, entry)
            return blob
        last = self._uses[entry.sha256] == 0
        status = os.lstat(blob)
        others_hold_it = self._policy.shares and status.st_nlink > 1
        if others_hold_it and stat.S_IMODE(status.st_mode) == entry.mode:
            return blob if last else link_or_copy(blob, self._spare())
        if others_hold_it or not (last or self._policy.shares):
            blob = copy_whole(blob, self._spare())
            last = True
        dress(blob, entry)
        return blob if last else link_or_copy(blob, self._spare())

    def _move_in(self, source, path):
        status = status_of(path)
        if status is not None and stat.S_ISDIR(status.st_mode):
            self._set_aside(path)
        os.replace(source, path)

    def _set_aside(self, path):
        """Something of another kind has the name. It is deleted with the stage, after everything else."""
        os.rename(path, self._spare())

    def _spare(self):
        """An unused name in the stage."""
        while True:
            self._trash += 1
            path = os.path.join(self._stage, b"spare-%d" % self._trash)
            if status_of(path) is None:
                return path

    def _blob(self, sha256):
        return os.path.join(self._stage, sha256.encode("ascii"))

    def _part(self, sha256):
        return self._blob(sha256) + b".part"


def dress(path, entry):
    status = os.lstat(path)
    if stat.S_IMODE(status.st_mode) != entry.mode:
        os.chmod(path, entry.mode)
    if status.st_mtime_ns != entry.mtime_ns:
        os.utime(path, ns=(entry.mtime_ns, entry.mtime_ns))


def link_or_copy(source, target):
    try:
        os.link(source, target)
    except OSError as error:
        if error.errno in DISK_FULL:
            raise
        copy_whole(source, target)  # too many links, or a disk without them
    return target


def copy_whole(source, target):
    shutil.copyfile(source, target + b".copy")
    shutil.copystat(source, target + b".copy")
    os.replace(target + b".copy", target)
    return target


# ---------------------------------------------------------------------------------------------------------------------
# Download

READ_TRIES = 4


def read(request, channel):
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
            channel.send(DATA, piece)
        if version(os.fstat(source.fileno())) != version(before):
            channel.say("changed")
            return False
        channel.say("end", sha256=digest.hexdigest())
        return True


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
# Each file's share of a round, so that a flood of log does not keep the state waiting.
ROUND_BYTES = 4 * 1024 * 1024


def follow(request, channel):
    job = request["job"].encode("utf-8")
    check_relative(job)
    run = os.path.join(byte_path(request["root"]), b"runs", job)
    if not os.path.isdir(run):
        raise Refusal("missing", "{} does not exist".format(text(run)))
    log = GrowingFile(os.path.join(run, b"output.log"), LOG)
    gpu = GrowingFile(os.path.join(run, b"gpu.jsonl"), GPU)
    state = StateFile(os.path.join(run, b"state.json"), request["attempt"])
    probes = request["probes"]
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
        if any(sent):
            channel.wait(0)
        else:
            watch.wait(channel)
    channel.say("final", log=log.summary(), gpu=gpu.summary())


IN_MODIFY, IN_MOVED_TO, IN_CREATE = 0x2, 0x80, 0x100


class FolderWatch:
    """Waits until something in a folder is written, made or replaced: by inotify where that is to be had."""

    def __init__(self, folder):
        self._events = open_inotify(folder, IN_MODIFY | IN_MOVED_TO | IN_CREATE)
        self._pause = SHORTEST_PAUSE_SECONDS

    def expect_more(self):
        self._pause = SHORTEST_PAUSE_SECONDS

    def wait(self, channel):
        if self._events is None:
            channel.wait(self._pause)
            self._pause = min(self._pause * 1.5, LONGEST_PAUSE_SECONDS)
        elif channel.wait(WATCHED_PAUSE_SECONDS, self._events):
            # Whatever it was, and however often: all files are looked at.
            os.read(self._events, 64 * 1024)


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
        """Sends what was appended, up to this round's share, and says whether there was anything."""
        size = self._size()
        if size < self._position:
            raise self._shrank(self._position)
        if size == self._position:
            return False
        source = self._open()
        source.seek(self._position)
        for piece in pieces_of(source, min(size - self._position, ROUND_BYTES)):
            channel.send(self._kind, piece)
            if self._digested == self._position:
                self._digest.update(piece)
                self._digested += len(piece)
            self._position += len(piece)
        return True

    def summary(self):
        """What is here up to where it was sent. Read once more only if not all of it was sent by us."""
        if self._digested < self._position:
            source = self._open()
            source.seek(self._digested)
            for piece in pieces_of(source, self._position - self._digested):
                self._digest.update(piece)
            self._digested = self._position
        return {"size": self._position, "sha256": self._digest.hexdigest()}

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


OPERATIONS = {"upload": upload, "read": read, "list": list_tree, "follow": follow}

main()
