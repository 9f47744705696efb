"""What lands an upload's content in its stage: the part of `transfer.py` that `lane.py` needs as well.

Sent in the place of the line that imports it. Small, and sparing with imports: a transfer may start eight lanes, and each
of them has this read anew.
"""

import errno
import fcntl
import hashlib
import os
import select
import signal
import stat
import struct
import sys
import time

from unpacking import *

# Whatever a login script printed before us ends here.
HELLO = b"\x00trainyard transfer 1\n"

MESSAGE = b"J"
# What a program that stood by is to do now.
BEGIN = b"B"
SLAB, BLOCK, ALIVE, FINISH = b"S", b"R", b"K", b"Q"
# Of frames that hold another one, what unpacks them.
UNPACKING = {b"Z": unpack_zlib, b"X": unpack_zstd}

HEADER = struct.Struct(">cI")
COUNT = struct.Struct(">I")
# Of a file in a slab: length of its path, mode, mtime in ns, size.
LISTED = struct.Struct(">HIqI")
NAME_AND_OFFSET = struct.Struct(">32sQ")
LARGEST_FRAME_BYTES = 16 * 1024 * 1024

TREE, PARTS, LANES, LANDED, LOCK = b"tree", b"parts", b"lanes", b"landed", b"lock"
BLOCK_BYTES = 1024 * 1024
DIGEST_BYTES = 32
TOKEN_BYTES = 32
PART_NAME_LENGTH = 32
HEXADECIMAL = frozenset("0123456789abcdef")

# A sender that is silent for so long is gone, and its lock with it. It says ALIVE far more often.
SILENCE_SECONDS = 20
IDLE_POLL_SECONDS = 0.002
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


def run(serve, source=sys.stdin.buffer, sink=sys.stdout.buffer):
    """Does what the request asks for: `serve` gets its line and the channel to whoever asks, who may take a while to."""
    channel = Channel(source, sink)
    try:
        channel.hello()
        line = source.readline()
        if not line:
            raise Gone
        serve(line, channel)
    except (Gone, BrokenPipeError, ConnectionResetError):
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
        # Whether a silent sender is known to be there all the same.
        self.knows_sender = lambda: False
        signal.signal(signal.SIGALRM, self._on_silence)

    def hello(self):
        self._sink.write(HELLO)
        self._sink.flush()

    def send(self, kind, payload, origin=None):
        """`origin`: the file (handle, offset) that the payload was just read from. It goes from there by itself where the
        system can do that: nobody copies it.
        """
        self._sink.write(HEADER.pack(kind, len(payload)))
        gone = 0 if origin is None else self._send_from(*origin, len(payload))
        self._sink.write(payload[gone:])

    def _send_from(self, handle, offset, length):
        """How many of the bytes went."""
        self._sink.flush()
        gone = 0
        try:
            while gone < length:
                went = os.sendfile(self._sink.fileno(), handle, offset + gone, length - gone)
                if went == 0:
                    break  # the file has become shorter
                gone += went
        except OSError:
            pass  # not from such a file, or not to such a sink; of nobody reading, the rest tells
        return gone

    def flush(self):
        self._sink.flush()

    def say(self, event, **fields):
        import json  # takes longer than all else that a lane reads, and lanes rarely say anything

        self.send(MESSAGE, json.dumps(dict(fields, event=event)).encode())
        self.flush()

    def begin(self):
        """Waits, for as long as it takes, for the word to begin; what comes with it."""
        if not self._source.peek(1):
            raise Gone
        kind, payload = self.receive()
        if kind != BEGIN:
            raise Refusal("protocol", "a frame of kind {} came before the beginning".format(kind))
        return bytes(payload)

    def has_more(self):
        """Whether anything has come that was not received yet, if only the end."""
        handle = self._source.fileno()
        os.set_blocking(handle, False)
        try:
            if self._source.peek(1):
                return True
        finally:
            os.set_blocking(handle, True)
        return bool(select.select([handle], [], [], 0)[0])

    def receive(self):
        kind, length = HEADER.unpack(self._read(HEADER.size))
        if length > LARGEST_FRAME_BYTES:
            raise Refusal("protocol", "a frame of {} bytes is not ours".format(length))
        return kind, self._read(length)

    def _read(self, length):
        """Exactly so many bytes. On a slow link that takes its time, so any of them are a sign of life."""
        content = memoryview(bytearray(length))
        position = 0
        while position < length:
            signal.alarm(SILENCE_SECONDS)
            came = self._source.readinto1(content[position:])
            if not came:
                raise Gone
            position += came
        signal.alarm(0)
        return content

    def pause(self, seconds):
        """Sleeps while the sender may be ahead of us; ends with it."""
        if select.select([self._source], [], [], seconds)[0]:
            if not self._source.peek(1):
                raise Gone
            time.sleep(seconds)

    def idle(self, is_over):
        """Sleeps until something else has happened, while nothing but signs of life is expected."""
        signal.alarm(SILENCE_SECONDS)
        while not is_over():
            if select.select([self._source], [], [], IDLE_POLL_SECONDS)[0]:
                if self.receive()[0] != ALIVE:
                    raise Refusal("protocol", "a frame came after the last one")
                signal.alarm(SILENCE_SECONDS)
        signal.alarm(0)

    def wait(self, seconds, *others):
        """
        Sleeps, until one of the others can be read: whether one can. While nothing is expected from the other side,
        anything to read there can only be its end.
        """
        readable = select.select([self._source, *others], [], [], seconds)[0]
        if self._source in readable:
            raise Gone
        return bool(readable)

    def _on_silence(self, _number, _frame):
        if not self.knows_sender():
            raise Gone
        signal.alarm(SILENCE_SECONDS)


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


def remove(path):
    status = status_of(path)
    if status is None:
        return
    if stat.S_ISDIR(status.st_mode):
        import shutil

        shutil.rmtree(path)
    else:
        os.unlink(path)


def free_bytes(path):
    disk = os.statvfs(path)
    return disk.f_bavail * disk.f_frsize


def try_lock(handle, kind=fcntl.LOCK_EX):
    try:
        fcntl.flock(handle, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError as error:
        # Some network disks know no locks. Two uploads at once may then disturb each other, never the result.
        if error.errno not in NO_LOCKS_HERE:
            raise
    return True


def check_hex(name, length):
    """It becomes a file name, so it must be nothing else."""
    if len(name) != length or not HEXADECIMAL.issuperset(name):
        raise Refusal("protocol", "{!r} is not the name of a content".format(name))
    return name


def check_relative(path):
    if b"\0" in path or path[:1] == b"/" or any(part in (b"", b".", b"..") for part in path.split(b"/")):
        raise Refusal("protocol", "{} is not a path inside the folder".format(text(path)))


class Landing:
    """Where content lands in a stage, by whichever lane it came: small files, once they are found to be what they should,
    under their path in the tree, with their mode and time, the time last of all; blocks of large files in parts that
    know which blocks they have.
    """

    def __init__(self, stage):
        self._tree = os.path.join(stage, TREE)
        self._parts = os.path.join(stage, PARTS)
        self._folder, self._folder_handle = None, None
        self._part, self._part_handles = None, ()
        os.umask(0)
        for folder in (self._tree, self._parts):
            os.makedirs(folder, 0o700, exist_ok=True)

    def take(self, kind, payload):
        if kind in UNPACKING:
            self.take(*unpacked(kind, payload))
        elif kind == SLAB:
            self._take_slab(payload)
        elif kind == BLOCK:
            self._take_block(payload)
        elif kind != ALIVE:
            raise Refusal("protocol", "a frame of kind {} was not expected".format(kind))

    def _take_slab(self, payload):
        for path, mode, mtime, digest, content in files_of(payload):
            if hashlib.sha256(content).digest() != digest:
                raise rejected(path)
            folder, _, name = path.rpartition(b"/")
            if name in (b"", b".", b"..") or b"\0" in name:
                raise Refusal("protocol", "{} is not the name of a file".format(text(name)))
            if folder != self._folder:
                self._enter(folder)
            handle = self._create(name, mode & 0o777 | 0o400)
            try:
                write_all(handle, content)
                os.utime(handle, ns=(mtime, mtime))
            finally:
                os.close(handle)

    def _enter(self, folder):
        if self._folder_handle is not None:
            os.close(self._folder_handle)
            self._folder, self._folder_handle = None, None
        if folder:
            check_relative(folder)
        make_folders(self._tree, folder)
        self._folder_handle = os.open(os.path.join(self._tree, folder), os.O_RDONLY | os.O_NOFOLLOW)
        self._folder = folder

    def _create(self, name, mode):
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
        try:
            return os.open(name, flags, mode, dir_fd=self._folder_handle)
        except FileExistsError:
            remove(os.path.join(self._tree, self._folder, name))
            return os.open(name, flags, mode, dir_fd=self._folder_handle)

    def _take_block(self, payload):
        name, offset = NAME_AND_OFFSET.unpack_from(payload)
        if name != self._part:
            self._open_part(check_hex(name.decode("ascii", "replace"), PART_NAME_LENGTH).encode("ascii"))
        content, done = self._part_handles
        write_all(content.fileno(), payload[NAME_AND_OFFSET.size :], offset)
        os.pwrite(done.fileno(), b"1", offset // BLOCK_BYTES)

    def _open_part(self, name):
        for part in self._part_handles:
            part.close()
        self._part, self._part_handles = None, ()
        path = os.path.join(self._parts, name)
        self._part_handles = (open_part(path), open_part(path + b".done"))
        self._part = name


def unpacked(packing, payload):
    """(kind, payload) of a frame that was packed whole."""
    try:
        frame = memoryview(UNPACKING[packing](payload, HEADER.size + LARGEST_FRAME_BYTES))
        if len(frame) < HEADER.size:
            raise NotUnpacked
        kind, length = HEADER.unpack_from(frame)
        if kind in UNPACKING or HEADER.size + length != len(frame):
            raise NotUnpacked
    except NotUnpacked as error:
        raise Refusal("protocol", str(error)) from error
    return kind, frame[HEADER.size :]


def files_of(slab):
    """(path, mode, mtime in ns, sha256, content) of each file of a slab."""
    count, listed = COUNT.unpack_from(slab)[0], COUNT.size
    position = COUNT.unpack_from(slab, listed)[0] + listed + COUNT.size
    listed += COUNT.size
    for _ in range(count):
        length, mode, mtime, size = LISTED.unpack_from(slab, listed)
        at_path = listed + LISTED.size
        at_digest = at_path + length
        listed = at_digest + DIGEST_BYTES
        yield bytes(slab[at_path:at_digest]), mode, mtime, slab[at_digest:listed], slab[position : position + size]
        position += size


def rejected(path):
    return Refusal("rejected", "{} is not what was announced".format(text(path)), path=name_of(path))


def open_part(path):
    return open(os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600), "rb", buffering=0)


def write_all(handle, content, offset=None):
    while len(content) > 0:
        written = os.write(handle, content) if offset is None else os.pwrite(handle, content, offset)
        content = content[written:]
        if offset is not None:
            offset += written


def make_folders(top, folder):
    """Makes real folders all the way down below `top`; what has their name and is no folder goes."""
    path = os.path.join(top, folder)
    try:
        os.mkdir(path, 0o700)
    except FileExistsError:
        if not stat.S_ISDIR(os.lstat(path).st_mode):
            os.unlink(path)
            os.mkdir(path, 0o700)
    except (FileNotFoundError, NotADirectoryError):
        make_folders(top, os.path.dirname(folder))
        os.mkdir(path, 0o700)
