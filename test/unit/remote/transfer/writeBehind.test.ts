import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { open, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { WriteBehind } from '../../../../src/remote/transfer/writeBehind.js';
import { tempDir } from '../../../support/tempDir.js';
import { waitFor } from '../../../support/waitFor.js';
import { noise } from '../../../support/trees.js';

test('what is appended stands in the file in order, behind what was there, and each piece is told once written', async (t) => {
  const path = join(await tempDir(t), 'file');
  await writeFile(path, 'before, and more');
  const handle = await open(path, 'r+');
  t.after(() => handle.close());
  const writer = new WriteBehind(handle, path, 7);
  const pieces = Array.from({ length: 3000 }, (_, index) => noise(index % (index % 50 ? 97 : 10_000), index));
  const told: number[] = [];
  await Promise.all(pieces.map((piece, index) => writer.append(piece, () => told.push(index))));
  await writer.settle();
  assert.deepEqual(
    told,
    pieces.map((_, index) => index),
  );
  assert.deepEqual(await readFile(path), Buffer.concat([Buffer.from('before,'), ...pieces]));
});

test('a line that comes alone is in the file at once, and so is what follows it', async (t) => {
  const path = join(await tempDir(t), 'file');
  const handle = await open(path, 'w');
  t.after(() => handle.close());
  const writer = new WriteBehind(handle, path, 0);
  for (const line of ['one\n', 'two\n']) {
    void writer.append(Buffer.from(line));
    assert.ok(readFileSync(path, 'utf8').endsWith(line));
  }
  await writer.append(noise(10_000));
  await writer.settle();
  assert.deepEqual(await readFile(path), Buffer.concat([Buffer.from('one\ntwo\n'), noise(10_000)]));
});

test('whoever brings more than is kept in memory waits until it is written', async (t) => {
  const path = join(await tempDir(t), 'file');
  const handle = await open(path, 'w');
  t.after(() => handle.close());
  const writer = new WriteBehind(handle, path, 0);
  let writtenBytes = 0;
  const piece = noise(3 * 1024 * 1024);
  for (let count = 1; count <= 4; count += 1) {
    await writer.append(piece, () => (writtenBytes += piece.length));
    assert.ok(count * piece.length - writtenBytes <= 4 * 1024 * 1024);
  }
});

test('where much is to be written at once, little waits until there is more, or until it is settled', async (t) => {
  const path = join(await tempDir(t), 'file');
  const handle = await open(path, 'w');
  t.after(() => handle.close());
  const writer = new WriteBehind(handle, path, 0, 1000);
  const written: number[] = [];
  for (let piece = 0; piece < 5; piece += 1) await writer.append(noise(300), () => written.push(piece));
  await waitFor('the first pieces were written', () => written.length >= 4);
  assert.deepEqual(written, [0, 1, 2, 3]);
  await writer.settle();
  assert.deepEqual(written, [0, 1, 2, 3, 4]);
  await writer.settle();
});

test('a write that fails is told to whoever appends next, and to whoever waits for the end', async (t) => {
  const path = join(await tempDir(t), 'file');
  await writeFile(path, '');
  const handle = await open(path, 'r');
  t.after(() => handle.close());
  const writer = new WriteBehind(handle, path, 0);
  await writer.append(Buffer.from('a')).catch(() => undefined);
  await assert.rejects(writer.settle(), { code: 'EBADF' });
  await assert.rejects(writer.append(Buffer.from('b')), { code: 'EBADF' });
});
