import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import {
  readImageHeader,
  uprightSize,
  type ImageHeader,
} from '../../../../src/recipes/datasets/imageHeader.js';
import { type CleanUp, tempDir } from '../../../support/tempDir.js';
import { imageSamples } from './imageSamples.js';
import { pngFile } from './pngFile.js';

async function headerOf(t: CleanUp, content: Buffer | string): Promise<ImageHeader> {
  const file = join(await tempDir(t), 'image');
  await writeFile(file, content);
  return readImageHeader(file);
}

function bmpFile(width: number, height: number): Buffer {
  const pixels = Buffer.alloc(Math.ceil((width * 24) / 32) * 4 * height);
  const header = Buffer.alloc(54);
  header.write('BM');
  header.writeUInt32LE(header.length + pixels.length, 2);
  header.writeUInt32LE(header.length, 10);
  header.writeUInt32LE(40, 14);
  header.writeInt32LE(width, 18);
  header.writeInt32LE(height, 22);
  header.writeUInt16LE(1, 26);
  header.writeUInt16LE(24, 28);
  return Buffer.concat([header, pixels]);
}

/** Little endian, its directory at the end of the file, where most programs put it. */
function tiffFile(entries: readonly (readonly [tag: number, value: number])[]): Buffer {
  const head = Buffer.from('II*\0\0\0\0\0', 'latin1');
  const pixels = Buffer.alloc(20_000);
  head.writeUInt32LE(head.length + pixels.length, 4);
  const directory = Buffer.alloc(2 + 12 * entries.length + 4);
  directory.writeUInt16LE(entries.length, 0);
  entries.forEach(([tag, value], index) => {
    const at = 2 + 12 * index;
    directory.writeUInt16LE(tag, at);
    directory.writeUInt16LE(3, at + 2);
    directory.writeUInt32LE(1, at + 4);
    directory.writeUInt16LE(value, at + 8);
  });
  return Buffer.concat([head, pixels, directory]);
}

test('each format says its size', async (t) => {
  const files: Readonly<Record<string, readonly [format: string, content: Buffer]>> = {
    png: ['png', pngFile(21, 13)],
    bmp: ['bmp', bmpFile(21, 13)],
    tiff: [
      'tiff',
      tiffFile([
        [256, 21],
        [257, 13],
      ]),
    ],
    gif: ['gif', imageSamples.gif],
    jpeg: ['jpeg', imageSamples.progressiveJpeg],
    webp: ['webp', imageSamples.webp],
    'lossless webp': ['webp', imageSamples.losslessWebp],
    'webp with more': ['webp', imageSamples.extendedWebp],
    avif: ['avif', imageSamples.avif],
  };
  for (const [name, [format, content]] of Object.entries(files)) {
    const header = await headerOf(t, content);
    assert.ok(header.kind === 'image', name);
    const { width, height, isTruncated } = header;
    assert.deepEqual(
      { format: header.format, width, height, isTruncated },
      { format, width: 21, height: 13, isTruncated: false },
      name,
    );
  }
});

test('a photo that was held upright is turned by its EXIF orientation', async (t) => {
  const header = await headerOf(t, imageSamples.turnedJpeg);
  assert.ok(header.kind === 'image');
  assert.equal(header.orientation, 6);
  assert.deepEqual(uprightSize(header), { width: 13, height: 21 });
});

test('an orientation beyond the first kilobytes, after a color profile, is found', async (t) => {
  const { turnedJpeg } = imageSamples;
  const profile = Buffer.alloc(30_000);
  profile.writeUInt16BE(0xffe2, 0);
  profile.writeUInt16BE(profile.length - 2, 2);
  const header = await headerOf(
    t,
    Buffer.concat([turnedJpeg.subarray(0, 2), profile, turnedJpeg.subarray(2)]),
  );
  assert.ok(header.kind === 'image');
  assert.deepEqual([header.orientation, header.width], [6, 21]);
});

test('colors for print are told from those for screens', async (t) => {
  const cmyk = await headerOf(t, imageSamples.cmykJpeg);
  const tiff = await headerOf(
    t,
    tiffFile([
      [256, 4],
      [257, 4],
      [262, 5],
    ]),
  );
  const gray = await headerOf(t, pngFile(4, 4));
  assert.deepEqual(
    [cmyk, tiff, gray].map((header) => (header.kind === 'image' ? header.colors : header.kind)),
    ['cmyk', 'cmyk', 'gray'],
  );
});

test('HEIC is known by its brand, and its size is the largest it names', async (t) => {
  const heic = Buffer.from(imageSamples.avif);
  heic.write('heic', 8, 'latin1');
  heic.write('heic', 16, 'latin1');
  const header = await headerOf(t, heic);
  assert.ok(header.kind === 'image');
  assert.deepEqual([header.format, header.width, header.height], ['heic', 21, 13]);
});

test('an image that was cut is truncated, whatever the format', async (t) => {
  const cut = [
    pngFile(60, 60).subarray(0, -20),
    bmpFile(21, 13).subarray(0, -20),
    imageSamples.progressiveJpeg.subarray(0, -20),
    imageSamples.webp.subarray(0, -20),
    imageSamples.avif.subarray(0, -20),
  ];
  for (const content of cut) {
    const header = await headerOf(t, content);
    assert.ok(header.kind === 'image');
    assert.equal(header.isTruncated, true, header.format);
  }
});

test('what follows the end of an image does not make it truncated', async (t) => {
  const film = Buffer.alloc(4000, 7);
  for (const content of [imageSamples.progressiveJpeg, pngFile(21, 13)]) {
    const header = await headerOf(t, Buffer.concat([content, film]));
    assert.ok(header.kind === 'image');
    assert.equal(header.isTruncated, false, header.format);
  }
});

test('a file that is none says so, and nothing throws', async (t) => {
  assert.deepEqual(await headerOf(t, ''), { kind: 'empty' });
  assert.deepEqual(await headerOf(t, '<html>404</html>'), { kind: 'not-an-image' });
  assert.deepEqual(await headerOf(t, 'BM is how this sentence begins'), { kind: 'not-an-image' });
  assert.deepEqual(await headerOf(t, pngFile(9, 9).subarray(0, 20)), { kind: 'damaged', format: 'png' });
  assert.deepEqual(await headerOf(t, Buffer.from('\xff\xd8\xff\xe0', 'latin1')), {
    kind: 'damaged',
    format: 'jpeg',
  });
  const missing = await readImageHeader(join(await tempDir(t), 'missing.png'));
  assert.equal(missing.kind, 'unreadable');
});

test('every cut of every format is answered', async (t) => {
  for (const content of [...Object.values(imageSamples), pngFile(21, 13), bmpFile(5, 5)]) {
    for (let length = 0; length < Math.min(content.length, 120); length += 7) {
      assert.match(
        (await headerOf(t, content.subarray(0, length))).kind,
        /^(image|damaged|empty|not-an-image)$/,
      );
    }
  }
});
