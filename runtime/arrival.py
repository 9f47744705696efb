"""One tree on its way in, from its first entry to its last name: the inside of `upload.py`.

Sent in the place of the line that imports it, like `landing.py`.
"""

import contextlib
import queue
import re
import threading

from stores import *

ASKED, COMING, SAME, PART, END = b"M", b"N", b"U", b"P", b"E"
# Whether zstd can be unpacked here.
ZSTD = b"C"

RUN = struct.Struct(">II")

LOCK_POLL_SECONDS = 0.1

# Of an entry whose content stands where it belongs.
KEPT = object()


# How often a large file that lands is looked at for more of it, and how many blocks at a time.
GROWTH_POLL_SECONDS = 0.02
BLOCKS_AT_ONCE = 1024
MISSING_BLOCKS = re.compile(b"[^1]+")
ENTRIES_BETWEEN_PAUSES = 500


def bytes_on_disk(size, block):
    return -(-size // block) * block


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

    def __init__(self, channel, token, stage, store):
        self.tree = os.path.join(stage, TREE)
        self._channel = channel
        self._token = token
        self._stage = stage
        self._store = store
        # An Entry, or of one that is as the base has it the fields that the base's manifest has.
        self._entries = []
        # Indices of those that are told by themselves, and all folders.
        self._told, self._dressed_last = [], []
        # Runs of the base, as (first, count), whose entries are known to be there, by where they come in the tree; those
        # without a name in the tree yet.
        self._runs, self._unlinked = {}, []
        self._kept = 0
        self._differs = False
        self._folders = {b""}
        self._sources = {}
        self._first = {}
        self._late = []
        self._asked = False
        self._checks = PartChecks()
        # The times that files have that are where they belong, in ns, by the index of their entry.
        self._times = {}
        self._trash = 0
        self._expected_bytes = 0
        self._free_bytes = free_bytes(stage)
        self._block_bytes = os.statvfs(stage).f_frsize or 4096

    @property
    def wanted(self):
        return {entry.path if isinstance(entry, Entry) else path_of(entry) for entry in self._entries}

    # What comes in

    def receive(self):
        """Returns what the sender says at the end of the tree, once all of its content has landed."""
        with self._full_disk_told():
            self._await_earlier_lanes()
            self._is_resumed = self._inspect_stage()
            if not self._is_resumed:
                self._store.base.take_ahead(self.tree)
            self._landing = Landing(self._stage)
            self._admit_lanes()
            self._channel.say("send", empty=self._store.is_empty and not self._is_resumed)
            end = self._receive_frames()
            self._checks.finish()
            return end

    def _receive_frames(self):
        end = None
        while True:
            kind, payload = self._channel.receive()
            if kind in UNPACKING:
                kind, payload = unpacked(kind, payload)
            if kind == ASKED:
                self._leave_base()
                self._answer(json.loads(bytes(payload)))
            elif kind == SAME:
                self._keep(*RUN.unpack(payload))
            elif kind == COMING:
                self._leave_base()
                for fields in json.loads(bytes(payload)):
                    self._expect(self._add(fields))
                self._check_space()
            elif kind == PART:
                part, size = json.loads(bytes(payload))
                self._checks.begin(self._part(check_hex(part, PART_NAME_LENGTH).encode("ascii")), size)
            elif kind == ZSTD:
                self._channel.say("unpacks", zstd=zstd() is not None)
            elif kind == END:
                end = json.loads(bytes(payload))
                self._answer_late()
                if end["landed"] and not self._asked:
                    return end
                self._channel.say("ready")
            elif kind == FINISH:
                self._wait_for_lanes(*COUNT.unpack(payload))
                return end
            else:
                self._landing.take(kind, payload)

    def _await_earlier_lanes(self):
        """Waits for lanes of an upload that was cut to see that it is over."""
        with open(os.path.join(self._stage, LANES), "a+b") as lanes:
            lanes.truncate(0)
            while not try_lock(lanes):
                self._channel.pause(LOCK_POLL_SECONDS)
            remove(os.path.join(self._stage, LANDED))

    def _admit_lanes(self):
        """Lanes of this upload may be there already and wait for its token."""
        with open(os.path.join(self._stage, LANES), "wb") as lanes:
            lanes.write(self._token)

    def _wait_for_lanes(self, count):
        landed = os.path.join(self._stage, LANDED)
        settling = self._settle_ahead()

        def have_landed():
            if count == 0 or os.path.exists(landed) and os.path.getsize(landed) >= count:
                return True
            next(settling, None)
            return False

        self._channel.idle(have_landed)

    def _settle_ahead(self):
        """Does what `settle` does with files that have landed while others have not; pauses now and then."""
        for index in self._told:
            entry = self._entries[index]
            if not self._lands_in_tree(index, entry):
                continue
            path = os.path.join(self.tree, entry.path)
            while not is_dressed(path, entry):
                yield
            self._times[index] = entry.mtime_ns
            if index % ENTRIES_BETWEEN_PAUSES == 0:
                yield

    def _lands_in_tree(self, index, entry):
        """Whether the entry's content comes to where it stays, whole."""
        return entry.kind == "f" and entry.size > 0 and entry.part is None and index not in self._sources

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

    # What is as it was

    def is_base(self, path):
        """Whether the tree turned out to be the base itself, which is as it was left."""
        return self._kept == len(self._entries) and self._store.base.is_all_of(path, self._kept)

    def _keep(self, first, count):
        """The next entries are as the base has them. As long as all are, nothing needs a second name."""
        base = self._store.base
        listed = base.entries(first, count)
        base.check(listed)
        self._runs[len(self._entries)] = (first, count)
        self._entries += listed
        self._kept += count
        folders = [parse_entry(fields) for fields in listed if fields[0] == "d"]
        self._dressed_last += folders
        self._folders.update(entry.path for entry in folders)
        self._unlinked.append((first, count))
        if self._differs:
            self._link_kept()

    def _leave_base(self):
        """The tree is another one than the base, so what is kept of that is needed. The sender still reads on."""
        self._differs = True
        self._link_kept()

    def _link_kept(self):
        for first, count in self._unlinked:
            self._store.base.link(first, count, self.tree)
        self._unlinked = []

    # What is here already

    def _add(self, fields):
        entry = parse_entry(fields)
        if os.path.dirname(entry.path) not in self._folders:
            raise Refusal("protocol", "{} comes before its folder".format(text(entry.path)))
        if entry.kind == "d":
            self._folders.add(entry.path)
            self._dressed_last.append(entry)
        self._told.append(len(self._entries))
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
            if self._kept > 0 and tree != self.tree:
                raise base_refusal()
            make_folders(os.path.dirname(tree), os.path.basename(tree))
            if tree == self.tree and self._is_resumed:
                self._remove_strangers()
            self._remove_dropped()
            self._link_kept()
            for index in self._told:
                if tree == self.tree and index in self._times:
                    continue
                entry = self._entries[index]
                path = os.path.join(tree, entry.path)
                if entry.kind == "d":
                    self._make_folder(path)
                elif entry.kind == "l":
                    self._make_link(path, entry.target)
                else:
                    self._make_file(tree, index, path)
            self.dress_folders(tree)

    def _remove_strangers(self):
        """What an upload that was cut left of files that the sender has no more."""
        wanted = self.wanted
        for path, _status in list(walk(self.tree)):
            if path not in wanted:
                remove(os.path.join(self.tree, path))

    def _remove_dropped(self):
        """What was linked ahead and is in the tree no more."""
        dropped = list(self._store.base.linked_between(self._runs.values()))
        told = {self._entries[index].path for index in self._told} if dropped else ()
        for path in dropped:
            if path not in told:
                remove(os.path.join(self.tree, path))

    def dress_folders(self, tree):
        """The inner ones first; whatever is done in a folder changes its time."""
        for entry in reversed(self._dressed_last):
            dress(os.path.join(tree, entry.path), entry)

    def manifest(self, tree):
        """Its lines: the fields of all entries, with the times their files have here, which another name of the same file
        may have set.
        """
        told, index = [], 0
        while index < len(self._entries):
            if index in self._runs:
                yield from manifest_lines(told)
                told = []
                first, count = self._runs[index]
                yield from self._store.base.lines(first, count)
                index += count
                continue
            entry = self._entries[index]
            if entry.kind == "f":
                mtime_ns = self._times.get(index) or os.lstat(os.path.join(tree, entry.path)).st_mtime_ns
                entry = entry if mtime_ns == entry.mtime_ns else entry._replace(mtime_ns=mtime_ns)
            told.append(entry_fields(entry))
            index += 1
        yield from manifest_lines(told)

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
            if status is None or status.st_size != entry.size or self._store.base.is_ahead(entry.path, status):
                raise Refusal("incomplete", "{} has not arrived".format(text(entry.path)))
            dress(landed, entry, status)
            self._times[index] = entry.mtime_ns
            if landed != path:
                if entry.part is not None:
                    # Whoever goes on after us would take its blocks for landed where it is no more.
                    remove(self._part(entry.part) + b".done")
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


def is_dressed(path, entry):
    """Whether a file is there, whole: its time is what it gets last."""
    status = status_of(path)
    return (
        status is not None
        and status.st_mtime_ns == entry.mtime_ns
        and status.st_size == entry.size
        and status.st_mode == stat.S_IFREG | entry.mode
    )


def dress(path, entry, status=None):
    """Gives a file or folder its mode and time; `status` is what it has now, where that is known."""
    status = status or os.lstat(path)
    if stat.S_IMODE(status.st_mode) != entry.mode:
        os.chmod(path, entry.mode)
    if status.st_mtime_ns != entry.mtime_ns:
        os.utime(path, ns=(entry.mtime_ns, entry.mtime_ns))
