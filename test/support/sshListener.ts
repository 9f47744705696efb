import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import type { SshEndpoint } from '../../src/remote/host.js';
import type { CleanUp } from './tempDir.js';

/** Listens where a machine should, and does what it likes with those who come; ends with the test. */
export async function listenInstead(
  test: CleanUp,
  endpoint: SshEndpoint,
  receive: (socket: Socket) => void,
): Promise<SshEndpoint> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket.on('error', () => undefined));
    receive(socket);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  test.after(async () => {
    const closed = once(server, 'close');
    server.close();
    for (const socket of sockets) socket.destroy();
    await closed;
  });
  return { ...endpoint, host: '127.0.0.1', port: address.port };
}
