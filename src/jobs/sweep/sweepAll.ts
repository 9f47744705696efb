import type { JobFolder } from '../../home.js';
import type { LazyCloud } from '../../providers/clouds.js';
import type { Job } from '../job.js';
import type { Driver } from '../lease.js';
import type { Machine } from '../machine.js';
import { whyStuck } from './stuck.js';
import { sweep, type Finding, type SweepRequest } from './sweep.js';

/** What a sweep works with: what this Trainyard knows, and how it drives a job. */
export interface Sweeping {
  readonly jobs: readonly { readonly job: Job; readonly driver: Driver }[];
  readonly clouds: readonly LazyCloud[];
  readonly mark: string;
  readonly timeScale: number;
  folder(id: string): JobFolder;
  machine(job: Job): Promise<Machine>;
  requestStop(id: string): Promise<unknown>;
  drive(id: string, signal: AbortSignal): Promise<unknown>;
}

/** Machines end themselves at their deadline; so long after it nobody waits for that any more. */
const graceMs = 5 * 60_000;

/** For the last results of a job that is brought to its end. */
const finishMs = 30 * 60_000;
const leastFinishMs = 20_000;

/** {@link sweep} over everything this Trainyard knows. */
export function sweepAll(
  sweeping: Sweeping & Pick<SweepRequest, 'dryRun' | 'onFinding'>,
  signal: AbortSignal,
): Promise<readonly Finding[]> {
  const { jobs, clouds, mark, timeScale, dryRun, onFinding } = sweeping;
  const driverOf = new Map(jobs.map(({ job, driver }) => [job.spec.id, driver]));
  return sweep(
    {
      jobs: jobs.map(({ job }) => job),
      clouds,
      mark,
      now: Date.now() / 1000,
      graceSeconds: (graceMs * timeScale) / 1000,
      dryRun,
      onFinding,
      needsFinishing: (job) =>
        whyStuck({
          job,
          driver: driverOf.get(job.spec.id) ?? { kind: 'none' },
          folder: sweeping.folder(job.spec.id),
          now: Date.now(),
          graceMs: graceMs * timeScale,
          timeScale,
          ask: async (question) => {
            const machine = await sweeping.machine(job);
            try {
              return await question(await machine.agent(signal));
            } finally {
              machine.dispose();
            }
          },
        }),
      finish: async ({ spec, stage }, until) => {
        if (stage.state !== 'collecting' && stage.state !== 'releasing') await sweeping.requestStop(spec.id);
        // What does not come home in this time is given up with its machine.
        const soon = AbortSignal.timeout(Math.max(leastFinishMs, finishMs * timeScale));
        await sweeping.drive(spec.id, AbortSignal.any([until, soon]));
      },
    },
    signal,
  );
}
