import * as v from 'valibot';
import type { Job } from '../jobs/job.js';

/** What people sort jobs by. */
export const jobGroups = ['running', 'succeeded', 'failed', 'cancelled'] as const;
export type JobGroup = (typeof jobGroups)[number];

export const groupings = ['provider', 'workspace'] as const;
export type Grouping = (typeof groupings)[number];

/** Which jobs the tree shows, and below what. */
export interface TreeChoice {
  /** Only jobs of these; all when empty. */
  readonly groups: readonly JobGroup[];
  readonly grouping: Grouping;
}

export const everything: TreeChoice = { groups: [], grouping: 'provider' };

const schema = v.object({ groups: v.array(v.picklist(jobGroups)), grouping: v.picklist(groupings) });

/** What was chosen before, as VS Code kept it; everything where that cannot be read. */
export function parseTreeChoice(stored: unknown): TreeChoice {
  const result = v.safeParse(schema, stored);
  return result.success ? result.output : everything;
}

/** What an unfinished job is called, and how a finished one ended. */
export function groupOf({ stage }: Job): JobGroup {
  return stage.state === 'ended' ? stage.outcome : 'running';
}

export function isWanted(job: Job, { groups }: TreeChoice): boolean {
  return groups.length === 0 || groups.includes(groupOf(job));
}
