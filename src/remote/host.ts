import type { Duplex, Readable, Writable } from 'node:stream';
import type { Disposable } from '../disposable.js';
import type { ConnectionError } from '../errors.js';
import type { HostFiles } from './hostFiles.js';
import type { HostStore } from './hostStore.js';

/**
 * A place where we run our own programs and move bytes: over SSH, or this computer. Callers cannot tell which.
 *
 * There is deliberately no `exec(commandLine)`: what runs on a machine is one of our Python files
 * (`runtime/*.py`), and everything that came from a user travels to it as data on stdin. So no file name,
 * parameter or path ever meets a shell.
 */
export interface Host extends Disposable {
  /** What a person calls it: `this computer`, `alice@gpu1`. */
  readonly name: string;
  readonly kind: 'local' | 'ssh';

  /** Trainyard's folder there: absolute, or beginning with `~/`. Programs expand it. */
  readonly root: string;

  /**
   * Starts a program with the machine's python3 and resolves once it runs.
   * The program finds its request as one JSON line on stdin, then whatever the caller writes.
   * `signal` ends the wait for the start only; a program that runs is ended with `kill()`.
   * @throws {MachineError} there is no python3 (over SSH this shows as exit code 127, see boot.ts)
   * @throws {ConnectionError} the machine cannot be reached; trying again may help
   * @throws {AuthError | HostKeyError} it refused us, or is not the machine we know
   */
  python(program: Program, signal: AbortSignal): Promise<HostProcess>;

  /**
   * The same over a connection apart from what else goes on with the machine, for moving much: a log or a command does
   * not wait behind it. Absent where nothing is shared: this computer.
   * @param door where the program runs as well, without a login script and a Python of its own
   */
  lane?(program: Program, signal: AbortSignal, door?: Door): Promise<HostProcess>;

  /**
   * Has so many of a program run before they are wanted, and none with another request: the next calls of {@link python},
   * or of {@link lane}, for the same take one of them. Only for programs that do nothing of consequence before the caller
   * writes more than the request. Resolves once they run, or it turned out that they cannot. One that nobody wants for
   * some minutes ends. Absent where starting takes no time worth that: this computer.
   */
  standBy?(program: Program, way: 'python' | 'lane', count: number): Promise<void>;

  /**
   * Resolves once the machine is reached, and what is started does not wait for that. Absent where there is nothing to
   * wait for: this computer.
   * @throws {ConnectionError | AuthError | HostKeyError}
   */
  reached?(signal: AbortSignal): Promise<void>;

  /** How long a question and its answer travel, as far as is known. */
  readonly roundTripMs?: number | undefined;

  /**
   * An interactive login shell in a pseudo-terminal, for a person.
   * Absent where the caller has terminals of its own: this computer.
   */
  shell?(size: TerminalSize, signal: AbortSignal): Promise<HostShell>;

  /**
   * A connection to a port of the machine. Absent where the caller reaches its ports without us: this computer.
   * @throws {MachineError} the machine does not let its ports be forwarded
   * @throws {ConnectionError} nothing answers there, or the machine cannot be reached
   */
  connectTo?(port: number, signal: AbortSignal): Promise<Duplex>;

  /** Its files, for a person who looks at them; the caller disposes them. @throws {MachineError} there is no SFTP */
  files(signal: AbortSignal): Promise<HostFiles>;

  /**
   * Its files where none of our programs runs; the caller disposes it. Absent where programs are the only way in: this
   * computer.
   * @throws {MachineError} there is no SFTP
   * @throws {ConnectionError} the machine cannot be reached, or refuses a channel more
   */
  store?(signal: AbortSignal): Promise<HostStore>;
}

/** One of our Python files and what it is asked to do. */
export interface Program {
  /** File name under `runtime/`, for messages and the log. */
  readonly name: string;
  readonly source: string;
  /** Anything JSON can say. Never a secret: it may be logged at trace level. */
  readonly request: unknown;
}

/**
 * Path of a socket of the machine at which a program of ours runs for each connection, as if it had been started: it finds
 * its request, and says what it says. It may become known later, or `undefined` where there is none.
 */
export type Door = Promise<string | undefined>;

/** How a process ended. `lost` means the connection went first and nobody knows. */
export type Exit =
  | { readonly kind: 'code'; readonly code: number }
  | { readonly kind: 'signal'; readonly signal: string }
  | { readonly kind: 'lost'; readonly error: ConnectionError };

export interface HostProcess {
  /** Fails quietly once the process is gone: `exit` is what tells. */
  readonly stdin: Writable;
  readonly stdout: Readable;
  /** Settles after stdout has ended; never rejects. */
  readonly exit: Promise<Exit>;
  /** The last few KiB of stderr so far: what a failing program said. */
  stderrTail(): string;
  /** Ends the process (or closes its channel). Safe to repeat. */
  kill(): void;
}

export interface TerminalSize {
  readonly columns: number;
  readonly rows: number;
}

export interface HostShell {
  readonly input: Writable;
  readonly output: Readable;
  readonly exit: Promise<Exit>;
  resize(size: TerminalSize): void;
  kill(): void;
}

/** Where programs run. An alias of `~/.ssh/config` is resolved before it gets here. */
export type Endpoint = { readonly kind: 'local' } | SshEndpoint;

/** Where a machine answers and how to log in. */
export interface SshEndpoint {
  readonly kind: 'ssh';
  readonly host: string;
  readonly port: number;
  readonly user: string;
  /** Private key files to try, in order; empty means the usual files of `~/.ssh`. */
  readonly identityFiles: readonly string[];
  /** Offer nothing but `identityFiles`; otherwise the agent's keys are offered too. */
  readonly identitiesOnly?: boolean;
  /** The agent's socket when it is not the usual one (IdentityAgent); `none` for no agent. */
  readonly identityAgent?: string;
  /** The name known_hosts may hold the key under, when it is not `host` (HostKeyAlias). */
  readonly hostKeyAlias?: string;
  /** The jump host, if there is one. */
  readonly via?: SshEndpoint;
}
