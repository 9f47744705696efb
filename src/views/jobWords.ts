import { formatDuration, formatFraction, formatUsd } from '../format.js';
import { costUsd, currentLaunch, elapsedMs, type Job, type JobSpec, type Outcome } from '../jobs/job.js';
import type { Driver } from '../jobs/lease.js';
import { cloudTitle } from '../providers/index.js';
import { hasRented } from './jobMachines.js';

/** A job as a row of a list shows it. `fraction` is the training's progress, 0..1, while it is known. */
export interface JobFacts {
  readonly job: Job;
  readonly driver: Driver;
  readonly fraction: number | null;
}

/** `this computer`, `alice@gpu1`, `RunPod` */
export function whereOf({ place }: Pick<JobSpec, 'place'>): string {
  if (place.destination !== null) return place.destination.replace(/^ssh:\/\//, '');
  return place.provider === 'local' ? 'this computer' : cloudTitle(place.provider);
}

/** Where a job is now: what was rented last may be somewhere else than what was wished for first. */
export function whereNow(job: Job): string {
  const offer = currentLaunch(job)?.offer;
  return offer ? cloudTitle(offer.provider) : whereOf(job.spec);
}

/** `training 43 %`, `stopping`, `succeeded` */
export function stateOf({ job, fraction }: Pick<JobFacts, 'job' | 'fraction'>): string {
  const { stage, stopRequested } = job;
  if (stage.state === 'ended') return stage.outcome;
  if (job.overdue !== null) return 'machine still running';
  if (stopRequested) return 'stopping';
  if (stage.state === 'training' && fraction !== null) return `training ${formatFraction(fraction)}`;
  return stage.state === 'recovering' ? 'looking for another machine' : stage.state;
}

/** `training 43 % · this computer · 2 min 05 s`, `training 43 % · RunPod · 12 min · $0.09` */
export function describeRow(facts: JobFacts, now: number): string {
  return [stateOf(facts), whereNow(facts.job), ...spentOn(facts.job, now)].join(' · ');
}

/** The same where the place is said by the rows above. */
export function describeBelowPlace(facts: JobFacts, now: number): string {
  return [stateOf(facts), ...spentOn(facts.job, now)].join(' · ');
}

/** Time, and money where there is some in it. */
function spentOn(job: Job, now: number): string[] {
  const time = formatDuration(elapsedMs(job, now));
  return hasRented(job) ? [time, formatUsd(costUsd(job, now))] : [time];
}

/** What the driver says it does, or why the job waits; `null` when the state says it already. */
export function activityOf({ job, driver }: Pick<JobFacts, 'job' | 'driver'>): string | null {
  const why = job.stage.state === 'recovering' ? job.stage.why : null;
  const message = driver.kind === 'driving' ? (driver.activity?.message ?? null) : null;
  if (message === null || message.toLowerCase() === job.stage.state) return why;
  return message;
}

/** What a notification says first about the end of a job. */
export const outcomeWords: Readonly<Record<Outcome, string>> = {
  succeeded: 'has finished',
  failed: 'has failed',
  cancelled: 'was stopped',
};
