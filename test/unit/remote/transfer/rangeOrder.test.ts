import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type FileRange, RangeOrder } from '../../../../src/remote/transfer/rangeOrder.js';
import { noise } from '../../../support/trees.js';

const content = noise(3_000_000);

function takeAll(order: RangeOrder): FileRange[] {
  const taken: FileRange[] = [];
  for (let range = order.take(); range !== undefined; range = order.take()) taken.push(range);
  return taken;
}

function orderInto(delivered: Buffer[], offset = 0, size = content.length): RangeOrder {
  return new RangeOrder(offset, size, (bytes) => {
    delivered.push(bytes);
    return Promise.resolve();
  });
}

test('ranges that come in any order, and in pieces, are delivered as the file', async () => {
  const delivered: Buffer[] = [];
  const order = orderInto(delivered, 1000);
  for (const { offset, length } of takeAll(order).reverse()) {
    const middle = offset + Math.floor(length / 3);
    await order.put(middle, content.subarray(middle, offset + length));
    await order.put(offset, content.subarray(offset, middle));
  }
  assert.ok(order.isComplete);
  assert.deepEqual(Buffer.concat(delivered), content.subarray(1000));
});

test('what a lane gives back is given out again, the first first', () => {
  const order = orderInto([]);
  const taken = takeAll(order);
  order.giveBack(taken.slice(4, 6));
  order.giveBack(taken.slice(1, 2));
  assert.deepEqual(takeAll(order), [...taken.slice(1, 2), ...taken.slice(4, 6)]);
});

test('no more is asked for than is kept in memory while the beginning is missing', async () => {
  const size = 1024 ** 3;
  const order = orderInto([], 0, size);
  const taken = takeAll(order);
  assert.equal(taken.at(-1)?.offset, 32 * 1024 ** 2 - 256 * 1024);
  await order.put(0, Buffer.alloc(256 * 1024));
  assert.deepEqual(takeAll(order), [{ offset: 32 * 1024 ** 2, length: 256 * 1024 }]);
});

test('an empty rest is complete at once', () => {
  const order = orderInto([], 5, 5);
  assert.ok(order.isComplete);
  assert.equal(order.take(), undefined);
});
