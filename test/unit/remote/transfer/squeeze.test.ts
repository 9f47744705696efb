import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { describe, test } from 'node:test';
import { inflateSync } from 'node:zlib';
import type { Packed, Packing } from '../../../../src/remote/transfer/packing.js';
import { Squeeze } from '../../../../src/remote/transfer/squeeze.js';
import { zstdBy } from '../../../../src/remote/transfer/zstdPacking.js';
import { zstdStandIn } from '../../../support/zstdStandIn.js';

const text = Buffer.from(
  Array.from({ length: 20_000 }, (_, row) => `${row},s${row % 7},${Math.sin(row).toFixed(6)}\n`).join(''),
);
const header = Buffer.from('a header');
const [little, some, much] = [0, 500_000, 8_000_000];

/** Of this computer without zstd. */
function zlibOnly(): Squeeze {
  return new Squeeze(undefined, () => assert.fail('the machine is asked for nothing'));
}

/** A line with such a rate has taught it. */
function measured(squeeze: Squeeze, bytesPerSecond: number): Squeeze {
  squeeze.taken(0, 0);
  squeeze.taken(bytesPerSecond, 1000);
  return squeeze;
}

function squeezeAt(bytesPerSecond: number): Squeeze {
  return measured(zlibOnly(), bytesPerSecond);
}

function inflated(packed: Packed | undefined): Buffer {
  assert.equal(packed?.kind, 'Z');
  return inflateSync(packed.bytes);
}

test('content that shrinks is packed while a slow line has enough to carry, better the more that is', async () => {
  const quick = await squeezeAt(30e6).pack([header, text], some);
  const thorough = await squeezeAt(30e6).pack([header, text], much);
  for (const packed of [quick, thorough]) assert.deepEqual(inflated(packed), Buffer.concat([header, text]));
  assert.ok((thorough?.bytes ?? text).length < (quick?.bytes ?? text).length);
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
  let packing: Promise<Packed> | undefined;
  for (let i = 0; i < 8; i += 1) packing ??= squeeze.pack([text], much);
  assert.ok(packing !== undefined);
  await packing;
  assert.ok(squeeze.pack([text], much) !== undefined, 'what follows is looked at again');
});

test('a line that was not measured is served quickly, and one that waits for content is not measured', async () => {
  const squeeze = zlibOnly();
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
  const packing: Promise<Packed>[] = [];
  for (let packed = squeeze.pack([text], much); packed !== undefined; packed = squeeze.pack([text], much))
    packing.push(packed);
  assert.ok(packing.length >= 1 && packing.length <= 3, `${packing.length} at once`);
  assert.ok(squeeze.isFull);
  for (const packed of await Promise.all(packing)) assert.deepEqual(inflated(packed), text);
  assert.ok(!squeeze.isFull);
});

/** zstd that notes the levels it packs at, and a machine that notes whether it was asked. */
class Zstd {
  readonly levels: (number | undefined)[] = [];
  asked = 0;
  readonly packing: Packing = zstdBy((bytes, options, done) => {
    this.levels.push(options.params[100]);
    zstdStandIn(bytes, options, done);
  });
  readonly squeeze = new Squeeze(this.packing, () => (this.asked += 1));
}

describe('where this computer has zstd', () => {
  test('zlib packs until the machine, asked once, says that it has it too', async () => {
    const zstd = new Zstd();
    measured(zstd.squeeze, 1e6);
    for (let i = 0; i < 2; i += 1) assert.deepEqual(inflated(await zstd.squeeze.pack([text], much)), text);
    assert.equal(zstd.asked, 1);
    zstd.squeeze.unpacksZstd();
    const packed = await zstd.squeeze.pack([header, text], much);
    assert.equal(packed?.kind, 'X');
    assert.equal(packed.bytes.readUInt32BE(), header.length + text.length);
    assert.equal(zstd.asked, 1);
  });

  test('the slower the line and the more waits for it, the better it packs', async () => {
    for (const [bytesPerSecond, waitingBytes, level] of [
      [1e6, much, 8],
      [16e6, much, 8],
      [1e6, some, 3],
      [1e6, little, 1],
      [30e6, much, 3],
      [60e6, much, 1],
      [undefined, much, 3],
    ] as const) {
      const zstd = new Zstd();
      if (bytesPerSecond !== undefined) measured(zstd.squeeze, bytesPerSecond);
      zstd.squeeze.unpacksZstd();
      await zstd.squeeze.pack([text], waitingBytes);
      assert.deepEqual(zstd.levels, [level], `${bytesPerSecond} bytes/s, ${waitingBytes} waiting`);
    }
  });

  test('a line that is too fast for it, or would have to wait, gets the content as it is', () => {
    for (const [bytesPerSecond, waitingBytes] of [
      [100e6, much],
      [30e6, little],
      [undefined, little],
    ] as const) {
      const zstd = new Zstd();
      if (bytesPerSecond !== undefined) measured(zstd.squeeze, bytesPerSecond);
      zstd.squeeze.unpacksZstd();
      assert.equal(zstd.squeeze.pack([text], waitingBytes), undefined);
    }
  });

  test('nobody is asked for a line that may be fast, nor for what does not shrink', async () => {
    const zstd = new Zstd();
    assert.deepEqual(inflated(await zstd.squeeze.pack([text], much)), text);
    assert.equal(measured(zstd.squeeze, 100e6).pack([text], much), undefined);
    assert.equal(measured(zstd.squeeze, 30e6).pack([text], little), undefined);
    assert.equal(zstd.squeeze.pack([randomBytes(100_000)], much), undefined);
    assert.equal(zstd.asked, 0);
  });

  test('a line that is too fast for zlib is asked for', () => {
    const zstd = new Zstd();
    assert.equal(measured(zstd.squeeze, 60e6).pack([text], much), undefined);
    assert.equal(zstd.asked, 1);
  });

  test('a machine that is far away is asked as soon as there is content that shrinks and is not little', () => {
    const zstd = new Zstd();
    zstd.squeeze.far();
    assert.equal(zstd.squeeze.pack([text.subarray(0, 50_000)], little), undefined);
    assert.equal(zstd.asked, 0);
    assert.equal(zstd.squeeze.pack([text], little), undefined);
    assert.equal(zstd.asked, 1);
  });
});
