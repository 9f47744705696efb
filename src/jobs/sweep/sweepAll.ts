import type { JobFolder } from '../../home.js';
import type { LazyCloud } from '../../providers/clouds.js';
import type { Job } from '../job.js';
import type { Driver } from '../lease.js';
import type { Machine } from '../machine.js';
import type { DriveResult } from '../runner.js';
import { whyStuck } from './stuck.js';
import { sweep, type Finding, type SweepRequest } from './sweep.js';
import type { Journals } from './verdict.js';

/** What a sweep works with: what this Trainyard knows, and how it drives a job. */
export interface Sweeping {
  /** What the journals say now. */
  journals(): Promise<Journals>;
  driver(id: string): Promise<Driver>;
  readonly clouds: readonly LazyCloud[];
  readonly mark: string;
  readonly timeScale: number;
  folder(id: string): JobFolder;
  machine(job: Job): Promise<Machine>;
  requestStop(id: string): Promise<unknown>;
  drive(id: string, signal: AbortSignal): Promise<DriveResult>;
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
  const { clouds, mark, timeScale, dryRun, onFinding } = sweeping;
  return sweep(
    {
      clouds,
      mark,
      timeScale,
      graceSeconds: (graceMs * timeScale) / 1000,
      dryRun,
      onFinding,
      journals: () => sweeping.journals(),
      needsFinishing: async (job) =>
        whyStuck({
          job,
          driver: await sweeping.driver(job.spec.id),
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
        try {
          return await sweeping.drive(spec.id, AbortSignal.any([until, soon]));
        } catch (error) {
          if (soon.aborted) throw new Error('it did not come to its end in half an hour', { cause: error });
          throw error;
        }
      },
    },
    signal,
  );
}
