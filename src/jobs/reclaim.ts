import { MachineError } from '../errors.js';
import type { Agent } from '../remote/agent.js';
import type { KeptItem } from '../remote/keptItem.js';
import type { Job } from './job.js';

export type { KeptItem };

/** What was deleted, and how much room that made. */
export interface Reclaimed {
  readonly items: readonly KeptItem[];
  readonly bytes: number;
  /** Why others are still there, a sentence each. */
  readonly refusals: readonly string[];
}

/**
 * What a machine keeps that no unfinished job needs, largest first: environments, datasets, caches, and what jobs left
 * there whose model is home. What a failed or stopped job left stays, because it can be resumed from it.
 * @param jobs all jobs this computer knows, wherever they run
 */
export async function listReclaimable(
  agent: Agent,
  jobs: readonly Job[],
  signal: AbortSignal,
): Promise<KeptItem[]> {
  const finished = new Set(jobs.filter(isHome).map(({ spec }) => spec.id));
  const kept = await agent.kept(signal);
  return notNeededBy(jobs, kept)
    .filter(({ needed }) => !needed)
    .filter(({ kind, name }) => kind !== 'run' || finished.has(name))
    .sort((a, b) => b.bytes - a.bytes);
}

/** Deletes them, but for those that somebody has begun to use meanwhile or that may not be deleted. */
export async function reclaim(
  agent: Agent,
  items: readonly KeptItem[],
  jobs: readonly Job[],
  signal: AbortSignal,
): Promise<Reclaimed> {
  const deleted: KeptItem[] = [];
  const refusals: string[] = [];
  for (const item of notNeededBy(jobs, items)) {
    try {
      await agent.reclaim(item, signal);
      deleted.push(item);
    } catch (error) {
      if (!(error instanceof MachineError)) throw error;
      refusals.push(error.message);
    }
  }
  return { items: deleted, bytes: deleted.reduce((sum, { bytes }) => sum + bytes, 0), refusals };
}

function notNeededBy(jobs: readonly Job[], items: readonly KeptItem[]): KeptItem[] {
  const needed = new Set(jobs.flatMap(hashesOf));
  return items.filter(({ name }) => !needed.has(name));
}

/** Of an unfinished job, what it has on its machine already. */
function hashesOf({ stage }: Job): string[] {
  if (stage.state === 'uploading') return [stage.environment.hash];
  if (stage.state === 'training') return [stage.environment.hash, stage.dataset.hash];
  return [];
}

/** Ended well, with its results collected. */
function isHome({ stage, collected }: Job): boolean {
  return stage.state === 'ended' && stage.outcome === 'succeeded' && collected.length > 0;
}
