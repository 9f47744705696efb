import { formatDuration, formatFraction, formatUsd } from '../format.js';
import {
  costUsd,
  currentLaunch,
  elapsedMs,
  type Job,
  type JobSpec,
  type JobState,
  type Outcome,
} from '../jobs/job.js';
import type { Driver } from '../jobs/lease.js';
import { l10n } from '../l10n.js';
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
  return place.provider === 'local' ? l10n.t('this computer') : cloudTitle(place.provider);
}

/** Where a job is now: what was rented last may be somewhere else than what was wished for first. */
export function whereNow(job: Job): string {
  const offer = currentLaunch(job)?.offer;
  return offer ? cloudTitle(offer.provider) : whereOf(job.spec);
}

/** `training 43 %`, `stopping`, `succeeded` */
export function stateOf({ job, fraction }: Pick<JobFacts, 'job' | 'fraction'>): string {
  const { stage, stopRequested } = job;
  if (stage.state === 'ended') return outcomeWord(stage.outcome);
  if (job.overdue !== null) return l10n.t('machine still running');
  if (stopRequested) return l10n.t('stopping');
  if (stage.state === 'training' && fraction !== null) {
    return l10n.t('training {0}', formatFraction(fraction));
  }
  return stateWord(stage.state);
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

/** What a job that goes on does. */
function stateWord(state: Exclude<JobState, 'ended'>): string {
  switch (state) {
    case 'planned':
      return l10n.t('planned');
    case 'launching':
      return l10n.t('launching');
    case 'connecting':
      return l10n.t('connecting');
    case 'preparing':
      return l10n.t('preparing');
    case 'uploading':
      return l10n.t('uploading');
    case 'training':
      return l10n.t('training');
    case 'collecting':
      return l10n.t('collecting');
    case 'releasing':
      return l10n.t('releasing');
    case 'recovering':
      return l10n.t('looking for another machine');
    default:
      return state satisfies never;
  }
}

function outcomeWord(outcome: Outcome): string {
  switch (outcome) {
    case 'succeeded':
      return l10n.t('succeeded');
    case 'failed':
      return l10n.t('failed');
    case 'cancelled':
      return l10n.t('cancelled');
    default:
      return outcome satisfies never;
  }
}

/** What a notification says first about the end of a job. @param spent time, and money where there is some in it */
export function endWords(name: string, outcome: Outcome, spent: string): string {
  switch (outcome) {
    case 'succeeded':
      return l10n.t('{0} has finished ({1}).', name, spent);
    case 'failed':
      return l10n.t('{0} has failed ({1}).', name, spent);
    case 'cancelled':
      return l10n.t('{0} was stopped ({1}).', name, spent);
    default:
      return outcome satisfies never;
  }
}
