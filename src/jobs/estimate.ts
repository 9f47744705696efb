import { MachineError } from '../errors.js';
import { problem, type Problem } from '../recipes/datasets/problem.js';
import type { Estimate } from '../recipes/recipe.js';
import type { Gpu, MachineFacts } from '../remote/machine.js';

/** What a job is expected to need of the machine. */
export interface Need {
  /** Where it shall run, as a person calls it. */
  readonly where: string;
  readonly datasetBytes: number;
  /** `null` where the recipe cannot tell. */
  readonly estimate: Estimate | null;
}

/** Room beside the dataset where the recipe cannot tell: environment, checkpoints, log. */
const reserveBytes = 512 * 1024 * 1024;
/** As disks and GPUs are sold; a GPU of 24 GB shows a little less than 24 GiB. */
const gigabyte = 1e9;

/** What an estimate adds to the summary of a check. */
export function summaryOf(estimate: Estimate | null): Readonly<Record<string, number>> {
  if (!estimate) return {};
  const { vramGb, diskGb } = estimate;
  return vramGb === null ? { diskGb } : { vramGb, diskGb };
}

/** @throws {MachineError} the disk has no room for dataset, packages and results */
export function refuseSmallDisk({ where, datasetBytes, estimate }: Need, { disk, root }: MachineFacts): void {
  const besideBytes = estimate ? estimate.diskGb * gigabyte : reserveBytes;
  if (disk.freeBytes >= datasetBytes + besideBytes) return;
  throw new MachineError(
    `The disk of ${where} is too small: the dataset needs ${megabytes(datasetBytes)} MB under ${root}, packages and results about ${megabytes(besideBytes)} MB, and ${megabytes(disk.freeBytes)} MB are free. Free some space there ("trainyard reclaim" helps), or train elsewhere.`,
  );
}

/** A warning where the training wants more GPU than the machine has. */
export function gpuProblems({ where, estimate }: Need, machine: MachineFacts): Problem[] {
  const vramGb = estimate?.vramGb ?? null;
  if (vramGb === null || hasMetal(machine)) return [];
  const wanted = `This training wants a GPU with about ${vramGb} GB of memory`;
  const largest = machine.gpus.reduce<Gpu | undefined>(larger, undefined);
  if (!largest) {
    const state =
      machine.gpuProblem === null
        ? `${where} has none`
        : `the driver on ${where} does not answer (${machine.gpuProblem})`;
    const fix = 'Train on a machine with a GPU, or expect it to take very long.';
    return [problem('warning', 'machine.no-gpu', `${wanted}, and ${state}.`, { fix })];
  }
  if (largest.memoryBytes === null || largest.memoryBytes >= vramGb * gigabyte) return [];
  const has = `the ${largest.name} of ${where} has ${Math.round(largest.memoryBytes / gigabyte)} GB`;
  const fix = 'Lower the batch size or take a smaller model, or train on a larger GPU.';
  return [problem('warning', 'machine.small-gpu', `${wanted}, and ${has}.`, { fix })];
}

const larger = (a: Gpu | undefined, b: Gpu): Gpu =>
  a && (a.memoryBytes ?? 0) >= (b.memoryBytes ?? 0) ? a : b;

/** Macs of our time share their memory with their GPU, which nvidia-smi knows nothing of. */
export const hasMetal = ({ platform, arch }: MachineFacts): boolean =>
  platform === 'darwin' && arch === 'arm64';

const megabytes = (bytes: number): string => Math.ceil(bytes / 1e6).toLocaleString('en-US');
