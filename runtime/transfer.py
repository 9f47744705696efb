"""Moves bytes between Trainyard and this machine: folders in, files out, a running job's files followed.

Sent over stdin for one transfer and never stored. The request is one JSON line; after it, both ways carry frames:
one byte of kind, four bytes of length (big-endian), payload. Paths in JSON are byte strings: each character is one
byte of the name, so that a name in any encoding survives. What goes wrong is a MESSAGE {"event": "error", "code",
"message", ...} and exit code 1; a connection that ends is not an error, what was received so far is kept.

upload    {"op": "upload", "root", "source": 64 hex digits that name the sender's folder, "base": hash it had or null}
          or {"op": "upload", "folder": path}
    <- {"event": "waiting"}                              another upload of this folder is under way
    <- {"event": "send", "stage", "token", "empty"}      whether nothing is here that could hold anything of it
    -> ASKED and COMING: entries of the tree, parents first; the content of the latter is on its way unasked
    <- {"event": "need", "files": [[index] or [index, missing blocks as [first, count]]...], "late": [index...], "told"}
                                                         for each ASKED; what is late may be told at the end of the tree
    -> PART [part, size] before the blocks of what is not told yet
    -> SLAB (number of files, length of the list; LISTED, path and sha256 of each; their contents), BLOCK (name of a part,
       offset, up to 1 MiB), PACKED (a frame, by zlib), ALIVE now and then: at any time, here or to a `lane.py`
    -> END {"hash", "landed": whether all that was on its way has passed}
    <- {"event": "ready"}, -> FINISH                     unless nothing was needed and all has landed
    <- {"event": "done", "path"}, or the error "rejected" with the "path" of a file whose content is not what was told
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
follow    {"op": "follow", "root", "job", "attempt", "probes": {"log": [...], "gpu": [...]}}
    <- {"event": "from", "log": offset, "gpu": offset}, then LOG, GPU and STATE as they come,
       {"event": "final", "log": {"size", "sha256"}, "gpu": {...}} once the attempt has ended and all of it was sent
"""

import collections
import contextlib
import json
import queue
import re
import shutil
import threading

from landing import *

DATA = b"D"
ASKED, COMING, PART, END = b"M", b"N", b"P", b"E"
WANTED = b"W"
LOG, GPU, STATE, BEAT = b"L", b"G", b"T", b"K"

OFFSET_AND_LENGTH = struct.Struct(">QI")
PIECE_BYTES = 256 * 1024

LOCK_POLL_SECONDS = 0.1
STALE_STAGE_SECONDS = 7 * 24 * 3600


# ---------------------------------------------------------------------------------------------------------------------
# Paths and files


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


def is_file_with(path, entry):
    status = status_of(path)
    is_file = status is not None and stat.S_ISREG(status.st_mode) and status.st_size == entry.size
    return is_file and content_is(path, entry.sha256)


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
                channel.pause(LOCK_POLL_SECONDS)
                continue
            now = status_of(path)
            if now is not None and os.path.samestat(now, os.fstat(handle)):
                yield
                return
        finally:
            os.close(handle)


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

Entry = collections.namedtuple("Entry", "kind path mode mtime_ns size sha256 target part")


def parse_entry(fields):
    kind, path = fields[0], fields[1].encode("latin-1")
    check_relative(path)
    if kind == "d":
        return Entry(kind, path, fields[2] & 0o777 | 0o700, int(fields[3]), 0, None, None, None)
    if kind == "f":
        part = check_hex(fields[6], PART_NAME_LENGTH).encode("ascii") if len(fields) > 6 else None
        mode, sha256 = fields[2] & 0o777 | 0o400, check_hex(fields[5], 64)
        return Entry(kind, path, mode, int(fields[3]), fields[4], sha256, None, part)
    if kind == "l":
        return Entry(kind, path, 0, 0, 0, None, fields[2].encode("latin-1"), None)
    raise Refusal("protocol", "a manifest entry of kind {} is not ours".format(kind))


def entry_fields(entry):
    if entry.kind == "d":
        return ["d", name_of(entry.path), entry.mode, str(entry.mtime_ns)]
    if entry.kind == "f":
        return ["f", name_of(entry.path), entry.mode, str(entry.mtime_ns), entry.size, entry.sha256]
    return ["l", name_of(entry.path), name_of(entry.target)]


def read_manifest(path):
    """The fields of all entries of a finished dataset, or None when there is no readable manifest."""
    try:
        with open(path, "rb") as source:
            return [fields for line in source for fields in json.loads(line)]
    except (FileNotFoundError, ValueError, TypeError):
        return None


def write_manifest(path, entries):
    """Written last: its presence says that the dataset is whole. Many entries a line, since that is read faster."""
    with open(path + b".new", "w") as sink:
        for start in range(0, len(entries), 1000):
            sink.write(json.dumps([entry_fields(entry) for entry in entries[start : start + 1000]]) + "\n")
        sink.flush()
        os.fsync(sink.fileno())
    os.replace(path + b".new", path)


def is_as_listed(tree, fields):
    """By kind, size and time: whether an entry of a manifest is still what was listed."""
    return status_as_listed(os.path.join(tree, fields[1].encode("latin-1")), fields) is not None


def status_as_listed(path, fields):
    """lstat of what was listed, or None when it is something else by now."""
    status = status_of(path)
    if status is None:
        return None
    if fields[0] == "d":
        same = stat.S_ISDIR(status.st_mode)
    elif fields[0] == "l":
        same = stat.S_ISLNK(status.st_mode) and os.readlink(path) == fields[2].encode("latin-1")
    else:
        same = stat.S_ISREG(status.st_mode) and status.st_size == fields[4] and status.st_mtime_ns == int(fields[3])
    return status if same else None


# ---------------------------------------------------------------------------------------------------------------------
# Upload

# Of an entry whose content stands where it belongs.
KEPT = object()

# How often a large file that lands is looked at for more of it, and how many blocks at a time.
GROWTH_POLL_SECONDS = 0.02
BLOCKS_AT_ONCE = 1024
MISSING_BLOCKS = re.compile(b"[^1]+")


def upload(request, channel):
    if "source" in request:
        source = check_hex(request["source"], 64).encode("ascii")
        upload_dataset(byte_path(request["root"]), source, request["base"], channel)
    else:
        upload_folder(os.path.realpath(byte_path(request["folder"])), channel)


def upload_dataset(root, source, base, channel):
    datasets = os.path.join(root, b"datasets")
    stage = os.path.join(datasets, source + b".partial")
    with locked(stage, channel):
        discard_stale_stages(datasets, stage)
        arrival = Arrival(channel, os.path.join(stage, TREE), stage, Datasets(datasets, base))
        name = check_hex(arrival.receive()["hash"], 64).encode("ascii")
        path = os.path.join(datasets, name)
        with locked(path + b".partial", channel):
            if not is_complete(path):
                finish_dataset(arrival, path)
            discard_stage(path + b".partial")
        discard_stage(stage)
    channel.say("done", path=name_of(path))


def finish_dataset(arrival, path):
    """Gives a tree that has arrived the name of its content. Where a damaged one has it, that is mended in place."""
    exists = os.path.isdir(path)
    if exists:
        arrival.settle(path)
    else:
        arrival.settle(arrival.tree)
    flush_to_disk(arrival.tree)
    if not exists:
        os.rename(arrival.tree, path)
    write_manifest(path + b".manifest", arrival.entries_here(path))


def is_complete(path):
    listed = read_manifest(path + b".manifest")
    return listed is not None and os.path.isdir(path) and all(is_as_listed(path, fields) for fields in listed)


def discard_stale_stages(datasets, own):
    """What uploads that nobody came back to left behind."""
    os.utime(own)
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
        mirror = Mirror(folder)
        arrival = Arrival(channel, os.path.join(stage, TREE), stage, mirror)
        arrival.receive()
        flush_to_disk(stage)
        if mirror.is_empty:
            arrival.settle(arrival.tree)
            for name in os.listdir(arrival.tree):
                os.rename(os.path.join(arrival.tree, name), os.path.join(folder, name))
        else:
            arrival.settle(folder)
            mirror.remove_extras(arrival.wanted)
            arrival.dress_folders(folder)
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


class Datasets:
    """The finished datasets of this machine: equal files of several are one file on the disk, by hard links.

    A file is believed to hold what the manifest of its dataset says while size and time are as listed, else only by
    its content. Manifests are read one after the other, the likeliest first, until a content is found.
    """

    shares = True

    def __init__(self, datasets, base):
        self._datasets = datasets
        names = [name for name in os.listdir(datasets) if name.endswith(b".manifest")]
        self._unread = sorted(names, key=lambda name: name == "{}.manifest".format(base).encode("latin-1"))
        self._known = {}

    @property
    def is_empty(self):
        return not self._unread and not self._known

    def has(self, _entry):
        return False

    def donor(self, entry):
        """(path, lstat) of a file here with the entry's content, or None."""
        while entry.sha256 not in self._known and self._unread:
            self._learn(self._unread.pop())
        for tree, fields in self._known.get(entry.sha256, ()):
            path = os.path.join(tree, fields[1].encode("latin-1"))
            status = status_as_listed(path, fields)
            if status is not None:
                return path, status
            if is_file_with(path, entry):
                return path, os.lstat(path)
        return None

    def _learn(self, name):
        tree = os.path.join(self._datasets, name[: -len(b".manifest")])
        for fields in read_manifest(os.path.join(self._datasets, name)) or ():
            if fields[0] == "f":
                self._known.setdefault(fields[5], []).append((tree, fields))

    def may_have_later(self, _entry):
        return False

    def late_donor(self, _entry, _wanted):
        return None


class Mirror:
    """A mirrored folder belongs to its owner: no links between its files, and what the source lacks is deleted last."""

    shares = False

    def __init__(self, folder):
        self._folder = folder
        self._found = dict(walk(folder, skip=(FOLDER_STAGE,)))
        self._sizes = {status.st_size for status in self._found.values() if stat.S_ISREG(status.st_mode)}
        self._extras_by_size = None
        self._digests = {}

    @property
    def is_empty(self):
        return not self._found

    def has(self, entry):
        """Whether the folder has the entry's content under the entry's name."""
        status = self._found.get(entry.path)
        if status is None or not stat.S_ISREG(status.st_mode) or status.st_size != entry.size:
            return False
        return status.st_mtime_ns == entry.mtime_ns or self._sha256(entry.path) == entry.sha256

    def donor(self, _entry):
        return None

    def may_have_later(self, entry):
        """Whether a file that turns out to be deleted may be the entry under an old name."""
        return entry.size in self._sizes

    def late_donor(self, entry, wanted):
        """Path of a file about to be deleted with the entry's content, or None. `wanted` are the paths that stay."""
        if self._extras_by_size is None:
            self._extras_by_size = {}
            for path, status in self._found.items():
                if stat.S_ISREG(status.st_mode) and path not in wanted:
                    self._extras_by_size.setdefault(status.st_size, []).append(path)
        for path in self._extras_by_size.get(entry.size, ()):
            if self._sha256(path) == entry.sha256:
                return os.path.join(self._folder, path)
        return None

    def remove_extras(self, wanted):
        for path in sorted(self._found, reverse=True):
            if path not in wanted:
                remove(os.path.join(self._folder, path))

    def _sha256(self, path):
        if path not in self._digests:
            with open(os.path.join(self._folder, path), "rb") as source:
                self._digests[path] = digest_of(source).hexdigest()
        return self._digests[path]


class PartChecks:
    """Reads large files again while they land, by whichever lane, and finds out whether they are what they should be.

    One after the other, in a thread of its own: both reading and hashing leave Python to the others. What was believed
    of an earlier upload is found out with the rest.
    """

    def __init__(self):
        self._coming = queue.SimpleQueue()
        self._landed = threading.Event()
        self._digests = {}
        self._expected = []
        self._thread = None

    def begin(self, part, size):
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, daemon=True)
            self._thread.start()
        self._digests[part] = None
        self._coming.put((part, size))

    def expect(self, part, entry):
        if part not in self._digests:
            self.begin(part, entry.size)
        self._expected.append((part, entry))

    def finish(self):
        """All has landed: ends when all was checked. What is wrong is forgotten, so that it can come again."""
        if self._thread is None:
            return
        self._landed.set()
        self._coming.put(None)
        self._thread.join()
        for part, entry in self._expected:
            if self._digests[part] != entry.sha256:
                remove(part + b".done")
                remove(part)
                raise rejected(entry.path)

    def _run(self):
        for part, size in iter(self._coming.get, None):
            try:
                self._digests[part] = self._sha256(part, size)
            except OSError:
                pass  # without a digest it is not what it should be

    def _sha256(self, part, size):
        """Of as much as will have landed."""
        digest = hashlib.sha256()
        position = 0
        with open_part(part) as content, open_part(part + b".done") as done:
            while position < size:
                was_all = self._landed.is_set()
                marks = os.pread(done.fileno(), BLOCKS_AT_ONCE, position // BLOCK_BYTES)
                blocks = len(marks) - len(marks.lstrip(b"1"))
                if blocks == 0:
                    if was_all:
                        break
                    self._landed.wait(GROWTH_POLL_SECONDS)
                for _ in range(blocks):
                    digest.update(os.pread(content.fileno(), min(BLOCK_BYTES, size - position), position))
                    position += BLOCK_BYTES
        return digest.hexdigest()


def missing_blocks(part, size):
    """Runs of blocks that a part has not, as [first, count]."""
    total = -(-size // BLOCK_BYTES)
    try:
        with open(part + b".done", "rb") as source:
            done = source.read(total)
    except FileNotFoundError:
        done = b""
    return [[run.start(), run.end() - run.start()] for run in MISSING_BLOCKS.finditer(done.ljust(total, b"0"))]


class Arrival:
    """One tree on its way in.

    What is told of it is compared with what is here, what is missing lands in the stage, and nothing outside of the
    stage changes until all of it is there. So a cut costs what was in flight, and a full disk nothing but the attempt.
    """

    def __init__(self, channel, tree, stage, store):
        self.tree = tree
        self._channel = channel
        self._stage = stage
        self._store = store
        self._entries = []
        self._folders = {b""}
        self._sources = {}
        self._first = {}
        self._late = []
        self._asked = False
        self._checks = PartChecks()
        # The times that files here have, in ns, by the index of their entry.
        self._times = {}
        self._trash = 0
        self._expected_bytes = 0
        self._free_bytes = free_bytes(stage)
        self._block_bytes = os.statvfs(stage).f_frsize or 4096

    @property
    def wanted(self):
        return {entry.path for entry in self._entries}

    # What comes in

    def receive(self):
        """Returns what the sender says at the end of the tree, once all of its content has landed."""
        with self._full_disk_told():
            token = self._admit_lanes()
            self._is_resumed = self._inspect_stage()
            self._landing = Landing(self._stage)
            is_empty = self._store.is_empty and not self._is_resumed
            self._channel.say("send", stage=name_of(self._stage), token=token, empty=is_empty)
            end = self._receive_frames()
            self._checks.finish()
            return end

    def _receive_frames(self):
        end = None
        while True:
            kind, payload = self._channel.receive()
            if kind == PACKED:
                kind, payload = unpacked(payload)
            if kind == ASKED:
                self._answer(json.loads(bytes(payload)))
            elif kind == COMING:
                for fields in json.loads(bytes(payload)):
                    self._expect(self._add(fields))
                self._check_space()
            elif kind == PART:
                part, size = json.loads(bytes(payload))
                self._checks.begin(self._part(check_hex(part, PART_NAME_LENGTH).encode("ascii")), size)
            elif kind == END:
                end = json.loads(bytes(payload))
                self._answer_late()
                if end["landed"] and not self._asked:
                    return end
                self._channel.say("ready")
            elif kind == FINISH:
                return end
            else:
                self._landing.take(kind, payload)

    def _admit_lanes(self):
        """Waits for lanes of an upload that was cut to see it, and gives the token to those of this one."""
        token = os.urandom(16).hex()
        with open(os.path.join(self._stage, LANES), "a+b") as lanes:
            while not try_lock(lanes):
                self._channel.pause(LOCK_POLL_SECONDS)
            lanes.truncate(0)
            lanes.write(token.encode("ascii"))
        return token

    def _inspect_stage(self):
        """Whether an earlier upload left anything here. Links of it go, so that no name leads elsewhere."""
        left = False
        for folder in (TREE, PARTS):
            top = os.path.join(self._stage, folder)
            if os.path.isdir(top) and not os.path.islink(top):
                for path, status in walk(top):
                    left = True
                    if not stat.S_ISDIR(status.st_mode) and not stat.S_ISREG(status.st_mode):
                        os.unlink(os.path.join(top, path))
        return left

    # What is here already

    def _add(self, fields):
        entry = parse_entry(fields)
        if os.path.dirname(entry.path) not in self._folders:
            raise Refusal("protocol", "{} comes before its folder".format(text(entry.path)))
        if entry.kind == "d":
            self._folders.add(entry.path)
        self._entries.append(entry)
        return len(self._entries) - 1

    def _answer(self, told):
        """Says of entries that were asked for which content to send: now, or perhaps at the end of the tree."""
        needed, late = [], []
        for fields in told:
            index = self._add(fields)
            entry = self._entries[index]
            if entry.kind != "f" or self._finds(index, entry):
                continue
            if self._store.may_have_later(entry):
                late.append(index)
            else:
                needed.append(self._need(index))
        self._late += late
        self._check_space()
        self._channel.say("need", files=needed, late=late, told=len(self._entries))

    def _answer_late(self):
        wanted = self.wanted if self._late else ()
        needed = []
        for index in self._late:
            entry = self._entries[index]
            if self._repeats(index, entry):
                continue
            donor = self._store.late_donor(entry, wanted)
            if donor is None:
                needed.append(self._need(index))
            else:
                self._sources[index] = copy_whole(donor, self._spare())
                self._first.setdefault(entry.sha256, index)
        self._check_space()
        if needed:
            self._channel.say("need", files=needed, late=[], told=len(self._entries))

    def _finds(self, index, entry):
        """Finds the content of an entry on this machine, and notes where."""
        if entry.size == 0:
            return True
        if self._store.has(entry):
            self._sources[index] = KEPT
        elif self._repeats(index, entry):
            return True
        else:
            donor = self._store.donor(entry)
            if donor is not None:
                self._sources[index] = donor
            elif not self._is_staged(entry):
                return False
        self._first.setdefault(entry.sha256, index)
        return True

    def _repeats(self, index, entry):
        """Whether an entry told before has the same content; then this one is a copy of it."""
        first = self._first.get(entry.sha256)
        if first is None:
            return False
        self._sources[index] = first
        return True

    def _is_staged(self, entry):
        if not self._is_resumed:
            return False
        if entry.part is not None:
            part = self._part(entry.part)
            if status_of(part) is not None and not missing_blocks(part, entry.size):
                self._checks.expect(part, entry)
                return True
        return is_file_with(os.path.join(self.tree, entry.path), entry)

    def _need(self, index):
        """What to send of a file: [index], and of a large one the blocks that are missing."""
        entry = self._entries[index]
        self._asked = True
        self._expect(index)
        if entry.part is None:
            return [index]
        runs = missing_blocks(self._part(entry.part), entry.size)
        self._expected_bytes -= max(0, entry.size - sum(count for _, count in runs) * BLOCK_BYTES)
        return [index, runs]

    def _expect(self, index):
        entry = self._entries[index]
        if entry.kind == "f" and entry.size > 0:
            self._first.setdefault(entry.sha256, index)
            self._expected_bytes += bytes_on_disk(entry.size, self._block_bytes)
            if entry.part is not None:
                self._checks.expect(self._part(entry.part), entry)

    def _check_space(self):
        if self._expected_bytes > self._free_bytes:
            raise self._disk_full()

    @contextlib.contextmanager
    def _full_disk_told(self):
        try:
            yield
        except OSError as error:
            if error.errno not in DISK_FULL:
                raise
            raise self._disk_full() from error

    def _disk_full(self):
        free = free_bytes(self._stage)
        where = os.path.dirname(self._stage)
        return Refusal("disk-full", "no room", path=name_of(where), needed=self._expected_bytes, free=free)

    # What becomes of it

    def settle(self, tree):
        """Gives everything its name below `tree`: the tree in the stage, which nobody sees, or a folder in use."""
        with self._full_disk_told():
            make_folders(os.path.dirname(tree), os.path.basename(tree))
            for index, entry in enumerate(self._entries):
                path = os.path.join(tree, entry.path)
                if entry.kind == "d":
                    self._make_folder(path)
                elif entry.kind == "l":
                    self._make_link(path, entry.target)
                else:
                    self._make_file(tree, index, path)
            self.dress_folders(tree)

    def dress_folders(self, tree):
        """The inner ones first; whatever is done in a folder changes its time."""
        for entry in reversed(self._entries):
            if entry.kind == "d":
                dress(os.path.join(tree, entry.path), entry)

    def entries_here(self, tree):
        """The entries with the times their files have here, which another name of the same file may have set."""
        listed = []
        for index, entry in enumerate(self._entries):
            if entry.kind == "f":
                mtime_ns = self._times.get(index) or os.lstat(os.path.join(tree, entry.path)).st_mtime_ns
                entry = entry if mtime_ns == entry.mtime_ns else entry._replace(mtime_ns=mtime_ns)
            listed.append(entry)
        return listed

    def _make_folder(self, path):
        try:
            os.mkdir(path, 0o700)
            return
        except FileExistsError:
            status = os.lstat(path)
        if not stat.S_ISDIR(status.st_mode):
            self._set_aside(path)
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

    def _make_file(self, tree, index, path):
        entry = self._entries[index]
        source = self._sources.get(index)
        if source is KEPT:
            dress(path, entry)
        elif isinstance(source, int):
            first = os.path.join(tree, self._entries[source].path)
            self._share(first, os.lstat(first), path, index)
        elif isinstance(source, tuple):
            self._share(*source, path, index)
        else:
            landed = source or self._landed(entry)
            status = status_of(landed)
            if status is None or status.st_size != entry.size:
                raise Refusal("incomplete", "{} has not arrived".format(text(entry.path)))
            dress(landed, entry, status)
            self._times[index] = entry.mtime_ns
            if landed != path:
                self._move_in(landed, path)

    def _landed(self, entry):
        """Where the entry's own content is in the stage."""
        if entry.size == 0:
            path = self._spare()
            os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, entry.mode))
            return path
        if entry.part is not None and not missing_blocks(self._part(entry.part), entry.size):
            return self._part(entry.part)
        return os.path.join(self.tree, entry.path)

    def _share(self, source, status, path, index):
        """Makes an entry of another file with its content: a link to it where that is welcome, else a copy."""
        entry = self._entries[index]
        if source == path:
            return
        if not self._store.shares or stat.S_IMODE(status.st_mode) != entry.mode:
            copy = copy_whole(source, self._spare())
            dress(copy, entry)
            self._move_in(copy, path)
            return
        self._times[index] = status.st_mtime_ns
        try:
            link_or_copy(source, path)
        except FileExistsError:
            if not os.path.samestat(os.lstat(path), status):
                self._move_in(link_or_copy(source, self._spare()), path)

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

    def _part(self, name):
        return os.path.join(self._stage, PARTS, name)


def dress(path, entry, status=None):
    """Gives a file or folder its mode and time; `status` is what it has now, where that is known."""
    status = status or os.lstat(path)
    if stat.S_IMODE(status.st_mode) != entry.mode:
        os.chmod(path, entry.mode)
    if status.st_mtime_ns != entry.mtime_ns:
        os.utime(path, ns=(entry.mtime_ns, entry.mtime_ns))


def link_or_copy(source, target):
    """@raises FileExistsError the target is there"""
    try:
        os.link(source, target)
    except FileExistsError:
        raise
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
            channel.send(DATA, piece)
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
    channel.send(DATA, content)
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


OPERATIONS = {"upload": upload, "read": read, "ranges": ranges, "list": list_tree, "follow": follow}


def serve(line, channel):
    request = json.loads(line)
    widen_output()
    OPERATIONS[request["op"]](request, channel)


run(serve)
