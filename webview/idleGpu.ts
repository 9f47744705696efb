import type { SystemSample } from '../src/protocol.js';

/** Why a GPU that trains has little to do, as far as the load of the machine tells. */
export type IdleCause =
  /** Nothing of the training is in its memory. */
  | 'unused'
  /** Some GPUs work, others have nothing to do. */
  | 'others'
  /** All processors are busy, probably with preparing the data. */
  | 'processors'
  /** The machine has no memory left. */
  | 'memory'
  /** Nobody is busy: somebody waits for data, or the work comes in crumbs. */
  | 'waiting';

export interface IdleGpu {
  /** Mean utilisation over the time that was looked at. */
  readonly percent: number;
  readonly cause: IdleCause;
  /** How many GPUs work, of how many. */
  readonly working: number;
  readonly count: number;
}

/** Two minutes at one sample every five seconds: the pause of a validation or a checkpoint is no idling. */
export const idleWindow = 24;
const idlePercent = 20;
const workingPercent = 50;
const unusedMemoryShare = 0.02;
const busyCpuPercent = 80;
const fullMemoryShare = 0.95;

/** Says when the GPUs of a machine that trains idle; `null` while they do not, or nobody can tell. */
export function idleGpu(samples: readonly SystemSample[]): IdleGpu | null {
  const recent = samples.slice(-idleWindow);
  const count = recent.at(-1)?.gpus.length ?? 0;
  if (recent.length < idleWindow || count === 0) return null;
  const means = Array.from({ length: count }, (_, index) =>
    mean(recent.map(({ gpus }) => gpus[index]?.utilizationPercent ?? null)),
  );
  if (!means.every((percent) => percent !== null)) return null;
  const idle = means.filter((percent) => percent < idlePercent);
  if (idle.length === 0) return null;
  const working = means.filter((percent) => percent >= workingPercent).length;
  if (idle.length < count && working === 0) return null;
  const percent = idle.reduce((sum, each) => sum + each, 0) / idle.length;
  return { percent, working, count, cause: working > 0 ? 'others' : causeOf(recent) };
}

function causeOf(samples: readonly SystemSample[]): IdleCause {
  const share = (of: (sample: SystemSample) => number | null): number => mean(samples.map(of)) ?? 0;
  const gpuMemory = mean(
    samples.flatMap(({ gpus }) =>
      gpus.map(({ memoryUsedBytes, memoryTotalBytes }) => shareOf(memoryUsedBytes, memoryTotalBytes)),
    ),
  );
  if (gpuMemory !== null && gpuMemory < unusedMemoryShare) return 'unused';
  const memory = share(({ memoryUsedBytes, memoryTotalBytes }) => shareOf(memoryUsedBytes, memoryTotalBytes));
  if (memory >= fullMemoryShare) return 'memory';
  return share(({ cpuPercent }) => cpuPercent) >= busyCpuPercent ? 'processors' : 'waiting';
}

/** Of the values that are known; `null` when none is. */
function mean(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? null : known.reduce((sum, value) => sum + value, 0) / known.length;
}

function shareOf(part: number | null, whole: number | null): number | null {
  return part === null || whole === null || whole === 0 ? null : part / whole;
}
