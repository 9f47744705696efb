import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { JobFolder } from '../home.js';
import type { Agent, Checkpoint } from '../remote/agent.js';
import { staysInside } from '../remote/transfer/bytePath.js';
import { fetchFile } from '../remote/transfer/fetch.js';
import type { Host } from '../remote/host.js';
import type { RuntimeFiles } from '../remote/runtimeFiles.js';
import { timeNameOf } from './mirroredCheckpoints.js';

export interface CheckpointSource {
  readonly jobId: string;
  readonly folder: JobFolder;
  readonly host: Host;
  readonly agent: Agent;
  readonly runtime: RuntimeFiles;
}

/** Where checkpoints stand in a run folder. */
const checkpointsThere = 'output/checkpoints/';

/**
 * Brings the newest finished checkpoint of a running job into its `checkpoints/` folder here, if it is not there yet,
 * and then lets go of older ones. Each stands in a folder named after its time, so a half one is never taken for one.
 * @returns whether something was brought
 */
export async function mirrorNewestCheckpoint(
  source: CheckpointSource,
  signal: AbortSignal,
): Promise<boolean> {
  const newest = (await source.agent.checkpoints(source.jobId, signal)).at(-1);
  if (!newest) return false;
  const name = timeNameOf(newest.modified);
  const here = join(source.folder.checkpoints, name);
  await mkdir(source.folder.checkpoints, { recursive: true });
  const known = await readdir(source.folder.checkpoints);
  if (known.includes(name)) return false;
  const partial = `${here}.partial`;
  // What an earlier try left is of another moment of the same checkpoint at most; it is small to fetch again.
  await rm(partial, { recursive: true, force: true });
  await fetchAll(source, newest, partial, signal);
  await rename(partial, here);
  for (const old of known) await rm(join(source.folder.checkpoints, old), { recursive: true, force: true });
  return true;
}

async function fetchAll(
  { host, runtime }: CheckpointSource,
  checkpoint: Checkpoint,
  to: string,
  signal: AbortSignal,
): Promise<void> {
  for (const file of checkpoint.files) {
    const name = file.path.slice(checkpointsThere.length);
    // Whatever a machine says: nothing is written outside the folder.
    if (!file.path.startsWith(checkpointsThere) || !staysInside(name)) continue;
    const paths = { remotePath: file.absolutePath, localPath: join(to, name) };
    await fetchFile(host, runtime, paths, { background: true }, signal);
  }
}
