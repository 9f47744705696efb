import { spawn } from 'node:child_process';
import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { homedir } from 'node:os';
import { MachineError, messageOf } from '../errors.js';
import { bootPayload, noPythonError, pythonArguments } from './boot.js';
import type { Exit, Host, HostProcess, Program } from './host.js';
import type { HostFiles } from './hostFiles.js';
import { LocalFiles } from './localFiles.js';
import { OutputTail } from './outputTail.js';

export interface LocalHostOptions {
  /** Trainyard's folder on this computer, absolute. */
  readonly root: string;
  /** The interpreter to use instead of the `python3` of the PATH. */
  readonly python?: string;
}

/** This computer. */
export class LocalHost implements Host {
  readonly name = 'this computer';
  readonly kind = 'local';
  readonly root: string;
  readonly #python: string;
  readonly #running = new Set<ChildProcessWithoutNullStreams>();

  constructor(options: LocalHostOptions) {
    this.root = options.root;
    this.#python = options.python ?? 'python3';
  }

  async python(program: Program, signal: AbortSignal): Promise<HostProcess> {
    signal.throwIfAborted();
    // A session of its own: Ctrl-C in our terminal is a question to us, not the end of our programs.
    const child = spawn(this.#python, pythonArguments, {
      cwd: homedir(),
      detached: process.platform !== 'win32',
      windowsHide: true,
    });
    const exit = exitOf(child);
    child.stdin.on('error', () => undefined);
    await this.#started(child);
    this.#running.add(child);
    void exit.then(() => this.#running.delete(child));
    child.stdin.write(bootPayload(program));

    const stderr = new OutputTail(child.stderr);
    return {
      stdin: child.stdin,
      stdout: child.stdout,
      exit,
      stderrTail: () => stderr.toString(),
      kill: () => void child.kill(),
    };
  }

  files(): Promise<HostFiles> {
    return Promise.resolve(new LocalFiles());
  }

  dispose(): void {
    for (const child of this.#running) child.kill();
  }

  #started(child: ChildProcessWithoutNullStreams): Promise<void> {
    return new Promise((resolve, reject) => {
      child.once('spawn', resolve);
      child.on('error', (error: NodeJS.ErrnoException) => reject(this.#startError(error)));
    });
  }

  #startError(error: NodeJS.ErrnoException): MachineError {
    if (error.code !== 'ENOENT')
      return new MachineError(`Python could not be started on this computer: ${messageOf(error)}`, {
        cause: error,
      });
    if (this.#python === 'python3') return noPythonError(this.name);
    return new MachineError(
      `There is no ${this.#python} on this computer: set the Python that Trainyard uses to one that exists, 3.8 or newer.`,
      { cause: error },
    );
  }
}

function exitOf(child: ChildProcessWithoutNullStreams): Promise<Exit> {
  return new Promise((resolve) => {
    child.once('close', (code: number | null, signal: string | null) =>
      resolve(code === null ? { kind: 'signal', signal: signal ?? 'SIGKILL' } : { kind: 'code', code }),
    );
  });
}
