import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { hasCode } from '../errors.js';
import type { JobFolder } from '../home.js';

/** A checkpoint that was brought here, whole and compared. */
export interface MirroredCheckpoint {
  /** When it was written: Unix seconds of the machine's clock, with three decimals. */
  readonly time: string;
  /** The folder that holds it here, and nothing else. */
  readonly path: string;
}

/** What a checkpoint of that time is called in the job's `checkpoints/` folder here. */
export const timeNameOf = (modified: number): string => modified.toFixed(3);

/** The checkpoints that are here, oldest first. One that is still on its way bears another name. */
export async function mirroredCheckpoints({
  checkpoints,
}: JobFolder): Promise<readonly MirroredCheckpoint[]> {
  let names: string[];
  try {
    names = await readdir(checkpoints);
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return [];
    throw error;
  }
  return names
    .filter((name) => /^\d+\.\d+$/.test(name))
    .sort((a, b) => Number(a) - Number(b))
    .map((time) => ({ time, path: join(checkpoints, time) }));
}
