import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { inflateSync } from 'node:zlib';
import { Squeeze } from '../../../../src/remote/transfer/squeeze.js';

const text = Buffer.from(
  Array.from({ length: 20_000 }, (_, row) => `${row},s${row % 7},${Math.sin(row).toFixed(6)}\n`).join(''),
);
const header = Buffer.from('a header');
const [little, some, much] = [0, 500_000, 8_000_000];

/** What a line with such a rate taught. */
function squeezeAt(bytesPerSecond: number): Squeeze {
  const squeeze = new Squeeze();
  squeeze.taken(0, 0);
  squeeze.taken(bytesPerSecond, 1000);
  return squeeze;
}

test('content that shrinks is packed while a slow line has enough to carry, better the more that is', async () => {
  const quick = await squeezeAt(30e6).pack([header, text], some);
  const thorough = await squeezeAt(30e6).pack([header, text], much);
  for (const packed of [quick, thorough])
    assert.deepEqual(inflateSync(packed ?? header), Buffer.concat([header, text]));
  assert.ok((thorough ?? text).length < (quick ?? text).length);
});

test('a line that would have to wait for the packing gets the content as it is', () => {
  assert.equal(squeezeAt(1e6).pack([header, text], little), undefined);
});

test('content that does not shrink, and what a fast line carries, goes as it is', () => {
  assert.equal(squeezeAt(1e6).pack([header, randomBytes(100_000)], much), undefined);
  assert.equal(squeezeAt(100e6).pack([header, text], much), undefined);
});

test('while nothing shrinks only some of it is looked at, and what shrinks is found before long', async () => {
  const squeeze = squeezeAt(1e6);
  const tough = randomBytes(100_000);
  for (let i = 0; i < 100; i += 1) assert.equal(squeeze.pack([tough], much), undefined);
  let packing: Promise<Buffer> | undefined;
  for (let i = 0; i < 8; i += 1) packing ??= squeeze.pack([text], much);
  assert.ok(packing !== undefined);
  await packing;
  assert.ok(squeeze.pack([text], much) !== undefined, 'what follows is looked at again');
});

test('a line that was not measured is served quickly, and one that waits for content is not measured', async () => {
  const squeeze = new Squeeze();
  const quick = await squeezeAt(1e6).pack([text], some);
  assert.deepEqual(await squeeze.pack([text], much), quick);
  squeeze.taken(0, 0);
  squeeze.rested();
  squeeze.taken(1e6, 10_000);
  squeeze.taken(50e6, 10_600);
  assert.equal(squeeze.pack([text], much), undefined);
});

test('no more is packed at once than leaves a thread for files, and then there is room again', async () => {
  const squeeze = squeezeAt(1e6);
  const packing: Promise<Buffer>[] = [];
  for (let packed = squeeze.pack([text], much); packed !== undefined; packed = squeeze.pack([text], much))
    packing.push(packed);
  assert.ok(packing.length >= 1 && packing.length <= 3, `${packing.length} at once`);
  assert.ok(squeeze.isFull);
  for (const packed of await Promise.all(packing)) assert.deepEqual(inflateSync(packed), text);
  assert.ok(!squeeze.isFull);
});
