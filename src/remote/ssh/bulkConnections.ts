import { abortable } from '../../abortable.js';
import type { Disposable } from '../../disposable.js';
import { ConnectionError } from '../../errors.js';
import { type ConnectionOptions, isChannelRefused, SshConnection } from './connection.js';
import type { HostProcess } from '../host.js';

/** Two channels fill what TCP sends ahead on one connection; more of them only wait for each other. */
const channelsEach = 2;
const mostConnections = 6;
/** How long a connection that carries nothing is kept for the next transfer. */
const idleMs = 5 * 60_000;

/** A connection, there or on its way, and the programs over it. */
interface BulkConnection {
  readonly opening: Promise<SshConnection>;
  running: number;
  /** How many the server allows, as far as it has said. */
  most: number;
  idle: NodeJS.Timeout | undefined;
}

/** Connections for moving much, apart from the one for commands. Opened on demand, and kept for a while. */
export class BulkConnections implements Disposable {
  readonly #options: ConnectionOptions;
  readonly #over = new AbortController();
  #connections: readonly BulkConnection[] = [];

  constructor(options: ConnectionOptions) {
    this.#options = options;
  }

  /**
   * Starts a program where there is room for it.
   * @param begin starts it over a connection
   * @throws {ConnectionError} also when there is no more room
   */
  async start(
    begin: (connection: SshConnection) => Promise<HostProcess>,
    signal: AbortSignal,
  ): Promise<HostProcess> {
    for (;;) {
      const place = this.#place();
      place.running += 1;
      clearTimeout(place.idle);
      try {
        const connection = await abortable(place.opening, signal);
        const process = await begin(connection);
        void process.exit.then(() => this.#leave(place));
        return process;
      } catch (error) {
        this.#leave(place);
        if (!isChannelRefused(error) || place.running === 0) throw error;
        place.most = place.running;
      }
    }
  }

  dispose(): void {
    this.#over.abort();
    for (const connection of this.#connections) this.#end(connection);
  }

  #place(): BulkConnection {
    const free = this.#connections.find(({ running, most }) => running < most);
    if (free !== undefined) return free;
    if (this.#connections.length >= mostConnections)
      throw new ConnectionError('There is no room for another transfer.', 'channel');
    const opening = SshConnection.open(this.#options, this.#over.signal);
    const connection: BulkConnection = { opening, running: 0, most: channelsEach, idle: undefined };
    this.#connections = [...this.#connections, connection];
    opening.then(
      (opened) => {
        if (opened.isOpen) opened.onLost.on(() => this.#forget(connection));
        else this.#forget(connection);
      },
      () => this.#forget(connection),
    );
    return connection;
  }

  #leave(connection: BulkConnection): void {
    connection.running -= 1;
    if (connection.running > 0 || this.#over.signal.aborted) return;
    connection.idle = setTimeout(() => this.#end(connection), idleMs).unref();
  }

  #forget(connection: BulkConnection): void {
    clearTimeout(connection.idle);
    this.#connections = this.#connections.filter((other) => other !== connection);
  }

  #end(connection: BulkConnection): void {
    this.#forget(connection);
    connection.opening.then(
      (opened) => opened.dispose(),
      () => undefined,
    );
  }
}
