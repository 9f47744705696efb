import { readFile, rename, writeFile } from 'node:fs/promises';
import { posix } from 'node:path';
import * as v from 'valibot';
import { hasCode } from '../errors.js';
import type { JobFolder } from '../home.js';
import type { Agent, Checkpoint } from '../remote/agent.js';
import type { Host } from '../remote/host.js';

/** A checkpoint that was seen in a run: an entry of `checkpoints.json`. */
export interface SeenCheckpoint {
  readonly name: string;
  /** Unix seconds of the machine's clock. */
  readonly modified: number;
  readonly bytes: number;
  /** The file or folder, where the run is on this computer; else `null`. */
  readonly local: string | null;
}

const schema = v.pipe(
  v.string(),
  v.parseJson(),
  v.array(
    v.object({ name: v.string(), modified: v.number(), bytes: v.number(), local: v.nullable(v.string()) }),
  ),
);

export interface CheckpointListSource {
  readonly jobId: string;
  readonly folder: JobFolder;
  readonly host: Pick<Host, 'kind'>;
  readonly agent: Pick<Agent, 'root' | 'checkpoints'>;
}

/** Writes down which checkpoints the machine of a job has, for everybody who shows the job. */
export class CheckpointList {
  readonly #source: CheckpointListSource;
  #written: string | undefined;

  constructor(source: CheckpointListSource) {
    this.#source = source;
  }

  /** Asks the machine, and writes when something is other than before. A reader never meets half a list. */
  async look(signal: AbortSignal): Promise<void> {
    const { agent, jobId, folder } = this.#source;
    const seen = (await agent.checkpoints(jobId, signal)).map((checkpoint) => this.#toSeen(checkpoint));
    const text = JSON.stringify(seen);
    if (text === this.#written) return;
    await writeFile(`${folder.checkpointList}.tmp`, text);
    await rename(`${folder.checkpointList}.tmp`, folder.checkpointList);
    this.#written = text;
  }

  #toSeen({ name, modified, files }: Checkpoint): SeenCheckpoint {
    const { host, agent, jobId } = this.#source;
    const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
    const path = posix.join(agent.root, 'runs', jobId, 'output', 'checkpoints', name);
    return { name, modified, bytes, local: host.kind === 'local' ? path : null };
  }
}

/** What was last written down, oldest first; nothing when that was never done, or is not ours. */
export async function readCheckpointList(folder: JobFolder): Promise<readonly SeenCheckpoint[]> {
  try {
    const parsed = v.safeParse(schema, await readFile(folder.checkpointList, 'utf8'));
    return parsed.success ? parsed.output : [];
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return [];
    throw error;
  }
}
