import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import * as v from 'valibot';
import { MachineError } from '../../errors.js';
import { toBytePath } from './bytePath.js';
import { beginKind, frame } from './frames.js';
import type { Host } from '../host.js';
import { Mirror } from './mirror.js';
import type { RuntimeFiles } from '../runtimeFiles.js';
import { TransferProcess } from './transferProcess.js';

/** The files of a run that are the same here and there, byte for byte. */
export type MirroredFile = 'log' | 'gpu';

export interface RunOnMachine {
  readonly job: string;
  /** What earlier attempts left in `state.json` is not told. */
  readonly attempt: number;
}

export interface FollowedRun extends RunOnMachine {
  /** Absolute path of the local folder for `output.log` and `gpu.jsonl`. */
  readonly dir: string;
  /** Where the files of this machine begin in the files here, in bytes: what is before came from other machines. */
  readonly base?: Readonly<Record<MirroredFile, number>>;
}

export interface FollowListener {
  /** A new `state.json` of this attempt or a later one; told in order, and before the files have all of its time. */
  onState(state: unknown): void;
  /** That many bytes were written to the local file, which is now `length` long as far as it is known to be right. */
  onBytes?(file: MirroredFile, count: number, length: number): void;
}

const names = { log: 'output.log', gpu: 'gpu.jsonl' } as const;

const summary = v.object({ size: v.number(), sha256: v.string() });
const fromAnswer = v.object({ event: v.literal('from'), log: v.number(), gpu: v.number() });
const finalAnswer = v.object({ event: v.literal('final'), log: summary, gpu: summary });
type Final = v.InferOutput<typeof finalAnswer>;

/** Has the program run on the machine that will follow a run, before there is anything to follow. */
export async function prepareFollow(host: Host, runtime: RuntimeFiles, run: RunOnMachine): Promise<void> {
  await host.standBy?.(await runtime.program('transfer.py', followRequest(host, run)), 'python', 1);
}

function followRequest({ root }: Host, { job, attempt }: RunOnMachine): unknown {
  return { op: 'follow', root: toBytePath(root), job, attempt };
}

/**
 * Keeps the run's log and load samples here as they are there, from wherever the local files end, and tells its
 * state. Resolves when the attempt has ended and both files are equal, by sha256. One long-lived channel; a written
 * byte comes within the round trip where the machine's kernel tells of changes, else within some 40 ms.
 * @throws {ConnectionError} the connection broke; called again, it goes on where the local files end
 * @throws {MachineError} the run is not there, or a file became shorter or was replaced
 */
export async function followRun(
  host: Host,
  runtime: RuntimeFiles,
  run: FollowedRun,
  listener: FollowListener,
  signal: AbortSignal,
): Promise<void> {
  await mkdir(run.dir, { recursive: true });
  const { base = { log: 0, gpu: 0 } } = run;
  const log = await Mirror.open(join(run.dir, names.log), base.log);
  try {
    const gpu = await Mirror.open(join(run.dir, names.gpu), base.gpu);
    try {
      await new Following(host, runtime, run, { log, gpu }, listener, signal).toTheEnd();
    } finally {
      await gpu.close();
    }
  } finally {
    await log.close();
  }
}

class Following {
  readonly #host: Host;
  readonly #runtime: RuntimeFiles;
  readonly #run: FollowedRun;
  readonly #mirrors: Readonly<Record<MirroredFile, Mirror>>;
  readonly #listener: FollowListener;
  readonly #signal: AbortSignal;

  constructor(
    host: Host,
    runtime: RuntimeFiles,
    run: FollowedRun,
    mirrors: Readonly<Record<MirroredFile, Mirror>>,
    listener: FollowListener,
    signal: AbortSignal,
  ) {
    this.#host = host;
    this.#runtime = runtime;
    this.#run = run;
    this.#mirrors = mirrors;
    this.#listener = listener;
    this.#signal = signal;
  }

  /** From the local ends; once more from the beginning when the whole turns out to be another. */
  async toTheEnd(): Promise<void> {
    const { log, gpu } = this.#mirrors;
    const fromEnds = await this.#follow({ log: await log.probes(), gpu: await gpu.probes() });
    if (await this.#isComplete(fromEnds)) return;
    const fromStart = await this.#follow({ log: [], gpu: [] });
    if (await this.#isComplete(fromStart)) return;
    throw new MachineError(
      `The log of ${this.#run.job} on ${this.#host.name} changes where it was written already; ` +
        `look at ${names.log} in its run folder there.`,
    );
  }

  async #follow(probes: Readonly<Record<MirroredFile, unknown>>): Promise<Final> {
    const request = followRequest(this.#host, this.#run);
    const transfer = await TransferProcess.start(this.#host, this.#runtime, request, this.#signal);
    try {
      await transfer.send(frame(beginKind, Buffer.from(JSON.stringify(probes))));
      const from = await transfer.message(fromAnswer);
      await this.#mirrors.log.startAt(from.log);
      await this.#mirrors.gpu.startAt(from.gpu);
      return await this.#receive(transfer);
    } finally {
      transfer.close();
    }
  }

  async #receive(transfer: TransferProcess): Promise<Final> {
    for (;;) {
      const next = await transfer.next();
      switch (next.kind) {
        case 'L':
          await this.#append('log', next.payload);
          break;
        case 'G':
          await this.#append('gpu', next.payload);
          break;
        case 'T':
          this.#listener.onState(JSON.parse(next.payload.toString('utf8')));
          break;
        default:
          return transfer.parse(next, finalAnswer);
      }
    }
  }

  #append(file: MirroredFile, bytes: Buffer): Promise<void> {
    const told = (length: number): void => this.#listener.onBytes?.(file, bytes.length, length);
    return this.#mirrors[file].append(bytes, told);
  }

  async #isComplete({ log, gpu }: Final): Promise<boolean> {
    const mirrors = this.#mirrors;
    const equal =
      (await mirrors.log.isExactly(log.size, log.sha256, this.#signal)) &&
      (await mirrors.gpu.isExactly(gpu.size, gpu.sha256, this.#signal));
    if (equal) await Promise.all([mirrors.log.flush(), mirrors.gpu.flush()]);
    return equal;
  }
}
