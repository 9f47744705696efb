"""What was packed for a slow line, as it was before. Sent in the place of the line that imports it, in `landing.py`."""

import struct
import zlib

# Stands before what zstd packed: its size once it is unpacked.
SIZE = struct.Struct(">I")
LIBRARIES = ("libzstd.so.1", "libzstd.1.dylib", "/opt/homebrew/lib/libzstd.1.dylib")

# What `zstd` found.
FOUND = []


class NotUnpacked(Exception):
    """It is damaged or becomes too much, or this machine has nothing for it."""

    def __init__(self, why="a packed frame is not whole"):
        super().__init__(why)


def unpack_zlib(packed, most):
    """At most so many bytes. Raises NotUnpacked."""
    unpacking = zlib.decompressobj()
    try:
        content = unpacking.decompress(packed, most)
    except zlib.error as error:
        raise NotUnpacked from error
    if not unpacking.eof:
        raise NotUnpacked
    return content


def unpack_zstd(packed, most):
    """The same of a size and what zstd packed."""
    unpack = zstd()
    if unpack is None:
        raise NotUnpacked("there is nothing that unpacks zstd")
    size = SIZE.unpack_from(packed)[0] if len(packed) >= SIZE.size else 0
    if not 0 < size <= most:
        raise NotUnpacked
    content = unpack(bytes(packed[SIZE.size :]), size)
    if len(content) != size:
        raise NotUnpacked
    return content


def zstd():
    """What makes bytes and a size the bytes unpacked, or something of another size where they are something else; None
    where there is nothing for that. Looked for when it is first needed: to load ctypes takes longer than all else that a
    lane reads.
    """
    if not FOUND:
        FOUND.append(zstd_of_python() or zstd_of_system())
    return FOUND[0]


def zstd_of_python():
    """Python's own, from 3.14 on."""
    try:
        from compression.zstd import ZstdDecompressor, ZstdError
    except ImportError:
        return None

    def unpack(packed, size):
        try:
            # One more than it should become shows that it becomes more.
            return ZstdDecompressor().decompress(packed, size + 1)
        except ZstdError:
            return b""

    return unpack


def zstd_of_system():
    """The library that nearly every Linux needs for its own packages."""
    try:
        import ctypes
    except (ImportError, OSError, MemoryError):
        return None
    for name in LIBRARIES:
        try:
            decompress = ctypes.CDLL(name).ZSTD_decompress
        except (OSError, AttributeError):
            continue
        decompress.argtypes = (ctypes.c_void_p, ctypes.c_size_t, ctypes.c_char_p, ctypes.c_size_t)
        decompress.restype = ctypes.c_size_t

        def unpack(packed, size):
            content = bytearray(size)
            # An error is a number too, larger than any size.
            became = decompress(ctypes.byref(ctypes.c_char.from_buffer(content)), size, packed, len(packed))
            return content if became == size else b""

        return unpack
    return None
