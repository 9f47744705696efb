import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { test, type TestContext } from 'node:test';
import { Worker } from 'node:worker_threads';
import { CorkedSocket } from '../../../../src/remote/ssh/corkedSocket.js';
import '../../../support/arrayBufferTransfer.js';
import { waitFor } from '../../../support/waitFor.js';
import { noise } from '../../../support/trees.js';

interface Pair {
  readonly socket: CorkedSocket;
  readonly peer: Socket;
}

async function connected(t: TestContext): Promise<Pair> {
  const server = createServer().listen(0, '127.0.0.1');
  t.after(() => server.close());
  await once(server, 'listening');
  const address = server.address();
  assert.ok(address !== null && typeof address === 'object');
  const accepted = once(server, 'connection') as Promise<[Socket]>;
  const socket = new CorkedSocket();
  socket.setNoDelay(true).connect(address.port, '127.0.0.1');
  const [[peer]] = await Promise.all([accepted, once(socket, 'connect')]);
  t.after(() => {
    for (const end of [socket, peer]) end.destroy();
  });
  return { socket, peer };
}

test('the writes of one tick arrive as one piece, in order, before the end', async (t) => {
  const { socket, peer } = await connected(t);
  const pieces: string[] = [];
  peer.on('data', (piece: Buffer) => pieces.push(piece.toString('latin1')));

  socket.write('a');
  assert.equal(socket.writableCorked, 1);
  socket.write(Buffer.from('b'));
  socket.write('63', 'hex');
  await once(peer, 'data');
  socket.write('d', () => socket.end('e'));
  await once(peer, 'end');
  assert.equal(pieces[0], 'abc');
  assert.equal(pieces.join(''), 'abcde');
});

test('memory of a packet is freed once it is written, and none that holds anything else', async (t) => {
  const { socket, peer } = await connected(t);
  const packet = Buffer.allocUnsafeSlow(4 + 40_000).fill('packet');
  packet.writeUInt32BE(40_000);
  const encrypted = Buffer.from(noise(40_000, 1));
  const expected = Buffer.concat([packet.subarray(0, 4), encrypted, Buffer.alloc(6, 'shared')]);
  const pool = Buffer.allocUnsafeSlow(64 * 1024).fill('shared');
  const heard: Buffer[] = [];
  peer.on('data', (piece: Buffer) => heard.push(piece));

  socket.write(packet.subarray(0, 4));
  socket.write(encrypted);
  assert.equal(encrypted.length, 40_000);
  await new Promise((written) => socket.write(pool.subarray(0, 6), written));
  assert.deepEqual([packet.length, encrypted.length, pool.length], [0, 0, 64 * 1024]);
  await waitFor('all of it', () => Buffer.concat(heard).equals(expected));

  // Not a length: this much is not there.
  socket.write(pool.subarray(0, 4));
  await new Promise((written) => socket.write(Buffer.alloc(1), written));
  assert.equal(pool.length, 64 * 1024);
});

test('a flood is handed on in many turns of the event loop, and all of it comes', async (t) => {
  // From a thread of its own: a sender in this one would never be ahead.
  const sender = new Worker(
    `const { parentPort } = require('node:worker_threads');
     const server = require('node:net').createServer((peer) => peer.end(Buffer.alloc(32_000_000, 'flood')));
     server.listen(0, '127.0.0.1', () => parentPort.postMessage(server.address().port));`,
    { eval: true },
  );
  t.after(() => sender.terminate());
  const [port] = (await once(sender, 'message')) as [number];
  const socket = new CorkedSocket();
  let piecesInTurn = 0;
  let mostPieces = 0;
  const pieces: Buffer[] = [];
  socket.on('data', (piece: Buffer) => {
    if (piecesInTurn === 0) setImmediate(() => (piecesInTurn = 0));
    piecesInTurn += 1;
    mostPieces = Math.max(mostPieces, piecesInTurn);
    pieces.push(Buffer.from(piece));
    keepBusy(1);
  });
  socket.connect(port, '127.0.0.1');
  await once(socket, 'end');
  assert.ok(Buffer.concat(pieces).equals(Buffer.alloc(32_000_000, 'flood')));
  assert.ok(mostPieces <= 4, `${mostPieces} pieces of 1 ms each in one turn`);
});

test('a piece stands until the next one was heard, however small pieces come between', async (t) => {
  const { socket, peer } = await connected(t);
  const wholes = Array.from({ length: 12 }, (_, at) => noise(40_000, at + 1));
  const small = Buffer.from('between');
  let heard = Buffer.alloc(0);
  let large: Buffer | undefined;
  let position = 0;
  socket.on('data', (piece: Buffer) => {
    if (large !== undefined) assert.ok(heard.subarray(position, position + large.length).equals(large));
    if (piece.length > 20_000) [large, position] = [piece, heard.length];
    heard = Buffer.concat([heard, piece]);
  });
  const sent: Buffer[] = [];
  for (const whole of wholes) {
    for (const piece of [whole, small]) {
      sent.push(piece);
      peer.write(piece);
      const total = sent.reduce((sum, { length }) => sum + length, 0);
      await waitFor('all of it was heard', () => heard.length === total);
    }
  }
  assert.ok(heard.equals(Buffer.concat(sent)));
});

test('what comes before anybody listens is kept', async (t) => {
  const { socket, peer } = await connected(t);
  peer.write('hello');
  await waitFor('it has come', () => socket.readableLength === 5);
  peer.end(' world');
  const pieces: Buffer[] = [];
  socket.on('data', (piece: Buffer) => pieces.push(piece));
  await once(socket, 'end');
  assert.equal(Buffer.concat(pieces).toString(), 'hello world');
});

test('a socket that is paused within a flood goes on where it was', async (t) => {
  const { socket, peer } = await connected(t);
  const flood = noise(4_000_000);
  peer.end(flood);
  const pieces: Buffer[] = [];
  socket.on('data', (piece: Buffer) => {
    pieces.push(Buffer.from(piece));
    keepBusy(3);
    socket.pause();
    setImmediate(() => socket.resume());
  });
  await once(socket, 'end');
  assert.ok(Buffer.concat(pieces).equals(flood));
});

function keepBusy(ms: number): void {
  for (const until = performance.now() + ms; performance.now() < until;);
}
