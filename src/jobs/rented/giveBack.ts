import { delay } from '../../delay.js';
import { StillRunningError, messageOf } from '../../errors.js';
import type { Logger } from '../../logger.js';
import type { CloudProvider } from '../../providers/cloud.js';
import type { Providers } from '../../providers/index.js';
import { openRentals, type Job, type Rental } from '../job.js';
import type { Note } from './journalLedger.js';
import { jobPrefix } from './label.js';
import { isGone } from './presence.js';

export interface GiveBack {
  readonly job: Job;
  readonly providers: Providers;
  readonly mark: string;
  readonly note: Note;
  readonly logger: Logger;
  readonly show: (message: string) => void;
  readonly timeScale: number;
}

/** After so long without success a person is told loudly. */
const patienceMs = 10 * 60_000;
const firstWaitMs = 2_000;
const longestWaitMs = 60_000;

/** What still costs money, with all a person needs to end it by hand. */
interface Left {
  readonly provider: CloudProvider;
  readonly id: string;
  readonly usdPerHour: number;
}

/**
 * Ends every machine that bears a label of this job, whatever the journal knows of it, reads back until all are gone
 * for sure, and lets go of keys and addresses. Tried again and again; safe to repeat.
 * @throws {StillRunningError} after ten minutes: which machine, what it costs, and where to end it
 */
export async function giveBack(request: GiveBack, signal: AbortSignal): Promise<void> {
  const { timeScale, note, show, logger } = request;
  const until = performance.now() + patienceMs * timeScale;
  let waitMs = firstWaitMs;
  let { job } = request;
  for (;;) {
    const round = await tryOnce({ ...request, job }, signal);
    job = round.job;
    if (round.problem === null) return;
    logger.warn(`job ${job.spec.id} release → ${round.problem}`);
    if (performance.now() >= until) {
      const message = alarm(round.left, round.problem);
      await note({ type: 'release.overdue', message });
      throw new StillRunningError(message);
    }
    show(`The machine is not gone yet (${round.problem}). Trying again`);
    await delay(waitMs * timeScale, signal);
    waitMs = Math.min(longestWaitMs, waitMs * 2);
  }
}

interface Round {
  readonly job: Job;
  /** `null`: everything is gone. */
  readonly problem: string | null;
  readonly left: readonly Left[];
}

async function tryOnce(request: GiveBack, signal: AbortSignal): Promise<Round> {
  let { job } = request;
  const left: Left[] = [];
  const problems: string[] = [];
  for (const provider of cloudsOf(job, request.providers)) {
    try {
      for (const machine of await toEnd(job, provider, request.mark, signal)) {
        const problem = await end(provider, machine.id, signal);
        if (problem === null) {
          job = await request.note({ type: 'instance.gone', provider: provider.id, id: machine.id });
        } else {
          left.push({ provider, id: machine.id, usdPerHour: machine.usdPerHour });
          problems.push(problem);
        }
      }
      if (left.length === 0) job = await releaseResources({ ...request, job }, provider, signal);
    } catch (error) {
      signal.throwIfAborted();
      problems.push(messageOf(error));
      const open = openRentals(job).filter((rental) => rental.provider === provider.id);
      left.push(...open.map(({ id, usdPerHour }) => ({ provider, id, usdPerHour })));
    }
  }
  return { job, problem: problems.length === 0 ? null : problems.join(' '), left };
}

/** Every cloud that this job ever asked for anything. */
function cloudsOf(job: Job, providers: Providers): CloudProvider[] {
  const ids = [
    ...job.launches.map(({ offer }) => offer.provider),
    ...job.rentals.map(({ provider }) => provider),
    ...job.resources.map(({ provider }) => provider),
  ];
  return providers.clouds.filter(({ id }) => ids.includes(id));
}

type Ending = Pick<Rental, 'id' | 'usdPerHour'>;

/** What the journal knows, and what bears a label of this job although the journal does not know it. */
async function toEnd(
  job: Job,
  provider: CloudProvider,
  mark: string,
  signal: AbortSignal,
): Promise<Ending[]> {
  const known = openRentals(job).filter((rental) => rental.provider === provider.id);
  const machines = await provider.machines(performance.now(), signal);
  const prefix = jobPrefix(mark, job.spec.id);
  const labels = new Set(job.launches.map(({ label }) => label));
  const unknown = machines.filter(
    ({ id, name, state }) =>
      state !== 'gone' &&
      (labels.has(name) || name.startsWith(prefix)) &&
      !known.some((rental) => rental.id === id),
  );
  return [...known, ...unknown];
}

/** @returns why it is not gone yet, or `null` */
async function end(provider: CloudProvider, id: string, signal: AbortSignal): Promise<string | null> {
  const cloud = await provider.open();
  try {
    await cloud.terminate(id, signal);
  } catch (error) {
    signal.throwIfAborted();
    return messageOf(error);
  }
  return (await isGone(provider, id, signal)) ? null : `${provider.title} still lists ${id}.`;
}

async function releaseResources(
  { job, note }: GiveBack,
  provider: CloudProvider,
  signal: AbortSignal,
): Promise<Job> {
  const cloud = await provider.open();
  let now = job;
  const rows = job.resources.filter((row) => row.provider === provider.id);
  if (rows.length === 0) return now;
  // A row that was only intended may have come to something all the same: the provider looks.
  const there = (await cloud.resources?.(rows, signal)) ?? rows;
  for (const row of rows) {
    const made = there.find(({ kind, name }) => kind === row.kind && name === row.name);
    if (made) await cloud.release?.(made, signal);
    now = await note({ type: 'resource.gone', resource: row });
  }
  return now;
}

/** Loud, and everything that is needed to end it by hand. */
function alarm(left: readonly Left[], problem: string): string {
  const machines = left.map(
    ({ provider, id, usdPerHour }) =>
      `${id} at ${provider.title} ($${usdPerHour.toFixed(2)} an hour): end it at ${provider.facts.consoleUrl}`,
  );
  if (machines.length === 0) return `Something of this job is left at its provider: ${problem}`;
  return `A machine may still be running and costing money. ${machines.join('; ')}. Trainyard goes on trying. (${problem})`;
}
