import assert from 'node:assert/strict';
import { test } from 'node:test';
import { memoryOf, SpareMemory } from '../../../../src/remote/transfer/spareMemory.js';

test('memory that was given back is taken again, once', () => {
  const memory = new SpareMemory([100]);
  const first = memory.take(100);
  memory.giveBack(memoryOf([Buffer.alloc(1), first]));
  const second = memory.take(100);
  assert.equal(second.buffer, first.buffer);
  assert.equal(second.length, 100);
  assert.notEqual(memory.take(100).buffer, first.buffer);
});

test('memory of another size, and of no size at all, is not kept', () => {
  const memory = new SpareMemory([100]);
  const odd = memory.take(99);
  memory.giveBack(memoryOf([odd]));
  memory.giveBack(memoryOf([]));
  assert.notEqual(memory.take(99).buffer, odd.buffer);
  assert.equal(memory.take(100).length, 100);
});
