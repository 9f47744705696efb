import { createInterface } from 'node:readline';
import * as v from 'valibot';
import { MachineError } from '../errors.js';
import { abortable } from '../abortable.js';
import { noPythonError, noPythonExitCode } from './boot.js';
import type { Host, HostProcess, Program } from './host.js';

/** One run of `runtime/health.py` on a machine: JSON lines out of it, bytes into it. */
export class HealthInquiry {
  readonly #host: Host;
  readonly #process: HostProcess;
  readonly #lines: AsyncIterator<string>;
  readonly #signal: AbortSignal;
  readonly #onAbort = (): void => this.#process.kill();

  private constructor(host: Host, process: HostProcess, signal: AbortSignal) {
    this.#host = host;
    this.#process = process;
    this.#signal = signal;
    this.#lines = createInterface({ input: process.stdout, crlfDelay: Infinity })[Symbol.asyncIterator]();
    // A pipe that breaks while we write says no more than the exit, which is looked at.
    process.stdin.on('error', () => undefined);
    signal.addEventListener('abort', this.#onAbort);
  }

  /** @throws as {@link Host.python} */
  static async start(host: Host, program: Program, signal: AbortSignal): Promise<HealthInquiry> {
    return new HealthInquiry(host, await host.python(program, signal), signal);
  }

  write(bytes: Buffer): void {
    this.#process.stdin.write(bytes);
  }

  /**
   * The next line of this form; others are a shell's greeting.
   * @throws {MachineError} it ended without one
   * @throws {ConnectionError} the connection did
   */
  async next<T extends v.GenericSchema>(schema: T): Promise<v.InferOutput<T>> {
    for (;;) {
      const line = await abortable(this.#lines.next(), this.#signal);
      if (line.done === true) throw await this.#endedEarly();
      const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), schema), line.value);
      if (parsed.success) return parsed.output;
    }
  }

  /** Ends the program, whatever it is doing. */
  end(): void {
    this.#signal.removeEventListener('abort', this.#onAbort);
    this.#process.kill();
  }

  async #endedEarly(): Promise<Error> {
    const exit = await abortable(this.#process.exit, this.#signal);
    if (exit.kind === 'lost') return exit.error;
    if (exit.kind === 'code' && exit.code === noPythonExitCode) return noPythonError(this.#host.name);
    const said = this.#process.stderrTail().trim().split('\n').at(-1) ?? '';
    return new MachineError(
      `${this.#host.name} could not be checked: health.py ended without an answer. ${said}`.trim(),
    );
  }
}
