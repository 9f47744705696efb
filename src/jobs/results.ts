import { createReadStream } from 'node:fs';
import { access } from 'node:fs/promises';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { MachineError } from '../errors.js';
import type { Agent, ResultFile } from '../remote/agent.js';
import { staysInside } from '../remote/transfer/bytePath.js';
import { fetchFile, type FetchResult } from '../remote/transfer/fetch.js';
import type { Host } from '../remote/host.js';
import type { RuntimeFiles } from '../remote/runtimeFiles.js';
import type { CollectedFile } from './job.js';
import { NameClaim } from './nameClaim.js';
import { namesFor, stemOf } from './resultNames.js';
import { makeResultsFolder } from './resultsFolder.js';

export interface ResultsRequest {
  readonly jobId: string;
  readonly recipe: string;
  /** Paths the training declared as results. */
  readonly declared: readonly string[];
  /** Absolute folder here. */
  readonly to: string;
  /** Becomes part of the names. The same time makes the same names. */
  readonly time: Date;
  readonly agent: Agent;
  readonly host: Host;
  readonly runtime: RuntimeFiles;
  readonly onProgress: (name: string, fraction: number) => void;
}

/**
 * Brings the results of a job here as `model_{recipe}_{time}…`: one file, several with the same stem, or a folder of
 * that name. Never overwrites: a name that is taken by other content or another job gets a number, and a file that is
 * here already (its sha256 says so) is not fetched again.
 * @throws {InputError} the folder cannot be written
 */
export async function fetchResults(request: ResultsRequest, signal: AbortSignal): Promise<CollectedFile[]> {
  const remote = await request.agent.results(request.jobId, request.declared, signal);
  if (remote.length === 0) return [];
  await makeResultsFolder(request.to, request.jobId);
  for (let copy = 1; ; copy += 1) {
    const collected = await fetchUnder(stemOf(request.recipe, request.time, copy), remote, request, signal);
    if (collected) return collected;
  }
}

/** @returns `undefined` when the name is taken */
async function fetchUnder(
  stem: string,
  remote: readonly ResultFile[],
  request: ResultsRequest,
  signal: AbortSignal,
): Promise<CollectedFile[] | undefined> {
  const claim = await NameClaim.take(request.to, stem, request.jobId);
  if (!claim) return undefined;
  try {
    const targets = targetsFor(remote, stem);
    const free = await Promise.all(
      targets.map(({ name, file }) => isFreeOrEqual(join(request.to, name), file.sha256, signal)),
    );
    return free.every(Boolean) ? await fetchAll(request, targets, signal) : undefined;
  } finally {
    await claim.release();
  }
}

interface Target {
  readonly name: string;
  readonly file: ResultFile;
}

async function fetchAll(
  request: ResultsRequest,
  targets: readonly Target[],
  signal: AbortSignal,
): Promise<CollectedFile[]> {
  const collected: CollectedFile[] = [];
  for (const target of targets) {
    const path = join(request.to, target.name);
    const { sha256, bytes } = (await exists(path))
      ? target.file
      : await fetchTarget(request, target, path, signal);
    collected.push({ role: target.file.role, path, sha256, bytes });
  }
  return collected;
}

/**
 * Files of a folder belong together, so each must be what was listed. A file of its own may have been replaced since by
 * a training that goes on (a checkpoint); it arrives whole all the same.
 */
function fetchTarget(
  { host, runtime, onProgress }: ResultsRequest,
  { name, file }: Target,
  localPath: string,
  signal: AbortSignal,
): Promise<FetchResult> {
  return fetchFile(
    host,
    runtime,
    { remotePath: file.absolutePath, localPath },
    {
      ...(file.group === null ? {} : { expectedSha256: file.sha256 }),
      onProgress: ({ bytes, totalBytes }) => onProgress(name, bytes / Math.max(1, totalBytes ?? file.bytes)),
    },
    signal,
  );
}

/** @throws {MachineError} a name would lead out of the folder, whatever the machine says */
function targetsFor(files: readonly ResultFile[], stem: string): Target[] {
  const names = namesFor(files, stem);
  return files.map((file, index) => {
    const name = names[index];
    if (name === undefined || !staysInside(name)) {
      throw new MachineError(
        `The machine offers a result called ${JSON.stringify(file.path)}, which is no name of a file here. Nothing of it was fetched.`,
      );
    }
    return { name, file };
  });
}

async function isFreeOrEqual(path: string, sha256: string, signal: AbortSignal): Promise<boolean> {
  return !(await exists(path)) || (await sha256Of(path, signal)) === sha256;
}

async function exists(path: string): Promise<boolean> {
  try {
    await access(path);
    return true;
  } catch {
    return false;
  }
}

async function sha256Of(path: string, signal: AbortSignal): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path, { signal }), hash);
  return hash.digest('hex');
}
