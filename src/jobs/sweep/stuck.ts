import { stat } from 'node:fs/promises';
import type { JobFolder } from '../../home.js';
import type { Agent } from '../../remote/agent.js';
import type { RunStatus } from '../../remote/supervisor.js';
import { currentLaunch, type Job } from '../job.js';
import type { Driver } from '../lease.js';

/** Without any sign of progress for so long a job that nobody drives is stuck. */
const stuckMs = 2 * 3_600_000;
const askMs = 60_000;

export interface Look {
  readonly job: Job;
  readonly driver: Driver;
  readonly folder: JobFolder;
  /** Asks the machine of the job; rejects when it does not answer. */
  readonly ask: <T>(question: (agent: Agent) => Promise<T>) => Promise<T>;
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** How long after its deadline a machine is given to end itself. */
  readonly graceMs: number;
  readonly timeScale: number;
}

/**
 * Why somebody must bring a job to its end: its results wait, or nothing has moved for two hours. A training that goes
 * on by itself on its machine is well, and is asked before it is judged. `null`: leave it.
 */
export async function whyStuck(look: Look): Promise<string | null> {
  const { job, driver, folder, now, timeScale } = look;
  if (driver.kind === 'driving') return null;
  const { state } = job.stage;
  if (state === 'collecting' || state === 'releasing') return `it waits in ${state} and nobody drives it`;
  const { deadline } = currentLaunch(job) ?? {};
  if (deadline !== undefined && now > deadline * 1000 + look.graceMs) return 'it is past its deadline';
  const isSilent = now - (await lastSign(job, folder)) >= stuckMs * timeScale;
  if (state !== 'training')
    return isSilent ? 'nothing has happened for two hours, and nobody drives it' : null;
  const here = await sizeOf(folder.log);
  const status = await statusOf(look, isSilent);
  // Its machine waits only so long for somebody to fetch them.
  if (status?.state?.phase === 'ended') return 'its training has ended, and its results wait';
  if (!status || !isSilent) return null;
  const isMoving = job.mirrorBase.log + status.logBytes > here;
  return isMoving ? null : 'its training has printed nothing for two hours';
}

/** A machine that does not answer now is trouble only when it has been silent for long. */
async function statusOf({ job, ask }: Look, mustAnswer: boolean): Promise<RunStatus | null> {
  try {
    return await ask((agent) => agent.status(job.spec.id, AbortSignal.timeout(askMs)));
  } catch (error) {
    if (mustAnswer) throw error;
    return null;
  }
}

async function lastSign({ timeline, spec }: Job, { log, journal }: JobFolder): Promise<number> {
  const times = await Promise.all([modified(log), modified(journal)]);
  return Math.max(Date.parse(timeline.at(-1)?.since ?? spec.created), ...times);
}

const modified = (path: string): Promise<number> =>
  stat(path).then(
    ({ mtimeMs }) => mtimeMs,
    () => 0,
  );

const sizeOf = (path: string): Promise<number> =>
  stat(path).then(
    ({ size }) => size,
    () => 0,
  );
