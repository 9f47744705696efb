"""Draws the images of this sample: 32 × 32 pixels, a light sign on a dark ground, each a little different.

    python3 make.py

writes train/ and val/ beside itself. The same images come out every time, with any Python 3.8 or newer.
"""

import math
import os
import random
import shutil
import struct
import zlib

SIDE = 32
#: Each pixel is looked at in so many places per direction, so that edges are smooth.
SAMPLES = 3
IMAGES = {"train": 20, "val": 6}


def circle(x, y):
    return abs(math.hypot(x, y) - 0.75) < 0.22


def cross(x, y):
    return max(abs(x), abs(y)) < 0.9 and min(abs(x), abs(y)) < 0.2


def square(x, y):
    return 0.5 < max(abs(x), abs(y)) < 0.85


def triangle(x, y):
    height = y + 0.45
    inside = min(height, 0.5 * (0.95 - y) - abs(x) * 0.87)
    return 0 <= inside < 0.3


SIGNS = {"circle": circle, "cross": cross, "square": square, "triangle": triangle}


def draw(sign, chance):
    """Rows of (red, green, blue), 0 to 255."""
    ground = [chance.randint(20, 140) for _ in range(3)]
    ink = [chance.randint(190, 255) for _ in range(3)]
    angle = math.radians(chance.uniform(-20, 20))
    size = chance.uniform(8, 13)
    left, top = chance.uniform(13, 19), chance.uniform(13, 19)
    turn_x, turn_y = math.cos(angle) / size, math.sin(angle) / size
    rows = []
    for row in range(SIDE):
        pixels = []
        for column in range(SIDE):
            hits = 0
            for place in range(SAMPLES * SAMPLES):
                across = column + (place % SAMPLES + 0.5) / SAMPLES - left
                down = top - row - (place // SAMPLES + 0.5) / SAMPLES
                hits += sign(across * turn_x + down * turn_y, down * turn_x - across * turn_y)
            share = hits / (SAMPLES * SAMPLES)
            grain = chance.randint(-12, 12)
            pixels.append([clamp(g + (i - g) * share + grain) for g, i in zip(ground, ink)])
        rows.append(pixels)
    return rows


def clamp(value):
    return max(0, min(255, int(value)))


def to_png(rows):
    """8 bits per channel, with the three chunks it needs."""
    height, width = len(rows), len(rows[0])
    # Eight levels per channel: the grain would not compress otherwise.
    lines = b"".join(b"\0" + bytes(value & 0xE0 for pixel in row for value in pixel) for row in rows)
    parts = [
        (b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)),
        (b"IDAT", zlib.compress(lines, 9)),
        (b"IEND", b""),
    ]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in parts
    )


def main():
    here = os.path.dirname(os.path.abspath(__file__))
    chance = random.Random(7)
    for part, count in IMAGES.items():
        shutil.rmtree(os.path.join(here, part), ignore_errors=True)
        for name, sign in SIGNS.items():
            folder = os.path.join(here, part, name)
            os.makedirs(folder)
            for number in range(1, count + 1):
                with open(os.path.join(folder, "%02d.png" % number), "wb") as file:
                    file.write(to_png(draw(sign, chance)))


if __name__ == "__main__":
    main()
