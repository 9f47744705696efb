import errno
import io
import os
import sys
import threading
import unittest
from unittest import mock

from support import RUNTIME, TempCase

sys.path.insert(0, RUNTIME)
import landing

CONTENT = bytes(range(256)) * 4000


def refuse(*_arguments):
    raise OSError(errno.EINVAL, "Invalid argument")


class ContentFromItsFile(TempCase):
    """A frame with what was read from a file, as it comes out of a pipe."""

    def setUp(self):
        super().setUp()
        with open(self.path("model"), "wb") as file:
            file.write(b"before" + CONTENT + b"behind")

    def came(self, content=CONTENT):
        read_end, write_end = os.pipe()
        came = []

        def read():
            with os.fdopen(read_end, "rb") as source:
                came.append(source.read())

        reader = threading.Thread(target=read)
        reader.start()
        with open(self.path("model"), "rb") as file, os.fdopen(write_end, "wb") as sink:
            channel = landing.Channel(io.BytesIO(), sink)
            channel.send(b"D", content, (file.fileno(), len("before")))
            channel.send(b"J", b"{}")
            channel.flush()
        reader.join()
        kind, length = landing.HEADER.unpack_from(came[0])
        self.assertEqual((b"D", len(content)), (kind, length))
        end = landing.HEADER.size + length
        self.assertEqual(landing.HEADER.pack(b"J", 2) + b"{}", came[0][end:])
        return came[0][landing.HEADER.size : end]

    def test_goes_whole(self):
        self.assertEqual(CONTENT, self.came())

    def test_goes_as_it_was_read_where_the_system_cannot(self):
        with mock.patch("os.sendfile", refuse):
            self.assertEqual(CONTENT, self.came())

    def test_is_filled_up_as_it_was_read_where_the_file_has_become_shorter(self):
        with open(self.path("model"), "r+b") as file:
            file.truncate(100_000)
        self.assertEqual(CONTENT, self.came())

    def test_is_told_where_nobody_reads_on_in_the_middle_of_it(self):
        read_end, write_end = os.pipe()
        reader = threading.Thread(target=lambda: (os.read(read_end, 1000), os.close(read_end)))
        reader.start()
        with open(self.path("model"), "rb") as file, open(write_end, "wb", buffering=0) as sink:
            channel = landing.Channel(io.BytesIO(), sink)
            with self.assertRaises(BrokenPipeError):
                channel.send(b"D", CONTENT, (file.fileno(), 0))
        reader.join()


if __name__ == "__main__":
    unittest.main()
