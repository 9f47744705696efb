import type { JobFolder, TrainyardHome } from '../../home.js';
import type { Logger } from '../../logger.js';
import type { Offer } from '../../providers/cloud.js';
import type { Providers } from '../../providers/index.js';
import type { Provider } from '../../providers/provider.js';
import type { RuntimeFiles } from '../../remote/runtimeFiles.js';
import type { Signal } from '../../disposable.js';
import type { Job, JobState, NewEvent, Stage } from '../job.js';
import type { BadHosts } from '../badHosts.js';
import type { Activity } from '../lease.js';
import type { Machine } from '../machine.js';
import type { MayHoldKey } from '../rented/guard.js';
import type { Note } from '../rented/journalLedger.js';
import type { SecretSource } from '../secrets.js';

/** The stage of one state, with its facts. */
export type StageOf<S extends JobState> = Extract<Stage, { state: S }>;

/** What a step may use. */
export interface StepContext {
  readonly job: Job;
  readonly folder: JobFolder;
  readonly home: TrainyardHome;
  readonly runtime: RuntimeFiles;
  /** Of the machine the job has, else of its first choice. */
  readonly provider: Provider;
  readonly providers: Providers;
  readonly machine: Machine;
  readonly secrets: SecretSource;
  readonly logger: Logger;
  readonly renting: Renting;
  /** Whether this step may have run before: after a crash, or when it failed and is tried again. */
  readonly repeated: boolean;
  /** Writes down what a step does on its way; on the disk when it resolves. */
  readonly note: Note;
  /** Fires when somebody has written a request into the journal while the step runs. */
  readonly requests: Signal<Job>;
  /** Tells everybody who watches what is being done. */
  readonly show: (message: string, fraction?: number) => void;
}

/** What steps need to know where machines are rented. */
export interface Renting {
  /** Tells this Trainyard's machines from those of others on the same account. */
  readonly mark: string;
  readonly badHosts: BadHosts;
  readonly mayHoldKey: MayHoldKey;
  /** Factor on waits of our own. */
  readonly timeScale: number;
  /** What is agreed to is gone; a dearer offer is there. Absent where nobody can be asked: that is a no. */
  readonly askDearer?: (dearer: Dearer, signal: AbortSignal) => Promise<boolean>;
}

export interface Dearer {
  readonly job: Job;
  readonly offer: Offer;
  readonly agreedUsdPerHour: number;
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
