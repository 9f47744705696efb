import contextlib
import ctypes
import os
import struct
import sys
import unittest
import zlib

from support import RUNTIME

sys.path.insert(0, RUNTIME)
import landing
import unpacking

TEXT = b"".join(b"%d,s%d,%d.5,ok\n" % (1_700_000_000 + row, row % 7, row * row % 1_000_003) for row in range(20_000))
MOST = len(TEXT)


def zstd_packed(content, level=3):
    """By the library, as anybody else would."""
    library = ctypes.CDLL(next(name for name in unpacking.LIBRARIES if can_load(name)))
    library.ZSTD_compressBound.argtypes = (ctypes.c_size_t,)
    library.ZSTD_compressBound.restype = ctypes.c_size_t
    library.ZSTD_compress.argtypes = (ctypes.c_void_p, ctypes.c_size_t, ctypes.c_char_p, ctypes.c_size_t, ctypes.c_int)
    library.ZSTD_compress.restype = ctypes.c_size_t
    target = ctypes.create_string_buffer(library.ZSTD_compressBound(len(content)))
    packed = library.ZSTD_compress(target, len(target), content, len(content), level)
    return target.raw[:packed]


def can_load(name):
    try:
        ctypes.CDLL(name)
        return True
    except OSError:
        return False


def sized(packed, size):
    return struct.pack(">I", size) + packed


def frame(kind, payload):
    return struct.pack(">cI", kind, len(payload)) + payload


@contextlib.contextmanager
def zstd_by(unpack):
    """As on a machine that has this and nothing else."""
    unpacking.FOUND[:] = [unpack]
    try:
        yield
    finally:
        unpacking.FOUND.clear()


class Zstd(unittest.TestCase):
    def each_way(self, check):
        """The library is there wherever these tests run, and in Python itself zstd may be."""
        library = unpacking.zstd_of_system()
        self.assertIsNotNone(library)
        for unpack in filter(None, (library, unpacking.zstd_of_python())):
            with self.subTest(unpack.__qualname__), zstd_by(unpack):
                check()

    def assert_not_unpacked(self, packed, most=MOST):
        with self.assertRaises(unpacking.NotUnpacked):
            unpacking.unpack_zstd(memoryview(packed), most)

    def test_what_was_packed_is_as_it_was(self):
        def check():
            for content in (TEXT, TEXT[:1], bytes(MOST), os.urandom(MOST)):
                packed = sized(zstd_packed(content), len(content))
                self.assertEqual(content, bytes(unpacking.unpack_zstd(memoryview(bytearray(packed)), MOST)))

        self.each_way(check)

    def test_what_is_cut_or_something_else_is_not_unpacked(self):
        packed = zstd_packed(TEXT)

        def check():
            for length in (0, 1, 4, 10, len(packed) // 2, len(packed) - 1):
                self.assert_not_unpacked(sized(packed[:length], len(TEXT)))
            self.assert_not_unpacked(sized(zlib.compress(TEXT), len(TEXT)))
            self.assert_not_unpacked(sized(os.urandom(1000), 1000))
            self.assert_not_unpacked(b"")
            self.assert_not_unpacked(b"\0\0")

        self.each_way(check)

    def test_what_becomes_more_or_less_than_it_says_is_not_unpacked(self):
        packed = zstd_packed(TEXT)

        def check():
            for size in (0, len(TEXT) - 1, len(TEXT) + 1, 2**32 - 1):
                self.assert_not_unpacked(sized(packed, size), MOST + 10)

        self.each_way(check)

    def test_nothing_becomes_more_than_it_may(self):
        bomb = zstd_packed(bytes(100_000_000))

        def check():
            self.assert_not_unpacked(sized(bomb, 100_000_000))
            self.assert_not_unpacked(sized(bomb, MOST))

        self.each_way(check)

    def test_it_is_looked_for_once(self):
        self.assertIsNotNone(unpacking.zstd())
        self.assertIs(unpacking.zstd(), unpacking.zstd())
        unpacking.FOUND.clear()

    def test_a_machine_without_it_says_so(self):
        with zstd_by(None):
            self.assertIsNone(unpacking.zstd())
            self.assert_not_unpacked(sized(zstd_packed(TEXT), len(TEXT)))


class PackedFrames(unittest.TestCase):
    PACKERS = ((b"Z", zlib.compress), (b"X", lambda content: sized(zstd_packed(content), len(content))))

    def assert_refused(self, kind, payload, why="a packed frame is not whole"):
        with self.assertRaises(landing.Refusal) as caught:
            landing.unpacked(kind, memoryview(payload))
        self.assertEqual(("protocol", why), (caught.exception.code, str(caught.exception)))

    def test_one_becomes_the_frame_it_was_made_of(self):
        for kind, pack in self.PACKERS:
            with self.subTest(kind):
                inside = landing.unpacked(kind, memoryview(pack(frame(b"S", TEXT))))
                self.assertEqual((b"S", TEXT), (inside[0], bytes(inside[1])))

    def test_one_within_another_is_refused(self):
        for kind, pack in self.PACKERS:
            for within, pack_within in self.PACKERS:
                with self.subTest((kind, within)):
                    self.assert_refused(kind, pack(frame(within, pack_within(frame(b"S", TEXT)))))

    def test_one_that_is_not_whole_is_refused(self):
        for kind, pack in self.PACKERS:
            with self.subTest(kind):
                whole = pack(frame(b"S", TEXT))
                for cut in (b"", whole[:3], whole[:-1], whole[: len(whole) // 2], b"\0" * 100):
                    self.assert_refused(kind, cut)
                self.assert_refused(kind, pack(b"S\0"))
                self.assert_refused(kind, pack(frame(b"S", TEXT)[:-1]))
                self.assert_refused(kind, pack(frame(b"S", TEXT) + b"more"))

    def test_one_that_becomes_too_large_is_refused(self):
        for kind, pack in self.PACKERS:
            with self.subTest(kind):
                self.assert_refused(kind, pack(frame(b"S", bytes(landing.LARGEST_FRAME_BYTES + 1))))

    def test_a_machine_without_zstd_refuses_it(self):
        with zstd_by(None):
            packed = zstd_packed(frame(b"S", TEXT))
            self.assert_refused(b"X", sized(packed, len(TEXT) + 5), "there is nothing that unpacks zstd")


if __name__ == "__main__":
    unittest.main()
