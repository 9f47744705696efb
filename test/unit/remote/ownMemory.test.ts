import assert from 'node:assert/strict';
import { test } from 'node:test';
import { freeUpTo, noteContent } from '../../../src/remote/ownMemory.js';
import '../../support/arrayBufferTransfer.js';

/** Memory as that of a packet: a byte, content, padding. */
function packet(contentBytes: number, paddingBytes = 20): Buffer {
  return Buffer.alloc(1 + contentBytes + paddingBytes, 'x').subarray(1, 1 + contentBytes);
}

test('memory is freed with the last of its content, not before', () => {
  const content = packet(32_000);
  noteContent(content);
  const [first, last] = [content.subarray(0, 31_000), content.subarray(31_000)];
  freeUpTo(first);
  assert.equal(last.toString(), 'x'.repeat(1000));
  freeUpTo(last);
  assert.equal(content.length, 0);
  freeUpTo(last);
});

test('what shares its memory, is small or was not noted stays', () => {
  const shared = packet(32_000, 1000);
  const small = packet(1000);
  const unnoted = packet(32_000);
  for (const content of [shared, small]) noteContent(content);
  for (const content of [shared, small, unnoted]) freeUpTo(content);
  assert.deepEqual([shared.length, small.length, unnoted.length], [32_000, 1000, 32_000]);
});
