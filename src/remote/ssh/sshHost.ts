import type { Duplex } from 'node:stream';
import { abortable } from '../../abortable.js';
import { bootPayload, pythonCommandLine, requestLine } from '../boot.js';
import { BulkConnections } from './bulkConnections.js';
import { type ConnectionOptions, isChannelRefused, SshConnection } from './connection.js';
import { nameOfEndpoint } from './destination.js';
import type { Door, Host, HostProcess, HostShell, Program, TerminalSize } from '../host.js';
import type { HostFiles } from '../hostFiles.js';
import type { HostStore } from '../hostStore.js';
import { SharedAttempt } from '../sharedAttempt.js';
import { Standby } from './standby.js';

export interface SshHostOptions extends ConnectionOptions {
  /** Trainyard's folder there: absolute, or beginning with `~/`. */
  readonly root: string;
}

/** More than any machine needs for what we run at once; a server that refuses everything is asked no more often. */
const mostConnections = 8;

/**
 * A machine over SSH. Connects when first used, and anew with the first use after the connection was lost: one try,
 * because only the caller knows how long it wants to wait. Programs share a connection as far as the server allows
 * (`MaxSessions`); what it refuses gets a connection more, which ends with the last program on it.
 */
export class SshHost implements Host {
  readonly name: string;
  readonly kind = 'ssh';
  readonly root: string;
  readonly #connecting: SharedAttempt<SshConnection>;
  readonly #bulk: BulkConnections;
  readonly #standby = new Standby((program, signal) => this.#start(program, signal));
  readonly #laneStandby = new Standby((program, signal) => this.#startLane(program, signal));
  /** The first is kept; the others are there for as long as something runs over them. */
  #connections: readonly SshConnection[] = [];
  #disposed = false;

  constructor(options: SshHostOptions) {
    this.name = nameOfEndpoint(options.endpoint);
    this.root = options.root;
    this.#connecting = new SharedAttempt((signal) => this.#connect(options, signal));
    this.#bulk = new BulkConnections(options);
  }

  get roundTripMs(): number | undefined {
    return this.#connections[0]?.roundTripMs;
  }

  async reached(signal: AbortSignal): Promise<void> {
    await this.#connected(new Set(), signal);
  }

  async python(program: Program, signal: AbortSignal): Promise<HostProcess> {
    return (await this.#standby.take(program, signal)) ?? this.#start(program, signal);
  }

  async lane(program: Program, signal: AbortSignal, door?: Door): Promise<HostProcess> {
    const ready = await this.#laneStandby.take(program, signal);
    if (ready !== undefined) return ready;
    await this.#laneStandby.dismiss();
    return this.#startLane(program, signal, door);
  }

  standBy(program: Program, way: 'python' | 'lane', count: number): Promise<void> {
    return (way === 'python' ? this.#standby : this.#laneStandby).have(program, count);
  }

  shell(size: TerminalSize, signal: AbortSignal): Promise<HostShell> {
    return this.#open((connection) => connection.shell(size, signal), signal);
  }

  connectTo(port: number, signal: AbortSignal): Promise<Duplex> {
    return this.#open((connection) => connection.connectTo(port, signal), signal);
  }

  files(signal: AbortSignal): Promise<HostFiles> {
    return this.#open((connection) => connection.files(signal), signal);
  }

  store(signal: AbortSignal): Promise<HostStore> {
    return this.#open((connection) => connection.store(signal), signal);
  }

  dispose(): void {
    this.#disposed = true;
    this.#standby.dispose();
    this.#laneStandby.dispose();
    this.#bulk.dispose();
    for (const connection of this.#connections) connection.dispose();
  }

  async #start(program: Program, signal: AbortSignal): Promise<HostProcess> {
    const process = await this.#open((connection) => connection.exec(pythonCommandLine, signal), signal);
    process.stdin.write(bootPayload(program));
    return process;
  }

  #startLane(program: Program, signal: AbortSignal, door?: Door): Promise<HostProcess> {
    return this.#bulk.start(async (connection) => {
      const entered = await enter(connection, door, signal);
      const process = entered ?? (await connection.exec(pythonCommandLine, signal));
      process.stdin.write(entered === undefined ? bootPayload(program) : requestLine(program));
      return process;
    }, signal);
  }

  /** Opens a channel over the first connection that takes it. */
  async #open<T>(open: (connection: SshConnection) => Promise<T>, signal: AbortSignal): Promise<T> {
    const full = new Set<SshConnection>();
    for (;;) {
      const connection = await this.#connected(full, signal);
      try {
        return await open(connection);
      } catch (error) {
        // One that carries nothing and refuses all the same would refuse for ever.
        if (!isChannelRefused(error) || connection.isIdle || full.size >= mostConnections) throw error;
        full.add(connection);
      }
    }
  }

  async #connected(full: ReadonlySet<SshConnection>, signal: AbortSignal): Promise<SshConnection> {
    signal.throwIfAborted();
    if (this.#disposed) throw new Error(`The host ${this.name} is used after its end.`);
    const open = this.#connections.find((connection) => connection.isOpen && !full.has(connection));
    return open ?? this.#connecting.join(signal);
  }

  /** Keeps what it opened, or ends it when nobody wants it any more: no connection is without an owner. */
  async #connect(options: ConnectionOptions, signal: AbortSignal): Promise<SshConnection> {
    const connection = await SshConnection.open(options, signal);
    if (this.#disposed || signal.aborted) {
      connection.dispose();
      throw new Error(`The connection to ${this.name} is not wanted any more.`);
    }
    this.#connections = [...this.#connections.filter(({ isOpen }) => isOpen), connection];
    connection.onIdle.on(() => this.#endIfSpare(connection));
    return connection;
  }

  #endIfSpare(connection: SshConnection): void {
    if (this.#connections[0] !== connection) connection.dispose();
  }
}

/** `undefined` where there is no door, or the server lets nobody forward to it. */
async function enter(
  connection: SshConnection,
  door: Door | undefined,
  signal: AbortSignal,
): Promise<HostProcess | undefined> {
  const path = door && (await abortable(door, signal));
  if (path === undefined) return undefined;
  try {
    return await connection.enter(path, signal);
  } catch (error) {
    if (isChannelRefused(error)) return undefined;
    throw error;
  }
}
