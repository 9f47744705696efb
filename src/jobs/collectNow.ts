import { NotFoundError } from '../errors.js';
import type { JobFolder } from '../home.js';
import type { RuntimeFiles } from '../remote/runtimeFiles.js';
import type { CollectedFile } from './job.js';
import type { Journal } from './journal.js';
import { readLog } from './logReading.js';
import { collectMirrored } from './rented/collectMirrored.js';
import type { Machine } from './machine.js';
import { fetchResults } from './results.js';

export interface CollectNow {
  readonly journal: Journal;
  readonly folder: JobFolder;
  readonly machine: Machine;
  readonly runtime: RuntimeFiles;
  /** Folder for the files; where the job's results go when not given. */
  readonly to: string | undefined;
  readonly onProgress: (name: string, fraction: number) => void;
}

/** The same for a job whose rented machine is gone: what was mirrored of it. @throws {NotFoundError} nothing was */
export async function collectHere(
  { journal, folder, to }: Pick<CollectNow, 'journal' | 'folder' | 'to'>,
  signal: AbortSignal,
): Promise<readonly CollectedFile[]> {
  const { job } = journal;
  const files = await collectMirrored(job, folder, to, signal);
  if (files.length === 0) {
    throw new NotFoundError(
      `The machine of ${job.spec.id} is gone, and no checkpoint was saved before. What it left is in ${job.spec.results.to}.`,
    );
  }
  await journal.append({ type: 'fetched', files });
  return files;
}

/** Brings what a job has saved so far, at any moment of its life. @throws {NotFoundError} nothing was saved yet */
export async function collectNow(
  { journal, folder, machine, runtime, to, onProgress }: CollectNow,
  signal: AbortSignal,
): Promise<readonly CollectedFile[]> {
  const { spec, timeline } = journal.job;
  const { results } = await readLog(folder.log, spec.recipe, null, signal);
  // After the end this is the name it was collected under: what is here already is not fetched again.
  const since = timeline.findLast(({ state }) => state === 'collecting')?.since;
  const files = await fetchResults(
    {
      jobId: spec.id,
      recipe: spec.recipe,
      declared: results,
      to: to ?? spec.results.to,
      time: since === undefined ? new Date() : new Date(since),
      agent: await machine.agent(signal),
      host: await machine.host(signal),
      runtime,
      onProgress,
    },
    signal,
  );
  if (files.length === 0) {
    throw new NotFoundError(`The job ${spec.id} has not saved a model or a checkpoint yet.`);
  }
  await journal.append({ type: 'fetched', files });
  return files;
}
