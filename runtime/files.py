"""Reads files and folders of this machine: what `upload.py` and `transfer.py` both do.

Sent in the place of the line that imports it, like `landing.py`.
"""

from landing import *

PIECE_BYTES = 256 * 1024


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
