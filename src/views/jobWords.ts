import { formatDuration, formatFraction } from '../format.js';
import { elapsedMs, type Job, type JobSpec, type Outcome } from '../jobs/job.js';
import type { Driver } from '../jobs/lease.js';

/** A job as a row of a list shows it. `fraction` is the training's progress, 0..1, while it is known. */
export interface JobFacts {
  readonly job: Job;
  readonly driver: Driver;
  readonly fraction: number | null;
}

/** `this computer`, `alice@gpu1` */
export function whereOf({ place }: Pick<JobSpec, 'place'>): string {
  return place.destination?.replace(/^ssh:\/\//, '') ?? 'this computer';
}

/** `training 43 %`, `stopping`, `succeeded` */
export function stateOf({ job, fraction }: Pick<JobFacts, 'job' | 'fraction'>): string {
  const { stage, stopRequested } = job;
  if (stage.state === 'ended') return stage.outcome;
  if (stopRequested) return 'stopping';
  if (stage.state === 'training' && fraction !== null) return `training ${formatFraction(fraction)}`;
  return stage.state;
}

/** `training 43 % · this computer · 2 min 05 s` */
export function describeRow(facts: JobFacts, now: number): string {
  const { job } = facts;
  return [stateOf(facts), whereOf(job.spec), formatDuration(elapsedMs(job, now))].join(' · ');
}

/** What the driver says it does; `null` when the state says it already. */
export function activityOf({ job, driver }: Pick<JobFacts, 'job' | 'driver'>): string | null {
  if (driver.kind === 'none' || !driver.activity) return null;
  const { message } = driver.activity;
  return message.toLowerCase() === job.stage.state ? null : message;
}

/** What a notification says first about the end of a job. */
export const outcomeWords: Readonly<Record<Outcome, string>> = {
  succeeded: 'has finished',
  failed: 'has failed',
  cancelled: 'was stopped',
};
