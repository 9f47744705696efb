import { constants } from 'node:fs';
import { copyFile, readdir, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { hasCode } from '../../errors.js';
import type { JobFolder } from '../../home.js';
import { sha256OfFile } from '../../remote/transfer/fileHash.js';
import type { CollectedFile, Job } from '../job.js';
import { namesFor, stemOf } from '../resultNames.js';
import { makeResultsFolder } from '../resultsFolder.js';
import { newestMirrored } from './restoreCheckpoint.js';

/**
 * Puts the newest checkpoint that was mirrored here among the results of a job whose machine is gone. Never overwrites.
 * @param to absolute folder; where the job's results go when not given
 */
export async function collectMirrored(
  job: Job,
  folder: JobFolder,
  to: string | undefined,
  signal: AbortSignal,
): Promise<readonly CollectedFile[]> {
  const here = await newestMirrored(folder);
  if (here === undefined) return [];
  const entries = await readdir(here, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const target = to ?? job.spec.results.to;
  await makeResultsFolder(target, job.spec.id);
  const time = new Date(job.timeline.at(-1)?.since ?? job.spec.created);
  for (let copy = 1; ; copy += 1) {
    const stem = stemOf(job.spec.recipe, time, copy);
    const names = namesFor(
      files.map((path) => ({ path: basename(path), group: null })),
      stem,
    );
    const pairs = files.map((from, index) => ({ from, path: join(target, names[index] ?? basename(from)) }));
    if (await areCopied(pairs)) return Promise.all(pairs.map(({ path }) => describe(path, signal)));
  }
}

/** `false`: one of the names is taken. */
async function areCopied(pairs: readonly { from: string; path: string }[]): Promise<boolean> {
  try {
    for (const { from, path } of pairs) await copyFile(from, path, constants.COPYFILE_EXCL);
    return true;
  } catch (error) {
    if (hasCode(error, 'EEXIST')) return false;
    throw error;
  }
}

async function describe(path: string, signal: AbortSignal): Promise<CollectedFile> {
  const { size } = await stat(path);
  return { role: 'checkpoint', path, sha256: await sha256OfFile(path, size, signal), bytes: size };
}
