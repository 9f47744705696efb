import { spawn, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { waitFor } from './waitFor.js';
import type { CliOptions } from './cli.js';

const repository = join(import.meta.dirname, '../..');

/** Gives the program a terminal of its own: keys come in by stdin, the screen goes out by stdout. */
const terminalSource = 'import os, pty, sys; sys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[1:])))';

/** A person at a terminal, in front of a `trainyard` command. */
export class CliTerminal {
  readonly #process: ChildProcess;
  readonly #ended: Promise<number | null>;
  #screen = '';

  constructor(args: readonly string[], { home, env, cwd }: CliOptions) {
    const command = [process.execPath, join(repository, 'dist/cli.js'), ...args];
    this.#process = spawn('python3', ['-c', terminalSource, ...command], {
      cwd: cwd ?? repository,
      stdio: ['pipe', 'pipe', 'inherit'],
      env: { ...process.env, TRAINYARD_HOME: home, TRAINYARD_POLL_MS: '50', ...env },
    });
    this.#process.stdout?.setEncoding('utf8').on('data', (text: string) => (this.#screen += text));
    this.#ended = new Promise((resolve) => this.#process.once('close', resolve));
  }

  /** Everything that was written to the screen since {@link forget}. */
  get screen(): string {
    return this.#screen;
  }

  forget(): void {
    this.#screen = '';
  }

  /** Resolves once the screen shows it. */
  async see(text: RegExp): Promise<void> {
    await waitFor(`${String(text)} on the screen`, () => text.test(this.#screen), { timeoutMs: 60_000 });
  }

  type(keys: string): void {
    this.#process.stdin?.write(keys);
  }

  pressControlC(): void {
    this.type('\u0003');
  }

  /** The exit code. */
  async end(): Promise<number | null> {
    const code = await this.#ended;
    this.#process.stdin?.destroy();
    return code;
  }
}
