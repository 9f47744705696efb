import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { inflateSync } from 'node:zlib';
import { Squeeze } from '../../../../src/remote/transfer/squeeze.js';

const text = Buffer.from('time,sensor,value\n'.repeat(20_000));
const header = Buffer.from('a header');

/** What a line with such a rate taught. */
function squeezeAt(bytesPerSecond: number): Squeeze {
  const squeeze = new Squeeze();
  squeeze.taken(0, 0);
  squeeze.taken(bytesPerSecond, 1000);
  return squeeze;
}

test('content that shrinks is packed for a slow line, better for a very slow one', () => {
  const slow = squeezeAt(30e6).pack([header, text]);
  const verySlow = squeezeAt(1e6).pack([header, text]);
  for (const packed of [slow, verySlow])
    assert.deepEqual(inflateSync(packed ?? header), Buffer.concat([header, text]));
  assert.ok((verySlow ?? text).length < (slow ?? text).length);
});

test('content that does not shrink, and what a fast line carries, goes as it is', () => {
  assert.equal(squeezeAt(1e6).pack([header, randomBytes(100_000)]), undefined);
  assert.equal(squeezeAt(100e6).pack([header, text]), undefined);
});

test('a line is not called slow before it was measured, nor while it waits for content', () => {
  const squeeze = new Squeeze();
  assert.equal(squeeze.pack([text]), undefined);
  squeeze.taken(0, 0);
  squeeze.rested();
  squeeze.taken(1e6, 10_000);
  squeeze.taken(50e6, 10_600);
  assert.equal(squeeze.pack([text]), undefined);
});
