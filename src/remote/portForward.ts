import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Disposable } from '../disposable.js';
import { ConnectionError, hasCode, InputError, messageOf } from '../errors.js';
import type { Logger } from '../logger.js';

export interface PortForwardOptions {
  /** The port of the machine; the same one is taken here where it is free, else any. */
  readonly port: number;
  /** A connection to that port. */
  readonly connect: (signal: AbortSignal) => Promise<Duplex>;
  readonly logger: Logger;
}

/** A port of this computer that leads to a port of a machine; only programs of this computer reach it. */
export class PortForward implements Disposable {
  readonly port: number;
  readonly #options: PortForwardOptions;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #ending = new AbortController();

  /**
   * @throws {MachineError} the machine does not let its ports be forwarded
   * @throws {ConnectionError | AuthError | HostKeyError} it cannot be reached
   */
  static async open(options: PortForwardOptions, signal: AbortSignal): Promise<PortForward> {
    await probe(options, signal);
    return new PortForward(await listen(options.port), options);
  }

  private constructor(server: Server, options: PortForwardOptions) {
    this.#server = server;
    this.#options = options;
    this.port = options.port;
    server.on('connection', (socket) => void this.#lead(socket));
  }

  /** Where it begins on this computer. */
  get localPort(): number {
    const address = this.#server.address();
    return typeof address === 'object' ? (address?.port ?? 0) : 0;
  }

  /** Ends it and every connection through it. Safe to repeat. */
  dispose(): void {
    this.#ending.abort();
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
  }

  async #lead(socket: Socket): Promise<void> {
    const { connect, port, logger } = this.#options;
    this.#sockets.add(socket);
    socket.setNoDelay(true);
    socket.once('close', () => this.#sockets.delete(socket));
    // Whoever connected hears of the end by it.
    socket.on('error', () => undefined);
    try {
      const channel = await connect(this.#ending.signal);
      if (socket.destroyed) {
        channel.destroy();
        return;
      }
      channel.on('error', () => socket.destroy());
      channel.once('close', () => socket.destroy());
      socket.once('close', () => channel.destroy());
      socket.pipe(channel);
      channel.pipe(socket);
    } catch (error) {
      if (!this.#ending.signal.aborted) logger.warn(`port ${port} connect → ${messageOf(error)}`);
      socket.destroy();
    }
  }
}

/** A program that does not listen yet may do so later; a machine that forbids it never will. */
async function probe({ connect }: PortForwardOptions, signal: AbortSignal): Promise<void> {
  try {
    (await connect(signal)).destroy();
  } catch (error) {
    const isOnlyClosed =
      error instanceof ConnectionError && error.phase === 'connect' && isRefused(error.cause);
    if (!isOnlyClosed) throw error;
  }
}

/** A channel that the machine refused; a machine that cannot be reached is refused by its address. */
const isRefused = (cause: unknown): boolean => cause instanceof Error && 'reason' in cause;

async function listen(port: number): Promise<Server> {
  try {
    return await listenAt(port);
  } catch (error) {
    if (!hasCode(error, 'EADDRINUSE') && !hasCode(error, 'EACCES')) {
      throw new InputError(`No port can be opened on this computer (${messageOf(error)}).`, { cause: error });
    }
    return listenAt(0);
  }
}

async function listenAt(port: number): Promise<Server> {
  const server = createServer();
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return server;
}
