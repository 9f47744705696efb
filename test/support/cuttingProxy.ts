import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { Transform } from 'node:stream';
import { setTimeout as after } from 'node:timers';
import type { CleanUp } from './tempDir.js';

export interface CuttingProxyOptions {
  /** Time added to every round trip. */
  readonly roundTripMs?: number;
  /** Further ones at the same time are broken as soon as they are made. */
  readonly mostConnections?: number;
}

/** Starts a bad network between a client and the port of a server on loopback; it ends with the test. */
export async function startCuttingProxy(
  test: CleanUp,
  targetPort: number,
  options: CuttingProxyOptions = {},
): Promise<CuttingProxy> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const proxy = new CuttingProxy(server, targetPort, options);
  test.after(() => proxy.stop());
  return proxy;
}

export class CuttingProxy {
  readonly port: number;
  readonly #server: Server;
  readonly #targetPort: number;
  readonly #oneWayMs: number;
  readonly #mostConnections: number;
  readonly #sockets = new Set<Socket>();
  #cutting: NodeJS.Timeout | undefined;
  #frozen = false;
  #bytesUp = 0;
  #bytesDown = 0;
  #connections = 0;

  constructor(server: Server, targetPort: number, options: CuttingProxyOptions) {
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('the proxy does not listen');
    this.port = address.port;
    this.#server = server;
    this.#targetPort = targetPort;
    this.#oneWayMs = (options.roundTripMs ?? 0) / 2;
    this.#mostConnections = options.mostConnections ?? Number.POSITIVE_INFINITY;
    server.on('connection', (client) => this.#join(client));
  }

  /** Bytes from the clients so far. */
  get bytesUp(): number {
    return this.#bytesUp;
  }

  /** Bytes from the server so far. */
  get bytesDown(): number {
    return this.#bytesDown;
  }

  /** How many connections were made so far. */
  get connections(): number {
    return this.#connections;
  }

  /** Breaks every connection now; later ones are let through. */
  cut(): void {
    for (const socket of this.#sockets) socket.resetAndDestroy();
  }

  /** Cuts again and again, each time after a random while, until {@link stopCutting}. */
  cutEvery(minimumMs: number, maximumMs: number): void {
    this.stopCutting();
    const nextMs = minimumMs + Math.random() * (maximumMs - minimumMs);
    this.#cutting = after(() => {
      this.cut();
      this.cutEvery(minimumMs, maximumMs);
    }, nextMs);
  }

  stopCutting(): void {
    clearTimeout(this.#cutting);
  }

  /** From now on nothing gets through and nothing breaks, as when a laptop changes networks. */
  freeze(): void {
    this.#frozen = true;
  }

  async stop(): Promise<void> {
    this.stopCutting();
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.cut();
    await closed;
  }

  #join(client: Socket): void {
    this.#connections += 1;
    // A connection is two sockets.
    if (this.#sockets.size / 2 >= this.#mostConnections) {
      client.on('error', () => undefined).resetAndDestroy();
      return;
    }
    const server = connect({ host: '127.0.0.1', port: this.#targetPort, noDelay: true });
    client.setNoDelay(true);
    for (const socket of [client, server]) this.#keep(socket);
    const up = this.#wire((bytes) => (this.#bytesUp += bytes));
    const down = this.#wire((bytes) => (this.#bytesDown += bytes));
    client.pipe(up).pipe(server);
    server.pipe(down).pipe(client);
    client.once('close', () => server.destroy());
    server.once('close', () => client.destroy());
  }

  #keep(socket: Socket): void {
    this.#sockets.add(socket);
    socket.once('close', () => this.#sockets.delete(socket));
    // A cut is what this is for; `close` follows and ends the other side.
    socket.on('error', () => undefined);
  }

  /** Passes bytes on, each chunk later by half a round trip; chunks overtake nothing and wait for nothing. */
  #wire(count: (bytes: number) => void): Transform {
    const wire = new Transform({
      transform: (chunk: Buffer, _encoding, done) => {
        if (this.#frozen) return;
        count(chunk.length);
        if (this.#oneWayMs === 0) {
          done(null, chunk);
          return;
        }
        after(() => wire.push(chunk), this.#oneWayMs);
        done();
      },
      flush: (done) => void after(done, this.#oneWayMs),
    });
    return wire;
  }
}
