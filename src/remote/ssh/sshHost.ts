import { bootPayload, pythonCommandLine } from '../boot.js';
import { type ConnectionOptions, SshConnection } from './connection.js';
import { nameOfEndpoint } from './destination.js';
import type { Host, HostProcess, HostShell, Program, TerminalSize } from '../host.js';
import { SharedAttempt } from '../sharedAttempt.js';

export interface SshHostOptions extends ConnectionOptions {
  /** Trainyard's folder there: absolute, or beginning with `~/`. */
  readonly root: string;
}

/**
 * A machine over SSH. Connects when first used, and anew with the first use after the connection was lost: one try,
 * because only the caller knows how long it wants to wait.
 */
export class SshHost implements Host {
  readonly name: string;
  readonly kind = 'ssh';
  readonly root: string;
  readonly #connecting: SharedAttempt<SshConnection>;
  #connection: SshConnection | undefined;
  #disposed = false;

  constructor(options: SshHostOptions) {
    this.name = nameOfEndpoint(options.endpoint);
    this.root = options.root;
    this.#connecting = new SharedAttempt((signal) => this.#connect(options, signal));
  }

  async python(program: Program, signal: AbortSignal): Promise<HostProcess> {
    const connection = await this.#connected(signal);
    const process = await connection.exec(pythonCommandLine, signal);
    process.stdin.write(bootPayload(program));
    return process;
  }

  async shell(size: TerminalSize, signal: AbortSignal): Promise<HostShell> {
    const connection = await this.#connected(signal);
    return connection.shell(size, signal);
  }

  dispose(): void {
    this.#disposed = true;
    this.#connection?.dispose();
  }

  async #connected(signal: AbortSignal): Promise<SshConnection> {
    signal.throwIfAborted();
    if (this.#disposed) throw new Error(`The host ${this.name} is used after its end.`);
    if (this.#connection?.isOpen === true) return this.#connection;
    return this.#connecting.join(signal);
  }

  /** Keeps what it opened, or ends it when nobody wants it any more: no connection is without an owner. */
  async #connect(options: ConnectionOptions, signal: AbortSignal): Promise<SshConnection> {
    const connection = await SshConnection.open(options, signal);
    if (this.#disposed || signal.aborted) {
      connection.dispose();
      throw new Error(`The connection to ${this.name} is not wanted any more.`);
    }
    this.#connection = connection;
    return connection;
  }
}
