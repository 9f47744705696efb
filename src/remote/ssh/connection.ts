import type { Duplex } from 'node:stream';
import type { Client, ClientChannel, SFTPWrapper } from 'ssh2';
import { type Disposable, Signal } from '../../disposable.js';
import { ConnectionError, messageOf, type UserError } from '../../errors.js';
import type { Logger } from '../../logger.js';
import { type ChannelOwner, channelProcess, channelShell } from './channelProcess.js';
import { addressOf, nameOfEndpoint } from './destination.js';
import type { HostProcess, HostShell, SshEndpoint, TerminalSize } from '../host.js';
import { Liveness, silenceLimitMs } from './liveness.js';
import { type LoggedIn, logIn, type LoginOptions, planLogin } from './login.js';
import { portError } from './portError.js';
import { noSftpError, SftpFiles } from './sftpFiles.js';
import { SftpStore } from './sftpStore.js';
import { loadSsh2 } from './ssh2.js';
import { openTcp, type Transport } from './transport.js';

export interface ConnectionOptions extends LoginOptions {
  readonly logger: Logger;
  /** How long nothing may come in before the connection counts as lost. */
  readonly silenceLimitMs?: number;
}

/** One for the channel, one for the program. */
const roundTripsToStart = 2;

/** Whether the server lets nothing more be opened over the connection. */
export function isChannelRefused(error: unknown): boolean {
  return error instanceof ConnectionError && error.phase === 'channel';
}

type Opened<C> = (error: Error | undefined, channel: C) => void;

/** One authenticated SSH connection; programs and shells share it, a channel each. */
export class SshConnection implements Disposable {
  readonly #name: string;
  readonly #client: Client;
  readonly #transport: Transport;
  readonly #logger: Logger;
  /** Fires when it ends, whoever ends it. */
  readonly onLost = new Signal<ConnectionError>();
  readonly #owner: ChannelOwner;
  readonly #liveness: Liveness;
  /** Fires when the last channel has ended. */
  readonly onIdle = new Signal<void>();
  #lost: ConnectionError | undefined;
  #roundTripMs: number;
  /** Open, or asked for. */
  #channels = 0;

  /**
   * Connects and logs in, through the jump host if there is one.
   * @throws {ConnectionError | AuthError | HostKeyError}
   */
  static async open(options: ConnectionOptions, signal: AbortSignal): Promise<SshConnection> {
    const startedMs = performance.now();
    const [ssh2, plan] = await Promise.all([loadSsh2(), planLogin(options, signal)]);
    const transport = await openTransport(options, signal);
    try {
      const loggedIn = await logIn(ssh2, transport, options, plan, signal);
      const connection = new SshConnection(loggedIn, transport, options);
      const ms = Math.round(performance.now() - startedMs);
      options.logger.info(`ssh connect ${connection.#name} → ok (${ms} ms)`);
      return connection;
    } catch (error) {
      transport.destroy();
      throw error;
    }
  }

  private constructor({ client, roundTripMs }: LoggedIn, transport: Transport, options: ConnectionOptions) {
    this.#client = client;
    this.#roundTripMs = roundTripMs;
    this.#transport = transport;
    this.#logger = options.logger;
    this.#name = nameOfEndpoint(options.endpoint);
    const limitMs = options.silenceLimitMs ?? silenceLimitMs;
    this.#liveness = new Liveness(transport.stream, limitMs, () => {
      this.#lose(`nothing came for ${Math.round(limitMs / 1000)} s`, undefined);
      this.#transport.destroy();
    });
    this.#owner = {
      onLost: (listener) => this.onLost.on(listener),
      vanished: () => new ConnectionError(`${this.#name} ended a program without saying how.`, 'lost'),
    };
    let failure: Error | undefined;
    client.on('error', (error) => (failure = error));
    client.once('close', () => this.#lose(failure ? messageOf(failure) : 'the machine closed it', failure));
  }

  get isOpen(): boolean {
    return this.#lost === undefined;
  }

  /** Nothing runs over it. */
  get isIdle(): boolean {
    return this.#channels === 0;
  }

  /** The shortest that was seen; before a program was started, about what the handshake says. */
  get roundTripMs(): number {
    return this.#roundTripMs;
  }

  /** Starts a command line; resolves once the server has accepted it. */
  exec(commandLine: string, signal: AbortSignal): Promise<HostProcess> {
    const startedMs = performance.now();
    return this.#open(
      (opened) => this.#client.exec(commandLine, opened),
      (channel) => {
        const tookMs = (performance.now() - startedMs) / roundTripsToStart;
        this.#roundTripMs = Math.min(this.#roundTripMs, tookMs);
        return channelProcess(channel, this.#owner);
      },
      signal,
    );
  }

  /** An interactive login shell in a pseudo-terminal. */
  shell({ columns, rows }: TerminalSize, signal: AbortSignal): Promise<HostShell> {
    return this.#open(
      (opened) => this.#client.shell({ term: 'xterm-256color', cols: columns, rows }, opened),
      (channel) => channelShell(channel, this.#owner),
      signal,
    );
  }

  /**
   * A program of ours that answers at a socket of the machine. How it ended is not known.
   * @throws {ConnectionError} of phase `channel`: the server forwards nothing there, or nothing answers
   */
  enter(socketPath: string, signal: AbortSignal): Promise<HostProcess> {
    return this.#open(
      (opened) => this.#client.openssh_forwardOutStreamLocal(socketPath, opened),
      (channel) => channelProcess(channel, this.#owner),
      signal,
    );
  }

  /**
   * A connection to a port of the machine itself.
   * @throws {MachineError} the machine does not let its ports be forwarded
   * @throws {ConnectionError} nothing answers there
   */
  connectTo(port: number, signal: AbortSignal): Promise<Duplex> {
    return this.#open(
      (opened) => this.#client.forwardOut('127.0.0.1', 0, 'localhost', port, opened),
      (channel) => channel,
      signal,
      (cause) => portError(this.#name, port, cause),
    );
  }

  /** The files of the machine. @throws {MachineError} it offers no SFTP */
  files(signal: AbortSignal): Promise<SftpFiles> {
    return this.#sftp((sftp) => new SftpFiles(sftp, this.#name), signal);
  }

  /** The same to be written as well. @throws {MachineError} it offers no SFTP */
  store(signal: AbortSignal): Promise<SftpStore> {
    return this.#sftp((sftp) => new SftpStore(sftp, this.#name), signal);
  }

  /** The way to another machine through this one. Whoever ends it ends this connection too. */
  async forward(target: SshEndpoint, signal: AbortSignal): Promise<Transport> {
    const stream = await this.#open(
      (opened) => this.#client.forwardOut('127.0.0.1', 0, target.host, target.port, opened),
      (channel) => channel,
      signal,
      (cause) =>
        new ConnectionError(
          `${this.#name} does not let us through to ${addressOf(target)} (${messageOf(cause)}). Check that the machine is running and that the jump host allows forwarding.`,
          'connect',
          { cause },
        ),
    );
    return {
      stream,
      close: () => {
        stream.end();
        this.dispose();
      },
      destroy: () => this.#transport.destroy(),
    };
  }

  dispose(): void {
    if (this.#lost) return;
    this.#end(new ConnectionError(`The connection to ${this.#name} is closed.`, 'lost'));
    this.#client.end();
    this.#transport.close();
  }

  #lose(why: string, cause: unknown): ConnectionError {
    if (this.#lost) return this.#lost;
    this.#logger.warn(`ssh connection ${this.#name} → lost (${why})`);
    const lost = new ConnectionError(`The connection to ${this.#name} was lost (${why}).`, 'lost', { cause });
    this.#end(lost);
    return lost;
  }

  #end(error: ConnectionError): void {
    this.#lost = error;
    this.#liveness.stop();
    this.onLost.fire(error);
    this.onLost.dispose();
    this.onIdle.dispose();
  }

  /**
   * Opens a channel. `wrap` runs in the very callback that brings it, before anything that happens to it can pass
   * unseen. A channel that comes after the caller gave up is closed.
   */
  #open<C extends ClientChannel | SFTPWrapper = ClientChannel, T = unknown>(
    request: (opened: Opened<C>) => void,
    wrap: (channel: C) => T,
    signal: AbortSignal,
    toError: (cause: Error) => UserError = (cause) => this.#channelError(cause),
  ): Promise<T> {
    return new Promise((resolve, reject) => {
      signal.throwIfAborted();
      if (this.#lost) throw this.#lost;
      const onAbort = (): void => reject(signal.reason as Error);
      signal.addEventListener('abort', onAbort);
      this.#channels += 1;
      const opened: Opened<C> = (error, channel) => {
        signal.removeEventListener('abort', onAbort);
        if (error) {
          this.#channelEnded();
          reject(this.#lost ?? toError(error));
          return;
        }
        channel.once('close', () => this.#channelEnded());
        if (signal.aborted) discard(channel);
        else resolve(wrap(channel));
      };
      try {
        request(opened);
      } catch (error) {
        // ssh2 throws between the end of its socket and the word that it is closed.
        signal.removeEventListener('abort', onAbort);
        this.#channelEnded();
        reject(this.#lose(messageOf(error), error));
        this.#transport.destroy();
      }
    });
  }

  #sftp<T>(wrap: (sftp: SFTPWrapper) => T, signal: AbortSignal): Promise<T> {
    return this.#open<SFTPWrapper, T>(
      (opened) => this.#client.sftp(opened),
      wrap,
      signal,
      (cause) => noSftpError(this.#name, cause) ?? this.#channelError(cause),
    );
  }

  #channelEnded(): void {
    this.#channels -= 1;
    if (this.isIdle) this.onIdle.fire();
  }

  #channelError(cause: Error): ConnectionError {
    return new ConnectionError(
      `${this.#name} does not allow another program over the same connection (${messageOf(cause)}). Raise MaxSessions in its sshd_config.`,
      'channel',
      { cause },
    );
  }
}

/** Closes a channel that nobody reads; ssh2 lets it end only once its output is read. */
function discard(channel: ClientChannel | SFTPWrapper): void {
  if (!('stderr' in channel)) {
    channel.end();
    return;
  }
  channel.resume();
  channel.stderr.resume();
  channel.close();
}

async function openTransport(options: ConnectionOptions, signal: AbortSignal): Promise<Transport> {
  const { endpoint } = options;
  if (!endpoint.via) return openTcp(endpoint, signal);
  const jump = await SshConnection.open({ ...options, endpoint: endpoint.via }, signal);
  try {
    return await jump.forward(endpoint, signal);
  } catch (error) {
    jump.dispose();
    throw error;
  }
}
