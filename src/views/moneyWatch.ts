import type { FleetSnapshot } from '../fleet.js';
import { costUsd, currentLaunch, type Job } from '../jobs/job.js';
import { overdueMachines, type OverdueMachine } from './alarms.js';
import { machinesOf, rentalUsd } from './jobMachines.js';
import type { Paces } from './liveProgress.js';
import { jobsOf } from './rentedMachines.js';

/** Something about the money of a job that a person is told once; of a machine that cannot be ended, again and again. */
export type MoneyNotice =
  | {
      readonly kind: 'budget';
      readonly job: Job;
      readonly percent: number;
      readonly spentUsd: number;
      readonly budgetUsd: number;
    }
  /** The training is ended soon, by the deadline of its machine. */
  | { readonly kind: 'ending'; readonly job: Job; readonly leftMs: number }
  /** The machine was bad or is lost; another one is looked for. */
  | {
      readonly kind: 'replaced';
      readonly job: Job;
      readonly why: string | null;
      /** What the machine that is given up has cost until now. */
      readonly usd: number;
    }
  | { readonly kind: 'overdue'; readonly machine: OverdueMachine };

const warnMs = 10 * 60_000;
/** Of a machine that lives shortly, the warning takes at most so much. */
const warnShare = 0.25;
const repeatMs = 10 * 60_000;

/** Compares what is known of the jobs with what was known before, and says what is worth a notification. */
export class MoneyWatch {
  readonly #repeatMs: number;
  #before: ReadonlyMap<string, Job> | undefined;
  /** By job: the end that was warned of, in Unix seconds. */
  readonly #warned = new Map<string, number>();
  /** By machine: when it was told last. */
  readonly #alarmed = new Map<string, number>();

  constructor(timeScale: number) {
    this.#repeatMs = repeatMs * timeScale;
  }

  /** @param now milliseconds since the epoch */
  look(snapshot: FleetSnapshot, paces: Paces, now: number): readonly MoneyNotice[] {
    const jobs = jobsOf(snapshot);
    const before = this.#before;
    this.#before = new Map(jobs.map((job) => [job.spec.id, job]));
    return [
      ...jobs.flatMap((job) => changesOf(before?.get(job.spec.id), job, now)),
      ...jobs.filter((job) => this.#isEnding(job, paces, now)).map((job) => ending(job, now)),
      ...this.#overdue(jobs, now),
    ];
  }

  /** Who is told in time can give it more. A training that is done before then needs nothing. */
  #isEnding(job: Job, paces: Paces, now: number): boolean {
    const launch = currentLaunch(job);
    const rental = job.rentals.at(-1);
    if (!launch || !rental || job.stage.state !== 'training' || job.stopRequested) return false;
    const endMs = launch.endsAt * 1000;
    const warnedMs = Math.min(warnMs, (endMs - Date.parse(rental.since)) * warnShare);
    const etaSeconds = paces.get(job.spec.id)?.etaSeconds ?? null;
    const isDoneBefore = etaSeconds !== null && now + etaSeconds * 1000 < endMs;
    if (now < endMs - warnedMs || now >= endMs || isDoneBefore) return false;
    if (this.#warned.get(job.spec.id) === launch.endsAt) return false;
    this.#warned.set(job.spec.id, launch.endsAt);
    return true;
  }

  #overdue(jobs: readonly Job[], now: number): MoneyNotice[] {
    const machines = overdueMachines(jobs);
    const ids = new Set(machines.map(keyOf));
    for (const known of this.#alarmed.keys()) if (!ids.has(known)) this.#alarmed.delete(known);
    const due = machines.filter(
      (machine) => now - (this.#alarmed.get(keyOf(machine)) ?? -Infinity) >= this.#repeatMs,
    );
    for (const machine of due) this.#alarmed.set(keyOf(machine), now);
    return due.map((machine) => ({ kind: 'overdue', machine }));
  }
}

const keyOf = ({ provider, id }: OverdueMachine): string => `${provider}/${id}`;

const ending = (job: Job, now: number): MoneyNotice => ({
  kind: 'ending',
  job,
  leftMs: (currentLaunch(job)?.endsAt ?? 0) * 1000 - now,
});

/** A job that was not there before tells nothing: what happened to it is history. */
function changesOf(before: Job | undefined, job: Job, now: number): MoneyNotice[] {
  if (!before) return [];
  return [...budgetChange(before, job, now), ...replacement(before, job, now)];
}

function budgetChange(before: Job, job: Job, now: number): MoneyNotice[] {
  const { budgetUsd } = job.spec.limits;
  if (budgetUsd === null || job.budgetPercent <= before.budgetPercent) return [];
  return [{ kind: 'budget', job, percent: job.budgetPercent, spentUsd: costUsd(job, now), budgetUsd }];
}

/** An offer that was gone when it was asked for has cost nothing, and is no machine that was replaced. */
function replacement(before: Job, job: Job, now: number): MoneyNotice[] {
  const known = machinesOf(before);
  const machine = machinesOf(job).findLast(
    ({ givenUp }, index) => givenUp !== null && (known[index]?.givenUp ?? null) === null,
  );
  if (!machine) return [];
  return [{ kind: 'replaced', job, why: machine.why, usd: rentalUsd(machine.rental, now) }];
}
