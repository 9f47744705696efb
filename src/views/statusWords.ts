import type { FleetSnapshot } from '../fleet.js';
import { formatFraction, formatPrice, formatUsd } from '../format.js';
import { spentInMonth } from '../jobs/budget.js';
import { costUsd } from '../jobs/job.js';
import { expectedTotalUsd } from '../jobs/offers/expectedCost.js';
import { l10n } from '../l10n.js';
import { overdueMachines, overduePrice, overdueSentence } from './alarms.js';
import { describeMachine, machineName } from './instanceWords.js';
import { hasRented } from './jobMachines.js';
import { activityOf, stateOf, whereNow, type JobFacts } from './jobWords.js';
import type { Paces } from './liveProgress.js';
import { jobsOf, runningMoney } from './rentedMachines.js';

/** What the status bar says. */
export interface Status {
  /** A ThemeIcon. */
  readonly icon: string;
  readonly text: string;
  /** For the tooltip. */
  readonly lines: readonly string[];
  /** A machine may cost money against the user's will. */
  readonly isAlarm: boolean;
  /** The jobs that run. */
  readonly jobIds: readonly string[];
}

export interface StatusContext {
  readonly paces: Paces;
  /** Of the labels that this Trainyard gives. */
  readonly mark: string;
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** Why not everything could be looked at or ended. */
  readonly sweepProblem: string | null;
}

/** `null` while nothing runs, costs or is wrong. */
export function toStatus(snapshot: FleetSnapshot, context: StatusContext): Status | null {
  const { now, mark } = context;
  const running = runningJobs(snapshot, context);
  const money = runningMoney(snapshot, mark, now);
  const alarm = toAlarm(snapshot, context);
  if (!alarm && running.length === 0 && money.usdPerHour === 0) return null;
  const price = money.usdPerHour > 0 ? formatPrice(money.usdPerHour) : null;
  const monthUsd = spentInMonth(jobsOf(snapshot), now);
  return {
    icon: alarm ? 'alert' : running.length > 0 ? 'sync~spin' : 'vm-running',
    text: alarm?.text ?? [jobsText(running), price].filter((text) => text !== null).join(' · '),
    lines: [
      ...(alarm?.lines ?? []),
      ...running.map((facts) => jobLine(facts, context)),
      ...money.withoutJob.map((rented) => `${machineName(rented)} · ${describeMachine(rented, now)}`),
      ...(monthUsd > 0 ? [l10n.t('This month: {0}', formatUsd(monthUsd))] : []),
    ],
    isAlarm: alarm !== null,
    jobIds: running.map(({ job }) => job.spec.id),
  };
}

function toAlarm(
  snapshot: FleetSnapshot,
  { sweepProblem }: StatusContext,
): { readonly text: string; readonly lines: readonly string[] } | null {
  const overdue = overdueMachines(jobsOf(snapshot));
  const lines = [...overdue.map(overdueSentence), ...(sweepProblem === null ? [] : [sweepProblem])];
  if (overdue.length > 0) {
    const what =
      overdue.length === 1
        ? l10n.t('Machine still running')
        : l10n.t('{0} machines still running', overdue.length);
    return { text: `${what} · ${formatPrice(overduePrice(overdue))}`, lines };
  }
  return sweepProblem === null ? null : { text: l10n.t('Machines not checked'), lines };
}

function runningJobs({ jobs }: FleetSnapshot, { paces }: StatusContext): JobFacts[] {
  return jobs.flatMap((entry) => {
    if (!('job' in entry) || entry.job.stage.state === 'ended') return [];
    return [{ job: entry.job, driver: entry.driver, fraction: paces.get(entry.id)?.progress ?? null }];
  });
}

/** `digits 43 %`, `3 jobs 43 %`; how far the newest is. */
function jobsText(running: readonly JobFacts[]): string | null {
  const [newest] = running;
  if (!newest) return null;
  const name = running.length === 1 ? newest.job.spec.name : l10n.t('{0} jobs', running.length);
  return `${name} ${short(newest)}`;
}

/** `43 %`, or the state where nothing is counted. */
function short({ job, fraction }: JobFacts): string {
  if (job.stage.state === 'training' && fraction !== null) return formatFraction(fraction);
  return stateOf({ job, fraction });
}

function jobLine(facts: JobFacts, { paces, now }: StatusContext): string {
  const { job } = facts;
  return [job.spec.name, stateOf(facts), whereNow(job), activityOf(facts), costWords(facts, paces, now)]
    .filter((text) => text !== null)
    .join(' · ');
}

/** `$0.09 so far, about $0.31 in all` */
function costWords({ job }: JobFacts, paces: Paces, now: number): string | null {
  if (!hasRented(job)) return null;
  const pace = paces.get(job.spec.id) ?? { progress: null, etaSeconds: null };
  const expectedUsd = expectedTotalUsd(job, pace, now);
  const soFar = l10n.t('{0} so far', formatUsd(costUsd(job, now)));
  return expectedUsd === null ? soFar : `${soFar}, ${l10n.t('about {0} in all', formatUsd(expectedUsd))}`;
}
