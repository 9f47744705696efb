import { access, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { hasCode } from '../errors.js';
import type { JobFolder } from '../home.js';
import { readCheckpointList, type SeenCheckpoint } from './checkpointList.js';
import { checkpointMoment, type CheckpointMoment } from './checkpointMoment.js';
import { mirroredCheckpoints, timeNameOf, type MirroredCheckpoint } from './mirroredCheckpoints.js';

/** A checkpoint of a job, wherever it is. */
export interface JobCheckpoint extends CheckpointMoment {
  /** The same for the same content of the same name. */
  readonly id: string;
  /** As the training calls it. */
  readonly name: string;
  /** Unix seconds of the machine's clock. */
  readonly modified: number;
  readonly bytes: number;
  /** The file or folder on this computer; `null` when it is on the machine only, or not whole here. */
  readonly here: string | null;
}

/** Looks at the checkpoints of a job: what its machine was seen to have, and what is on this computer. */
export class JobCheckpoints {
  readonly #folder: JobFolder;
  #signature = '';

  constructor(folder: JobFolder) {
    this.#folder = folder;
  }

  /** All of them, oldest first; `undefined` when nothing has changed since the last look. */
  async look(): Promise<readonly JobCheckpoint[] | undefined> {
    const { checkpointList, checkpoints } = this.#folder;
    const signature = (await Promise.all([checkpointList, checkpoints].map(traceOf))).join();
    if (signature === this.#signature) return undefined;
    const found = await findCheckpoints(this.#folder);
    this.#signature = signature;
    return found;
  }
}

/** Something that changes with the file or with the names in the folder. */
async function traceOf(path: string): Promise<string> {
  try {
    const { mtimeMs, size, ino } = await stat(path);
    return `${mtimeMs} ${size} ${ino}`;
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return '';
    throw error;
  }
}

async function findCheckpoints(folder: JobFolder): Promise<readonly JobCheckpoint[]> {
  const [seen, mirrored] = await Promise.all([readCheckpointList(folder), mirroredCheckpoints(folder)]);
  const copies = new Map(
    await Promise.all(mirrored.map(async (each) => [each.time, await copyOf(each)] as const)),
  );
  const listed = await Promise.all(
    seen.map(async (each) => {
      const copy = copies.get(timeNameOf(each.modified));
      if (copy?.name !== each.name) return toCheckpoint(each, await localPathOf(each));
      copies.delete(timeNameOf(each.modified));
      return toCheckpoint(each, copy.bytes === each.bytes ? copy.path : null);
    }),
  );
  // What the training has rotated away since, or what an earlier machine had.
  const others = [...copies.values()].flatMap((copy) => (copy ? [toCheckpoint(copy, copy.path)] : []));
  return [...listed, ...others].sort((a, b) => a.modified - b.modified);
}

interface Copy extends Omit<SeenCheckpoint, 'local'> {
  readonly path: string;
}

/** `undefined` when it was emptied, or let go of meanwhile. */
async function copyOf({ time, path }: MirroredCheckpoint): Promise<Copy | undefined> {
  try {
    const [name] = await readdir(path);
    if (name === undefined) return undefined;
    const entries = await readdir(path, { recursive: true, withFileTypes: true });
    const files = entries.filter((entry) => entry.isFile());
    const sizes = await Promise.all(
      files.map(async (file) => (await stat(join(file.parentPath, file.name))).size),
    );
    const bytes = sizes.reduce((sum, size) => sum + size, 0);
    return { name, modified: Number(time), bytes, path: join(path, name) };
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw error;
  }
}

async function localPathOf({ local }: SeenCheckpoint): Promise<string | null> {
  if (local === null) return null;
  try {
    await access(local);
    return local;
  } catch {
    return null;
  }
}

function toCheckpoint(
  { name, modified, bytes }: Omit<SeenCheckpoint, 'local'>,
  here: string | null,
): JobCheckpoint {
  return {
    ...checkpointMoment(name),
    id: `${timeNameOf(modified)} ${name}`,
    name,
    modified,
    bytes,
    here,
  };
}
