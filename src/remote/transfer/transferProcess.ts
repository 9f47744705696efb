import * as v from 'valibot';
import { ConnectionError, InputError, MachineError, messageOf, NoProgramsError } from '../../errors.js';
import { abortable } from '../../abortable.js';
import { noPythonError, noPythonExitCode } from '../boot.js';
import { type BytePath, textOf } from './bytePath.js';
import { diskFullThere } from './diskRoom.js';
import { ForeignBytes, type Frame, frame, FrameReader } from './frames.js';
import type { Door, Host, HostProcess } from '../host.js';
import type { RuntimeFiles } from '../runtimeFiles.js';

const messageKind = 'J';
const aliveKind = 'K';
/** The program takes 20 s of silence for our end. */
const aliveEveryMs = 5_000;

const failureSchema = v.object({
  event: v.literal('error'),
  code: v.string(),
  message: v.string(),
  path: v.optional(v.string()),
  needed: v.optional(v.number()),
  free: v.optional(v.number()),
});
type Failure = v.InferOutput<typeof failureSchema>;

/** What arrived of a file is not what was announced, so one of the two was read while it changed. */
export class ContentRejected extends Error {
  readonly path: BytePath;

  constructor(path: BytePath) {
    super(`${textOf(path)} arrived as something else`);
    this.path = path;
  }
}

/** The machine has not what the tree was told by. */
export class BaseRejected extends Error {}

/** What speaks in frames, of the files under `runtime/`. */
export type TransferProgram = 'transfer.py' | 'upload.py' | 'lane.py';

/** One run of such a program on a machine, with what it says when it fails turned into our errors. */
export class TransferProcess {
  readonly #host: Host;
  readonly #process: HostProcess;
  readonly #frames: FrameReader;
  readonly #signal: AbortSignal;
  readonly #onAbort = (): void => this.close();
  #alive: NodeJS.Timeout | undefined;

  private constructor(host: Host, process: HostProcess, signal: AbortSignal) {
    this.#host = host;
    this.#process = process;
    this.#signal = signal;
    this.#frames = new FrameReader(process.stdout);
    signal.addEventListener('abort', this.#onAbort);
    // A pipe that breaks while we write says no more than the end of stdout and the exit, which are read.
    process.stdin.on('error', () => undefined);
  }

  /** @throws as {@link Host.python} */
  static async start(
    host: Host,
    runtime: RuntimeFiles,
    request: unknown,
    signal: AbortSignal,
    name: TransferProgram = 'transfer.py',
  ): Promise<TransferProcess> {
    const process = await host.python(await runtime.program(name, request), signal);
    return TransferProcess.#around(host, process, signal);
  }

  /** The same apart from what else goes on with the machine, where it has such a way. */
  static async startApart(
    host: Host,
    runtime: RuntimeFiles,
    request: unknown,
    signal: AbortSignal,
    name: TransferProgram = 'transfer.py',
    door?: Door,
  ): Promise<TransferProcess> {
    const program = await runtime.program(name, request);
    const process = await (host.lane?.(program, signal, door) ?? host.python(program, signal));
    return TransferProcess.#around(host, process, signal);
  }

  static #around(host: Host, process: HostProcess, signal: AbortSignal): TransferProcess {
    const transfer = new TransferProcess(host, process, signal);
    if (signal.aborted) transfer.close();
    return transfer;
  }

  /** Resolves when the program runs: what is sent from now on it reads. @throws as {@link next} */
  async begun(): Promise<void> {
    if (!(await this.#understood(() => this.#frames.greeted()))) throw await this.#endedEarly();
  }

  /**
   * The next frame that is not just a sign of life.
   * @throws {MachineError} what the program refused to do
   * @throws {ConnectionError} it ended, or the connection did, before it was finished
   * @throws {NoProgramsError} it never began to speak
   */
  async next(): Promise<Frame> {
    for (;;) {
      const next = await this.#nextFrame();
      if (next === undefined) throw await this.#endedEarly();
      if (next.kind !== aliveKind) return next;
    }
  }

  /** The next frame, which must be a message of this form. */
  async message<T extends v.GenericSchema>(schema: T): Promise<v.InferOutput<T>> {
    return this.parse(await this.next(), schema);
  }

  parse<T extends v.GenericSchema>(received: Frame, schema: T): v.InferOutput<T> {
    const parsed =
      received.kind === messageKind ? v.safeParse(schema, parseJson(received.payload)) : undefined;
    if (parsed?.success !== true) throw this.foreign(`a frame of kind ${received.kind}`);
    return parsed.output;
  }

  /**
   * Writes the pieces one behind the other and waits until they have gone on: their memory is the caller's again, and
   * there is room for more. False when nobody reads any more: stop writing; why is told by {@link next}.
   */
  async send(...pieces: readonly Uint8Array[]): Promise<boolean> {
    const { stdin } = this.#process;
    if (stdin.destroyed || !stdin.writable) return false;
    return new Promise((resolve) => {
      const settle = (): void => {
        stdin.off('close', settle);
        stdin.off('error', settle);
        resolve(!stdin.destroyed && stdin.writable);
      };
      stdin.on('close', settle).on('error', settle);
      for (const [at, piece] of pieces.entries())
        stdin.write(piece, at === pieces.length - 1 ? settle : undefined);
    });
  }

  /** From now on the program expects frames, so it hears from us although there may be nothing to say. */
  stayAlive(): void {
    const { stdin } = this.#process;
    const sign = frame(aliveKind, Buffer.alloc(0));
    this.#alive ??= setInterval(() => {
      if (stdin.writable && !stdin.writableNeedDrain) stdin.write(sign);
    }, aliveEveryMs);
  }

  /** Ends the program, whatever it is doing. Safe to repeat. */
  close(): void {
    clearInterval(this.#alive);
    this.#signal.removeEventListener('abort', this.#onAbort);
    this.#process.kill();
    // What was not read must not keep the channel open.
    this.#frames.close();
  }

  foreign(what: string): MachineError {
    const message = `${this.#host.name} answered with something Trainyard does not understand (${what}); check what its login scripts print.`;
    return this.#frames.isGreeted
      ? new MachineError(message)
      : new NoProgramsError(message, 'something else answers in their place');
  }

  async #nextFrame(): Promise<Frame | undefined> {
    this.#signal.throwIfAborted();
    const next = await this.#understood(() => this.#frames.take() ?? this.#frames.next());
    if (next?.kind !== messageKind) return next;
    const failure = v.safeParse(failureSchema, parseJson(next.payload));
    if (failure.success) throw this.#errorOf(failure.output);
    return next;
  }

  /** Nothing more comes once the signal did: that closes the frames. */
  async #understood<T>(read: () => T | Promise<T>): Promise<T> {
    try {
      return await read();
    } catch (error) {
      throw error instanceof ForeignBytes ? this.foreign(error.message) : error;
    }
  }

  #errorOf(failure: Failure): Error {
    const { name } = this.#host;
    switch (failure.code) {
      case 'folder':
        return new InputError(`On ${name}, ${failure.message}.`);
      case 'base':
        return new BaseRejected(failure.message);
      case 'rejected':
        return new ContentRejected(failure.path ?? '');
      case 'disk-full':
        return diskFullThere(name, textOf(failure.path ?? ''), failure.needed ?? 0, failure.free ?? 0);
      default:
        return new MachineError(`On ${name}, ${failure.message}.`);
    }
  }

  async #endedEarly(): Promise<Error> {
    const exit = await abortable(this.#process.exit, this.#signal);
    const { name } = this.#host;
    if (exit.kind === 'lost') return exit.error;
    if (exit.kind === 'code' && exit.code === noPythonExitCode) return noPythonError(name);
    if (exit.kind === 'code' && (exit.code !== 0 || !this.#frames.isGreeted)) {
      const said = this.#process.stderrTail().trim().split('\n').at(-1) ?? '';
      if (this.#frames.isGreeted)
        return new MachineError(`The transfer program failed on ${name} with code ${exit.code}: ${said}`);
      return new NoProgramsError(
        `${name} ended Trainyard's program before it began (code ${exit.code}${said === '' ? '' : `: ${said}`}); ` +
          'check that whoever logs in there may run commands, and what python3 says there.',
      );
    }
    // It believes that we are gone, or somebody ended it: the work is not done, and another try may do it.
    return new ConnectionError(`The transfer with ${name} was broken off.`, 'lost');
  }
}

function parseJson(payload: Buffer): unknown {
  try {
    return JSON.parse(payload.toString('utf8'));
  } catch (error) {
    throw new MachineError(`The machine answered with broken JSON (${messageOf(error)}).`, { cause: error });
  }
}
