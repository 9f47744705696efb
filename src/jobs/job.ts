import type { Parameters } from '../recipes/recipe.js';

/** One run of a recipe on a dataset, from "go" to "the model is home and the machine is gone". */
export interface Job {
  readonly spec: JobSpec;
  /** Counts from 1 and grows with every resume. */
  readonly attempt: number;
  readonly stage: Stage;
  readonly stopRequested: boolean;
  /** Hours the training may take in all; grows with `extend`. */
  readonly hours: number | null;
  /** When each state began, over all attempts. */
  readonly timeline: readonly TimelineEntry[];
  /** Results of every attempt that were brought here, newest last. */
  readonly collected: readonly CollectedFile[];
  /** What was rented and for how long, over all attempts. */
  readonly rentals: readonly Rental[];
}

/** A machine's paid time. ISO 8601; `until` is `null` while it runs. */
export interface Rental {
  readonly usdPerHour: number;
  readonly since: string;
  readonly until: string | null;
}

/** What the user asked for. Written once, never changed. */
export interface JobSpec {
  readonly id: string;
  readonly name: string;
  /** ISO 8601. */
  readonly created: string;
  /** Absolute path of the dataset folder on this computer. */
  readonly dataset: string;
  readonly recipe: string;
  readonly parameters: Parameters;
  readonly place: Place;
  readonly limits: Limits;
  readonly results: {
    /** Absolute path of the folder here that receives the model. */
    readonly to: string;
    /** Mirror checkpoints here while training runs. */
    readonly checkpoints: boolean;
  };
}

/** Where to train: a provider, and for SSH the destination as `ssh` takes it (`alias`, `user@host:port`). */
export interface Place {
  readonly provider: string;
  readonly destination: string | null;
  readonly identityFiles: readonly string[];
}

export interface Limits {
  /** Longest time the training may run. */
  readonly hours: number | null;
  /** Longest time without a byte of output while the GPU idles. */
  readonly stallMinutes: number | null;
  /** How long a stopped training may take to write a checkpoint before it is killed. */
  readonly graceSeconds: number;
}

/** The states of a job in the order of its life. */
export const jobStates = [
  'planned',
  'launching',
  'connecting',
  'preparing',
  'uploading',
  'training',
  'collecting',
  'releasing',
  'ended',
] as const;
export type JobState = (typeof jobStates)[number];

export type Outcome = 'succeeded' | 'failed' | 'cancelled';

/** The state a job is in, with exactly the facts that are known by then. */
export type Stage =
  | { readonly state: 'planned' }
  | { readonly state: 'launching'; readonly label: string }
  | { readonly state: 'connecting'; readonly instance: InstanceRef }
  | { readonly state: 'preparing'; readonly instance: InstanceRef }
  | { readonly state: 'uploading'; readonly instance: InstanceRef; readonly environment: EnvironmentRef }
  | {
      readonly state: 'training';
      readonly instance: InstanceRef;
      readonly environment: EnvironmentRef;
      readonly dataset: DatasetRef;
      /** Absent until the supervisor has said that the process runs. */
      readonly pid?: number;
    }
  | { readonly state: 'collecting'; readonly instance: InstanceRef; readonly training: TrainingEnd }
  | {
      readonly state: 'releasing';
      readonly instance: InstanceRef | null;
      readonly outcome: Outcome;
      readonly reason: Reason;
    }
  | { readonly state: 'ended'; readonly outcome: Outcome; readonly reason: Reason; readonly at: string };

export interface InstanceRef {
  readonly provider: string;
  readonly id: string;
  readonly usdPerHour: number;
}

export interface EnvironmentRef {
  /** Absolute path of the Python there. */
  readonly python: string;
  readonly hash: string;
}

export interface DatasetRef {
  /** Absolute path there. */
  readonly path: string;
  readonly hash: string;
}

/** How the training process ended, as the supervisor saw it. */
export interface TrainingEnd {
  readonly exitCode: number | null;
  readonly signal: string | null;
  readonly cause: 'exited' | 'stopped' | 'deadline' | 'stalled' | 'start-failed' | 'vanished';
  readonly message: string | null;
}

/** Why a job ended, for people. */
export interface Reason {
  /** Stable, `cuda-out-of-memory`. */
  readonly code: string;
  readonly message: string;
  readonly fix: string | null;
  /** What the program that failed said last, where that is not in the log of the training. */
  readonly lines?: readonly string[];
}

export interface CollectedFile {
  readonly role: 'model' | 'card' | 'checkpoint' | 'file';
  /** Absolute path here. */
  readonly path: string;
  readonly sha256: string;
  readonly bytes: number;
}

export interface TimelineEntry {
  readonly state: JobState;
  /** ISO 8601. */
  readonly since: string;
  readonly attempt: number;
}

/** What happened. The journal is a list of these; everything else is derived. */
export type JobEvent = { readonly at: string } & (
  | { readonly type: 'planned'; readonly spec: JobSpec }
  | { readonly type: 'launch.intended'; readonly label: string }
  | { readonly type: 'launched'; readonly instance: InstanceRef }
  | { readonly type: 'connected' }
  | { readonly type: 'prepared'; readonly environment: EnvironmentRef }
  | { readonly type: 'uploaded'; readonly dataset: DatasetRef }
  | { readonly type: 'training.started'; readonly pid: number }
  | { readonly type: 'training.ended'; readonly training: TrainingEnd }
  | {
      readonly type: 'collected';
      readonly files: readonly CollectedFile[];
      readonly outcome: Outcome;
      readonly reason: Reason;
    }
  /** The results were fetched again, after the end. */
  | { readonly type: 'fetched'; readonly files: readonly CollectedFile[] }
  | { readonly type: 'gave-up'; readonly outcome: Outcome; readonly reason: Reason }
  | { readonly type: 'released' }
  | { readonly type: 'stop.requested' }
  | { readonly type: 'extended'; readonly hours: number }
  | { readonly type: 'resumed' }
);

/** The facts of a finished collection or of a step that cannot go on. */
type Distributive<T> = T extends unknown ? Omit<T, 'at'> : never;
/** An event before the journal has dated it. */
export type NewEvent = Distributive<JobEvent>;

/**
 * The state of a job is what this says of its journal, nothing else.
 * An event that does not fit the state (a doubled line, an overtaken driver) changes nothing.
 * @returns `undefined` while the journal does not begin with `planned`
 */
export function reduce(events: Iterable<JobEvent>): Job | undefined {
  let job: Job | undefined;
  for (const event of events) {
    if (job) job = apply(job, event);
    else if (event.type === 'planned') job = begin(event.spec, event.at);
  }
  return job;
}

function begin(spec: JobSpec, at: string): Job {
  return {
    spec,
    attempt: 1,
    stage: { state: 'planned' },
    stopRequested: false,
    hours: spec.limits.hours,
    timeline: [{ state: 'planned', since: at, attempt: 1 }],
    collected: [],
    rentals: [],
  };
}

/** One event more. Pure. */
export function apply(job: Job, event: JobEvent): Job {
  const { stage } = job;
  switch (event.type) {
    case 'planned':
      return job;
    case 'launch.intended':
      if (stage.state !== 'planned') return job;
      return enter(job, { state: 'launching', label: event.label }, event.at);
    case 'launched': {
      if (stage.state !== 'launching') return job;
      const { usdPerHour } = event.instance;
      const rental: Rental = { usdPerHour, since: event.at, until: null };
      return {
        ...enter(job, { state: 'connecting', instance: event.instance }, event.at),
        rentals: [...job.rentals, rental],
      };
    }
    case 'connected':
      if (stage.state !== 'connecting') return job;
      return enter(job, { state: 'preparing', instance: stage.instance }, event.at);
    case 'prepared':
      if (stage.state !== 'preparing') return job;
      return enter(
        job,
        { state: 'uploading', instance: stage.instance, environment: event.environment },
        event.at,
      );
    case 'uploaded':
      if (stage.state !== 'uploading') return job;
      return enter(
        job,
        {
          state: 'training',
          instance: stage.instance,
          environment: stage.environment,
          dataset: event.dataset,
        },
        event.at,
      );
    case 'training.started':
      if (stage.state !== 'training') return job;
      return { ...job, stage: { ...stage, pid: event.pid } };
    case 'training.ended':
      if (stage.state !== 'training') return job;
      return enter(
        job,
        { state: 'collecting', instance: stage.instance, training: event.training },
        event.at,
      );
    case 'collected': {
      if (stage.state !== 'collecting') return job;
      const next: Stage = {
        state: 'releasing',
        instance: stage.instance,
        outcome: event.outcome,
        reason: event.reason,
      };
      return { ...enter(job, next, event.at), collected: [...job.collected, ...event.files] };
    }
    case 'fetched':
      return { ...job, collected: [...job.collected, ...event.files] };
    case 'gave-up':
      if (stage.state === 'releasing' || stage.state === 'ended') return job;
      return enter(
        job,
        {
          state: 'releasing',
          instance: 'instance' in stage ? stage.instance : null,
          outcome: event.outcome,
          reason: event.reason,
        },
        event.at,
      );
    case 'released': {
      if (stage.state !== 'releasing') return job;
      const { outcome, reason } = stage;
      return {
        ...enter(job, { state: 'ended', outcome, reason, at: event.at }, event.at),
        rentals: job.rentals.map((rental) => ({ ...rental, until: rental.until ?? event.at })),
      };
    }
    case 'stop.requested':
      return stage.state === 'ended' ? job : { ...job, stopRequested: true };
    case 'extended':
      return job.hours === null ? job : { ...job, hours: job.hours + event.hours };
    case 'resumed':
      if (stage.state !== 'ended') return job;
      return enter(
        { ...job, attempt: job.attempt + 1, stopRequested: false },
        { state: 'planned' },
        event.at,
      );
    default:
      return event satisfies never;
  }
}

function enter(job: Job, stage: Stage, since: string): Job {
  const entry: TimelineEntry = { state: stage.state, since, attempt: job.attempt };
  return { ...job, stage, timeline: [...job.timeline, entry] };
}

/** The model of the newest attempt that left one. */
export function modelOf(job: Job): CollectedFile | undefined {
  const models = job.collected.filter((file) => file.role === 'model');
  return models.at(-1) ?? job.collected.filter((file) => file.role === 'checkpoint').at(-1);
}

/** What the job has cost until `now` (milliseconds since the epoch), from the prices stored at launch. */
export function costUsd(job: Job, now: number): number {
  return job.rentals.reduce((sum, { usdPerHour, since, until }) => {
    const end = until === null ? now : Date.parse(until);
    return sum + (usdPerHour * Math.max(0, end - Date.parse(since))) / 3_600_000;
  }, 0);
}

/** Milliseconds from the first step of the first attempt to its end or to `now`. */
export function elapsedMs(job: Job, now: number): number {
  const end = job.stage.state === 'ended' ? Date.parse(job.stage.at) : now;
  return Math.max(0, end - Date.parse(job.spec.created));
}
