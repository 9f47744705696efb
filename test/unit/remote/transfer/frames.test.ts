import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { test } from 'node:test';
import { ForeignBytes, frame, readFrames } from '../../../../src/remote/transfer/frames.js';
import { noise } from '../../../support/trees.js';

const hello = Buffer.from('\0trainyard transfer 1\n');

async function framesOf(chunks: readonly Buffer[]): Promise<string[]> {
  const found: string[] = [];
  for await (const { kind, payload } of readFrames(Readable.from(chunks)))
    found.push(`${kind} ${payload.toString('hex')}`);
  return found;
}

function inPieces(bytes: Buffer, size: number): Buffer[] {
  const count = Math.ceil(bytes.length / size);
  return Array.from({ length: count }, (_, piece) => bytes.subarray(piece * size, (piece + 1) * size));
}

test('frames are found wherever the stream is cut into chunks', async () => {
  const payloads = [Buffer.alloc(0), Buffer.from('a'), noise(1000), Buffer.from('end')];
  const stream = Buffer.concat([hello, ...payloads.map((payload) => frame('J', payload))]);
  const expected = payloads.map((payload) => `J ${payload.toString('hex')}`);
  for (const size of [1, 2, 7, 100, stream.length])
    assert.deepEqual(await framesOf(inPieces(stream, size)), expected);
});

test('content comes as far as it has come, the same bytes wherever it is cut', async () => {
  const content = noise(1000);
  const last = frame('J', Buffer.from('end'));
  const stream = Buffer.concat([hello, frame('D', content), frame('D', Buffer.alloc(0)), last]);
  for (const size of [1, 2, 7, 100, stream.length]) {
    const found: Buffer[] = [];
    for await (const { kind, payload } of readFrames(Readable.from(inPieces(stream, size))))
      found.push(kind === 'D' ? payload : frame(kind, payload));
    assert.deepEqual(Buffer.concat(found), Buffer.concat([content, last]));
  }
  const torn = Buffer.concat([hello, frame('D', content)]).subarray(0, 500);
  assert.notEqual((await framesOf([torn])).length, 0);
});

test('what login scripts print before the greeting is passed over', async () => {
  const chunks = [Buffer.from('Welcome!\n\0trainyard'), hello, frame('K', Buffer.alloc(0))];
  assert.deepEqual(await framesOf(chunks), ['K ']);
});

test('a stream that ends within a frame ends after the last whole one', async () => {
  const chunks = [hello, frame('A', Buffer.from('whole')), frame('B', Buffer.from('torn')).subarray(0, 7)];
  assert.deepEqual(await framesOf(chunks), [`A ${Buffer.from('whole').toString('hex')}`]);
});

test('a stream without a greeting, or with an absurd length, is not ours', async () => {
  await assert.rejects(framesOf(inPieces(Buffer.alloc(2_000_000, 'x'), 100_000)), ForeignBytes);
  await assert.rejects(framesOf([hello, Buffer.from('D\xff\xff\xff\xff', 'latin1')]), ForeignBytes);
});
