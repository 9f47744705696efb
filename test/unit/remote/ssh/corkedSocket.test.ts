import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { test } from 'node:test';
import { CorkedSocket } from '../../../../src/remote/ssh/corkedSocket.js';

test('the writes of one tick arrive as one piece, in order, before the end', async (t) => {
  const server = createServer().listen(0, '127.0.0.1');
  t.after(() => server.close());
  await once(server, 'listening');
  const address = server.address();
  assert.ok(address !== null && typeof address === 'object');

  const accepted = once(server, 'connection') as Promise<[Socket]>;
  const socket = new CorkedSocket();
  socket.setNoDelay(true).connect(address.port, '127.0.0.1');
  const [[peer]] = await Promise.all([accepted, once(socket, 'connect')]);
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
