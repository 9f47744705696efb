"""Makes the pictures and labels beside this file: circles, squares and triangles on uneven ground.

    python3 make.py

Python's standard library alone. The same pictures every time, to the byte.
"""

import os
import random
import struct
import zlib

SIZE = 96
CLASSES = ("circle", "square", "triangle")
PARTS = {"train": 40, "val": 12}
HERE = os.path.dirname(os.path.abspath(__file__))


def inside(kind, x, y, shape):
    """Whether a point lies in a shape: its middle and half its width."""
    middle_x, middle_y, half = shape
    dx, dy = x - middle_x, y - middle_y
    if kind == "circle":
        return dx * dx + dy * dy <= half * half
    if kind == "square":
        return max(abs(dx), abs(dy)) <= half
    return -half <= dy <= half and abs(dx) <= (dy + half) / 2


def ground(chance):
    """A picture of pale colour that changes from corner to corner: rows of [red, green, blue]."""
    first = [chance.randint(150, 230) for _ in range(3)]
    change = [chance.uniform(-0.4, 0.4) for _ in range(3)]
    return [
        [[min(255, int(first[c] + change[c] * (x + y) / 2)) & ~3 for c in range(3)] for x in range(SIZE)]
        for y in range(SIZE)
    ]


def place(chance, taken):
    """A spot where a shape covers none of the others; None when none was found."""
    for _ in range(50):
        half = chance.randint(9, 19)
        x, y = chance.randint(half + 1, SIZE - half - 2), chance.randint(half + 1, SIZE - half - 2)
        if all(max(abs(x - other_x), abs(y - other_y)) > half + other for other_x, other_y, other in taken):
            return x, y, half
    return None


def draw(chance):
    """A picture with one to four shapes, and a label line for each."""
    pixels = ground(chance)
    taken, labels = [], []
    for _ in range(chance.randint(1, 4)):
        shape = place(chance, taken)
        if shape is None:
            continue
        taken.append(shape)
        number = chance.randrange(len(CLASSES))
        color = [chance.randint(0, 110) for _ in range(3)]
        x, y, half = shape
        for row in range(y - half, y + half + 1):
            for column in range(x - half, x + half + 1):
                if inside(CLASSES[number], column, row, shape):
                    pixels[row][column] = color
        width = (2 * half + 1) / SIZE
        labels.append("%d %.6f %.6f %.6f %.6f" % (number, (x + 0.5) / SIZE, (y + 0.5) / SIZE, width, width))
    return pixels, labels


def png(pixels):
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    # Every row as the difference to the one above (filter 2): smooth ground packs well.
    rows, above = [], bytes(3 * SIZE)
    for row in pixels:
        line = bytes(value for pixel in row for value in pixel)
        rows.append(b"\x02" + bytes((value - over) & 255 for value, over in zip(line, above)))
        above = line
    header = struct.pack(">IIBBBBB", SIZE, SIZE, 8, 2, 0, 0, 0)
    packed = zlib.compress(b"".join(rows), 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", packed) + chunk(b"IEND", b"")


def write(path, content):
    full = os.path.join(HERE, path)
    os.makedirs(os.path.dirname(full), exist_ok=True)
    with open(full, "wb") as file:
        file.write(content)


def main():
    chance = random.Random(7)
    for part, count in PARTS.items():
        for number in range(1, count + 1):
            pixels, labels = draw(chance)
            name = "%s/%02d" % (part, number)
            write("images/%s.png" % name, png(pixels))
            write("labels/%s.txt" % name, "".join(line + "\n" for line in labels).encode("ascii"))


if __name__ == "__main__":
    main()
