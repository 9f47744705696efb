import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { test } from 'node:test';
import { ForeignBytes, frame, type Frame, FrameReader } from '../../../../src/remote/transfer/frames.js';
import { noise } from '../../../support/trees.js';

const hello = Buffer.from('\0trainyard transfer 1\n');

async function readAll(chunks: readonly Buffer[]): Promise<Frame[]> {
  const reader = new FrameReader(Readable.from(chunks));
  const found: Frame[] = [];
  for (let next = await reader.next(); next !== undefined; next = await reader.next()) found.push(next);
  return found;
}

async function framesOf(chunks: readonly Buffer[]): Promise<string[]> {
  return (await readAll(chunks)).map(({ kind, payload }) => `${kind} ${payload.toString('hex')}`);
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
    const found = await readAll(inPieces(stream, size));
    const bytes = found.map(({ kind, payload }) => (kind === 'D' ? payload : frame(kind, payload)));
    assert.deepEqual(Buffer.concat(bytes), Buffer.concat([content, last]));
  }
  const torn = Buffer.concat([hello, frame('D', content)]).subarray(0, 500);
  assert.notEqual((await framesOf([torn])).length, 0);
});

test('what login scripts print before the greeting is passed over', async () => {
  const chunks = [Buffer.from('Welcome!\n\0trainyard'), hello, frame('K', Buffer.alloc(0))];
  assert.deepEqual(await framesOf(chunks), ['K ']);
});

test('a program is known to run once it has greeted, and known not to when it ends without', async () => {
  const reader = new FrameReader(
    Readable.from([Buffer.from('Welcome!\n'), hello, frame('K', Buffer.alloc(0))]),
  );
  assert.equal(await reader.greeted(), true);
  assert.equal((await reader.next())?.kind, 'K');
  assert.equal(await new FrameReader(Readable.from([Buffer.from('bye\n')])).greeted(), false);
});

test('a stream that nobody reads is not taken into memory, and all of it comes when somebody does', async () => {
  const content = noise(100_000);
  let given = 0;
  const reader = new FrameReader(
    Readable.from(
      (function* () {
        yield hello;
        for (; given < 100; given += 1) yield frame('D', content);
      })(),
    ),
  );
  assert.equal((await reader.next())?.kind, 'D');
  await new Promise((resolve) => setImmediate(resolve));
  assert.ok(given < 50, `${given} of 100 were taken`);
  let bytes = 100_000;
  for (let next = await reader.next(); next !== undefined; next = await reader.next())
    bytes += next.payload.length;
  assert.equal(bytes, 100 * 100_000);
});

test('a stream that ends within a frame ends after the last whole one', async () => {
  const chunks = [hello, frame('A', Buffer.from('whole')), frame('B', Buffer.from('torn')).subarray(0, 7)];
  assert.deepEqual(await framesOf(chunks), [`A ${Buffer.from('whole').toString('hex')}`]);
});

test('a stream without a greeting, or with an absurd length, is not ours', async () => {
  await assert.rejects(framesOf(inPieces(Buffer.alloc(2_000_000, 'x'), 100_000)), ForeignBytes);
  await assert.rejects(framesOf([hello, Buffer.from('D\xff\xff\xff\xff', 'latin1')]), ForeignBytes);
});
