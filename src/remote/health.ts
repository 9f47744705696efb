import * as v from 'valibot';
import { MachineError } from '../errors.js';
import { formatBytes, formatDuration } from '../format.js';
import { timeScaleOf } from '../timeScale.js';
import { HealthInquiry } from './healthInquiry.js';
import type { Host } from './host.js';
import { type LineSpeed, measureLine } from './lineSpeed.js';
import type { RuntimeFiles } from './runtimeFiles.js';

/** What was paid for; `null` does not matter. */
export interface Expectation {
  readonly gpus: number | null;
  /** Memory of one GPU in GB as it is advertised. */
  readonly vramGb: number | null;
  readonly needGpu: boolean;
  /** Another machine was refused for a slow line too, so it is this computer's: not held against the next one. */
  readonly isOwnLineSlow?: boolean;
}

const megabyte = 1024 * 1024;
const limitMs = 60_000;
/** About a second of an ordinary SSD. */
const writtenBytes = 256 * megabyte;

/** Checkpoints of gigabytes and datasets of many are written; a slower disk makes the GPU wait for minutes each time. */
const leastWriteBytesPerSecond = 20 * megabyte;
/** Below this a dataset of one gigabyte takes more than an hour of paid time. */
const leastUpBytesPerSecond = megabyte / 4;
/**
 * Of the advertised memory, decimal: drivers and error correction take a part. An L4 of 24 GB shows 24.1, an L40S of
 * 48 GB 48.3, a T4 of 16 GB with error correction 15.8; what is sold as the next larger card is far below.
 */
const leastMemoryShare = 0.9;

const readySchema = v.object({ event: v.literal('ready') });
const healthSchema = v.object({
  event: v.literal('health'),
  gpus: v.array(
    v.object({ name: v.string(), memoryBytes: v.nullable(v.number()), driver: v.nullable(v.string()) }),
  ),
  cuda: v.nullable(v.object({ version: v.string(), devices: v.number() })),
  matmul: v.object({
    ok: v.nullable(v.boolean()),
    by: v.nullable(v.picklist(['cuda', 'torch'])),
    seconds: v.nullable(v.number()),
    message: v.nullable(v.string()),
    failed: v.array(v.number()),
  }),
  disk: v.object({ writeBytesPerSecond: v.nullable(v.number()), freeBytes: v.nullable(v.number()) }),
  problems: v.array(v.object({ code: v.string(), message: v.string() })),
});

/** What `runtime/health.py` found; `null` is unknown. See there for what each part means. */
export interface Health extends Omit<v.InferOutput<typeof healthSchema>, 'event'> {
  /** Between here and the machine. */
  readonly line: LineSpeed;
}

export interface CheckOptions {
  /** How long all of it may take. */
  readonly limitMs?: number;
  readonly timeScale?: number;
}

/**
 * Looks once whether a machine can be used: its GPUs, its disk and the line to it. Takes a few seconds where all is well
 * and never more than a minute.
 * @throws {MachineError} it cannot be looked at: no python3, or no answer in time. It is as useless as a sick one.
 * @throws {ConnectionError} the connection broke; trying again may help
 */
export async function checkHealth(
  host: Host,
  runtime: RuntimeFiles,
  { needGpu }: Expectation,
  signal: AbortSignal,
  options: CheckOptions = {},
): Promise<Health> {
  const { timeScale = timeScaleOf(process.env) } = options;
  const timeUp = AbortSignal.timeout(options.limitMs ?? limitMs);
  // Where tests shorten waits, many machines share one disk.
  const diskBytes = Math.round(writtenBytes * Math.min(1, timeScale));
  try {
    const program = await runtime.program('health.py', { root: host.root, needGpu, diskBytes });
    return await ask(await HealthInquiry.start(host, program, AbortSignal.any([signal, timeUp])));
  } catch (error) {
    if (!timeUp.aborted || signal.aborted) throw error;
    throw new MachineError(`${host.name} could not be checked: it did not answer in time.`, { cause: error });
  }
}

async function ask(inquiry: HealthInquiry): Promise<Health> {
  try {
    await inquiry.next(readySchema);
    const line = await measureLine(inquiry);
    const { gpus, cuda, matmul, disk, problems } = await inquiry.next(healthSchema);
    return { gpus, cuda, matmul, disk, problems, line };
  } finally {
    inquiry.end();
  }
}

/** What speaks against using the machine, the gravest first: a sentence each about "it". */
export function problemsOf(
  health: Health,
  expectation: Expectation,
  timeScale = timeScaleOf(process.env),
): string[] {
  const problems = health.problems.map(({ message }) => message);
  if (expectation.needGpu && health.gpus.length > 0) problems.push(...gpuProblems(health, expectation));
  const { writeBytesPerSecond } = health.disk;
  // Where tests shorten waits, machines that share one disk are not held to the speed of a rented one.
  const share = Math.min(1, timeScale);
  if (writeBytesPerSecond !== null && writeBytesPerSecond < leastWriteBytesPerSecond * share) {
    const least = formatBytes(leastWriteBytesPerSecond);
    problems.push(`Its disk writes ${formatBytes(writeBytesPerSecond)} a second; ${least} are needed.`);
  }
  if (isLineSlow(health, timeScale) && expectation.isOwnLineSlow !== true) {
    const { upBytesPerSecond } = health.line;
    const gigabyteMs = (1024 * megabyte * 1000) / Math.max(1, upBytesPerSecond);
    problems.push(
      `The line to it carries ${formatBytes(upBytesPerSecond)} a second: a gigabyte would take ${formatDuration(gigabyteMs)}.`,
    );
  }
  return problems;
}

/** Whether bytes go up too slowly. The reason may be this computer's own line: then every machine looks so. */
export function isLineSlow({ line }: Health, timeScale = timeScaleOf(process.env)): boolean {
  return line.upBytesPerSecond < leastUpBytesPerSecond * Math.min(1, timeScale);
}

function gpuProblems({ gpus }: Health, { gpus: count, vramGb }: Expectation): string[] {
  const problems: string[] = [];
  if (count !== null && gpus.length < count) {
    problems.push(`It has ${gpus.length === 1 ? '1 GPU' : `${gpus.length} GPUs`} and ${count} are paid for.`);
  }
  const least = (vramGb ?? 0) * 1e9 * leastMemoryShare;
  const small = gpus.find(({ memoryBytes }) => memoryBytes !== null && memoryBytes < least);
  if (small) {
    const has = formatBytes(small.memoryBytes ?? 0);
    problems.push(`Its ${small.name} has ${has} of memory and ${vramGb ?? 0} GB are paid for.`);
  }
  return problems;
}
