import { delay } from '../../delay.js';
import { StillRunningError, messageOf } from '../../errors.js';
import type { Logger } from '../../logger.js';
import type { CloudProvider } from '../../providers/cloud.js';
import type { Providers } from '../../providers/index.js';
import { currentLaunch, openRentals, type Job, type Launch, type Rental } from '../job.js';
import { findByLabel, settleMs } from './adoption.js';
import type { Note } from './journalLedger.js';
import { parseLabel } from './label.js';
import { absentMs, isGone, mustBeItsAccount } from './presence.js';

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
  const { clouds, unknown } = cloudsOf(job, request.providers);
  const problems = unknown.map((id) => `This version of Trainyard does not know the provider ${id}.`);
  for (const provider of clouds) {
    try {
      for (const machine of await toEnd(job, provider, request, signal)) {
        const problem = await end(provider, machine, request.timeScale, signal);
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
function cloudsOf(
  job: Job,
  { clouds }: Providers,
): { readonly clouds: readonly CloudProvider[]; readonly unknown: readonly string[] } {
  const ids = [
    ...job.launches.map(({ offer }) => offer.provider),
    ...openRentals(job).map(({ provider }) => provider),
    ...job.resources.map(({ provider }) => provider),
  ];
  const unknown = ids.filter((id) => !clouds.some((cloud) => cloud.id === id));
  return { clouds: clouds.filter(({ id }) => ids.includes(id)), unknown: [...new Set(unknown)] };
}

/** `since` is `null` of one that the journal does not know. */
type Ending = Pick<Rental, 'id' | 'usdPerHour' | 'keyMark'> & { readonly since: string | null };

/** What the journal knows, and what bears a label of this job although the journal does not know it. */
async function toEnd(
  job: Job,
  provider: CloudProvider,
  { mark, timeScale }: Pick<GiveBack, 'mark' | 'timeScale'>,
  signal: AbortSignal,
): Promise<Ending[]> {
  const known = openRentals(job).filter((rental) => rental.provider === provider.id);
  const asked = unansweredLaunch(job);
  // Its request may be carried out although nobody waited for the answer: lists must have settled.
  if (asked?.offer.provider === provider.id) await findByLabel(provider, asked, { timeScale }, signal);
  const machines = await provider.machines(performance.now(), signal);
  const labels = new Set(job.launches.map(({ label }) => label));
  const isOurs = (name: string): boolean => {
    const label = parseLabel(name);
    return labels.has(name) || (label?.mark === mark && label.job === job.spec.id);
  };
  const unknown = machines
    .filter(({ id, name, state }) => state !== 'gone' && isOurs(name) && known.every((one) => one.id !== id))
    .map(({ id, usdPerHour }) => ({ id, usdPerHour, keyMark: null, since: null }));
  return [...known, ...unknown];
}

/** The launch whose answer nobody has seen: the job was given up, or stopped, while it asked. */
function unansweredLaunch(job: Job): Launch | undefined {
  return job.timeline.at(-2)?.state === 'launching' ? currentLaunch(job) : undefined;
}

/** @returns why it is not gone yet, or `null` */
async function end(
  provider: CloudProvider,
  { id, keyMark, since }: Ending,
  timeScale: number,
  signal: AbortSignal,
): Promise<string | null> {
  const refusal = await refusalOf(provider, id, signal);
  if (!(await isGone(provider, { name: id, keyMark }, signal)))
    return refusal ?? `${provider.title} still lists ${id}.`;
  // Lists and requests for it may both not know yet what was made a moment ago.
  const isYoung = since !== null && Date.now() - Date.parse(since) < absentMs * timeScale;
  return isYoung ? `${provider.title} may not list ${id} yet.` : null;
}

/** Asks for its end. A refusal counts only while the machine is there. */
async function refusalOf(provider: CloudProvider, id: string, signal: AbortSignal): Promise<string | null> {
  try {
    await (await provider.open()).terminate(id, signal);
    return null;
  } catch (error) {
    signal.throwIfAborted();
    return messageOf(error);
  }
}

async function releaseResources(
  { job, note, timeScale }: GiveBack,
  provider: CloudProvider,
  signal: AbortSignal,
): Promise<Job> {
  const cloud = await provider.open();
  let now = job;
  const rows = job.resources.filter((row) => row.provider === provider.id);
  if (rows.length === 0) return now;
  const launch = job.launches.findLast(({ offer }) => offer.provider === provider.id);
  if (launch) await mustBeItsAccount(provider, { name: launch.label, keyMark: launch.keyMark });
  // A row that was only intended may have come to something all the same, and shows up a little later.
  if (rows.some(({ id }) => id === null)) await delay(settleMs * timeScale, signal);
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
  return `A machine may still be running and costing money. ${machines.join('; ')}. While Trainyard runs, it goes on trying; "trainyard sweep" tries again. (${problem})`;
}
