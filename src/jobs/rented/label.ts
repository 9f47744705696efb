import { createHash } from 'node:crypto';
import { hostname, userInfo } from 'node:os';
import { labelPrefix } from '../../providers/cloud.js';
import type { TrainyardHome } from '../../home.js';

/** What a label says. */
export interface Label {
  /** Names the Trainyard that made it: this user's, on this computer, in this home folder. */
  readonly mark: string;
  readonly job: string;
  /** Counts the machines a job asked for, from 1. */
  readonly launch: number;
  /** When the machine must be gone; Unix seconds. */
  readonly deadline: number;
}

const markLength = 4;

/**
 * Tells machines of this Trainyard from those that another computer with the same account has made. It is derived, not
 * kept, so that it survives the loss of the home folder.
 */
export function markOf(home: TrainyardHome): string {
  const who = JSON.stringify([hostname(), userInfo().username, home.path]);
  const digest = BigInt(`0x${createHash('sha256').update(who).digest('hex')}`);
  return digest.toString(36).padStart(markLength, '0').slice(-markLength);
}

/** `trainyard-k3x9-digits-7f3k2a-1-1795340520`: at most 60 characters of `[a-z0-9-]`. */
export function formatLabel({ mark, job, launch, deadline }: Label): string {
  return `${jobName(mark, job)}-${launch}-${Math.floor(deadline)}`;
}

/** The name of what a job makes once: its key. */
export const jobName = (mark: string, job: string): string => `${labelPrefix}${mark}-${job}`;

/** `undefined`: it is not one of ours, or one we cannot read. */
export function parseLabel(text: string): Label | undefined {
  const match = /^trainyard-([a-z0-9]{4})-([a-z0-9-]+)-(\d{1,3})-(\d{9,11})$/.exec(text);
  const [, mark, job, launch, deadline] = match ?? [];
  if (mark === undefined || job === undefined) return undefined;
  return { mark, job, launch: Number(launch), deadline: Number(deadline) };
}
