import type { JobFolder, TrainyardHome } from '../../home.js';
import type { Logger } from '../../logger.js';
import type { Provider } from '../../providers/provider.js';
import type { RuntimeFiles } from '../../remote/runtimeFiles.js';
import type { Signal } from '../../disposable.js';
import type { Job, JobState, NewEvent, Stage } from '../job.js';
import type { Activity } from '../lease.js';
import type { Machine } from '../machine.js';
import type { SecretSource } from '../secrets.js';

/** The stage of one state, with its facts. */
export type StageOf<S extends JobState> = Extract<Stage, { state: S }>;

/** What a step may use. */
export interface StepContext {
  readonly job: Job;
  readonly folder: JobFolder;
  readonly home: TrainyardHome;
  readonly runtime: RuntimeFiles;
  readonly provider: Provider;
  readonly machine: Machine;
  readonly secrets: SecretSource;
  readonly logger: Logger;
  /** Fires when somebody has written a request into the journal while the step runs. */
  readonly requests: Signal<Job>;
  /** Tells everybody who watches what is being done. */
  readonly show: (message: string, fraction?: number) => void;
}

/**
 * Does one piece of a job's work and resolves with the event that says so. It trusts only the stage it was given and
 * what it finds on the machine, so it can be run again after a crash at any point.
 */
export type Step<S extends JobState> = (
  stage: StageOf<S>,
  context: StepContext,
  signal: AbortSignal,
) => Promise<NewEvent>;

export const toActivity = (message: string, fraction: number | undefined): Activity => ({
  message,
  fraction: fraction ?? null,
});
