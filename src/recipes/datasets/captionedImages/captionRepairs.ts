import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { hasCode, InputError, messageOf } from '../../../errors.js';
import type { DatasetFolder } from '../datasetFolder.js';
import type { Repair } from '../problem.js';

/** Copies captions to the name under which their image finds them: `[from, to]`. What is there already stays. */
export function copyCaptions(
  folder: DatasetFolder,
  copies: readonly (readonly [from: string, to: string])[],
): Repair {
  return {
    title:
      copies.length === 1 ? 'Copy the caption' : `Copy ${copies.length.toLocaleString('en-US')} captions`,
    changes: [],
    apply: async (signal) => {
      const texts = copies.map(([from, to]) => [to, () => readFile(join(folder.path, from))] as const);
      return `${counted(await writeNew(folder, texts, signal))} copied.`;
    },
  };
}

/** Writes one text beside each image that has no caption. What is there already stays. */
export function writeCaptions(folder: DatasetFolder, paths: readonly string[], text: string): Repair {
  return {
    title:
      paths.length === 1 ? 'Write the caption' : `Write ${paths.length.toLocaleString('en-US')} captions`,
    changes: [],
    apply: async (signal) => {
      const content = Buffer.from(`${text}\n`);
      const texts = paths.map((path) => [path, () => Promise.resolve(content)] as const);
      return `${counted(await writeNew(folder, texts, signal))} written.`;
    },
  };
}

function counted(count: number): string {
  return count === 1 ? '1 caption was' : `${count.toLocaleString('en-US')} captions were`;
}

/**
 * All of the files or none.
 * @returns how many were not there yet
 * @throws {InputError} one cannot be written; those that were are gone again
 */
async function writeNew(
  folder: DatasetFolder,
  texts: readonly (readonly [path: string, content: () => Promise<Buffer>])[],
  signal: AbortSignal,
): Promise<number> {
  const written: string[] = [];
  try {
    for (const [path, content] of texts) {
      signal.throwIfAborted();
      const target = join(folder.path, path);
      if (await writeIfAbsent(target, await content())) written.push(target);
    }
  } catch (cause) {
    for (const path of written) await rm(path, { force: true });
    signal.throwIfAborted();
    throw new InputError(`The captions cannot be written (${messageOf(cause)}); nothing was changed.`, {
      cause,
    });
  }
  return written.length;
}

async function writeIfAbsent(path: string, content: Buffer): Promise<boolean> {
  try {
    await writeFile(path, content, { flag: 'wx' });
    return true;
  } catch (error) {
    if (hasCode(error, 'EEXIST')) return false;
    await rm(path, { force: true });
    throw error;
  }
}
