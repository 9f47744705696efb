import {
  currentLaunch,
  elapsedMs,
  jobStates,
  type Job,
  type Stage,
  type TimelineEntry,
} from '../jobs/job.js';
import type { Driver } from '../jobs/lease.js';
import type { Remedy } from '../jobs/remedy.js';
import type { PanelAction, PanelEnd, PanelHeader, TimelineItem } from '../protocol.js';
import type { ProgressPoint, ProgressState } from '../recipes/progress/index.js';
import { reasonWords } from './endReason.js';
import { can } from './jobAbilities.js';
import { activityOf, whereNow } from './jobWords.js';
import { gpuOf, toPanelMoney, type EndsByItself } from './panelMoney.js';

/** What is known of a job when its header is made. */
export interface HeaderFacts {
  readonly job: Job;
  readonly driver: Driver;
  /** What can be done about the way it ended. */
  readonly remedy: Remedy | null;
  readonly progress: Pick<ProgressState, 'progress' | 'etaSeconds'>;
  readonly lastPoint: Pick<ProgressPoint, 'epoch' | 'totalEpochs' | 'step' | 'totalSteps'> | undefined;
  readonly endsByItself: EndsByItself;
}

/** Everything the panel says about a job beside its numbers. `now` in milliseconds since the epoch. */
export function toPanelHeader(facts: HeaderFacts, now: number): PanelHeader {
  const { job, lastPoint } = facts;
  const { spec, stage } = job;
  return {
    jobId: spec.id,
    name: spec.name,
    state: stage.state === 'ended' ? stage.outcome : stage.state,
    recipe: spec.recipe,
    where: placeOf(job),
    elapsedMs: elapsedMs(job, now),
    activity: stage.state === 'ended' ? null : activityOf(facts),
    progress: progressOf(facts),
    epoch: lastPoint?.epoch ?? null,
    totalEpochs: lastPoint?.totalEpochs ?? null,
    step: lastPoint?.step ?? null,
    totalSteps: lastPoint?.totalSteps ?? null,
    remainingMs: remainingMs(facts),
    money: toPanelMoney(job, facts.progress, facts.endsByItself, now),
    actions: actionsOf(job),
    timeline: toTimeline(job, now),
    end: toEnd(stage, facts.remedy),
  };
}

/** A rented machine is also what was rented. */
function placeOf(job: Job): string {
  const offer = currentLaunch(job)?.offer;
  if (!offer) return whereNow(job);
  return [whereNow(job), gpuOf(offer), offer.region].filter((text) => text !== null).join(' · ');
}

function progressOf({ job, driver, progress }: HeaderFacts): number | null {
  const { state } = job.stage;
  if (state === 'training' || state === 'ended') return progress.progress;
  return driver.kind === 'driving' ? (driver.activity?.fraction ?? null) : null;
}

function remainingMs({ job, progress }: HeaderFacts): number | null {
  if (job.stage.state !== 'training' || progress.etaSeconds === null) return null;
  return progress.etaSeconds * 1000;
}

function actionsOf(job: Job): PanelAction[] {
  return [
    ...(can(job, 'stoppable') ? (['stop'] as const) : []),
    ...(can(job, 'resumable') ? (['resume'] as const) : []),
    ...(can(job, 'repeatable') ? (['runAgain'] as const) : []),
    'showLog',
    ...(can(job, 'hasModel') ? (['openModel'] as const) : []),
    ...(can(job, 'collectable') ? (['collect'] as const) : []),
    ...(can(job, 'extendable') ? (['extend'] as const) : []),
    ...(job.spec.rent !== null && can(job, 'hasMachine') ? (['openConsole'] as const) : []),
  ];
}

function toEnd(stage: Stage, remedy: Remedy | null): PanelEnd | null {
  if (stage.state !== 'ended') return null;
  const { message, fix } = reasonWords(stage.reason);
  return { outcome: stage.outcome, message, fix, action: remedy?.kind ?? null };
}

/** Every step of every attempt so far, then those still to come. Planning takes no time and is left out. */
function toTimeline(job: Job, now: number): TimelineItem[] {
  const items = job.timeline.flatMap((entry, index) => {
    if (entry.state === 'planned') return [];
    const next = job.timeline[index + 1];
    return [toItem(job, entry, next, now)];
  });
  return job.stage.state === 'ended' ? items : [...items, ...stepsToCome(job)];
}

function toItem(job: Job, entry: TimelineEntry, next: TimelineEntry | undefined, now: number): TimelineItem {
  const { state, since, attempt } = entry;
  const isEnd = state === 'ended';
  return {
    step: state,
    status: next || isEnd ? (hasFailed(job, entry, next) ? 'failed' : 'done') : 'active',
    durationMs: isEnd ? null : Math.max(0, (next ? Date.parse(next.since) : now) - Date.parse(since)),
    attempt,
  };
}

/**
 * The end of the present attempt when it failed, and a step after which the job gave up at once or had to look for
 * another machine.
 */
function hasFailed(job: Job, { state, attempt }: TimelineEntry, next: TimelineEntry | undefined): boolean {
  if (next?.state === 'recovering') return true;
  const isOfFailedAttempt =
    attempt === job.attempt && job.stage.state === 'ended' && job.stage.outcome === 'failed';
  if (!isOfFailedAttempt) return false;
  return state === 'ended' || (next?.state === 'releasing' && state !== 'collecting');
}

function stepsToCome({ stage, attempt }: Job): TimelineItem[] {
  const position = jobStates.indexOf(stage.state);
  return jobStates
    .slice(position + 1)
    .filter((state) => state !== 'planned' && state !== 'recovering')
    .map((step) => ({ step, status: 'waiting', durationMs: null, attempt }));
}
