import type { Resource } from '../providers/cloud.js';
import type { Parameters } from '../recipes/recipe.js';
import { deadlineOf } from './budget.js';
import type { OfferRef, RentWish } from './rentWish.js';

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
  /** What was rented and for how long, over all attempts; those without an end must still be ended. */
  readonly rentals: readonly Rental[];
  /** Every label a machine was asked for with, newest last. */
  readonly launches: readonly Launch[];
  /** What else was made for the job and not let go of yet. */
  readonly resources: readonly Resource[];
  /** The highest price an hour the user has agreed to; `null` where nothing is rented. */
  readonly agreedUsdPerHour: number | null;
  /** The highest share of the budget that was told, in percent. */
  readonly budgetPercent: number;
  /** When a machine could not be ended in time, ISO 8601: it may still cost money. */
  readonly overdue: string | null;
  /** Where the log of the present machine begins in the log here: earlier ones came from machines that are gone. */
  readonly mirrorBase: MirrorBase;
}

/** A machine's paid time. ISO 8601; `until` is `null` until it is gone for sure. */
export interface Rental {
  readonly provider: string;
  readonly id: string;
  readonly usdPerHour: number;
  /** Of the key it was rented with; `null` in journals of before there were marks. */
  readonly keyMark: string | null;
  readonly since: string;
  readonly until: string | null;
}

/** One time a machine was asked for. */
export interface Launch {
  readonly label: string;
  readonly offer: OfferRef;
  /** The machine must be gone by then; Unix seconds. */
  readonly deadline: number;
  /** The training must be over by then, so that its results come home; Unix seconds. */
  readonly endsAt: number;
  /** Of the key that asks for it; `null` in journals of before there were marks. */
  readonly keyMark: string | null;
  /** What became of it, when it did not come to a machine that trained. */
  readonly refused: string | null;
  /** Refused because bytes went there too slowly. */
  readonly lineWasSlow: boolean;
}

/** Lengths in bytes. */
export interface MirrorBase {
  readonly log: number;
  readonly gpu: number;
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
  /** What may be rented; `null` for a machine of the user's own. */
  readonly rent: RentWish | null;
  readonly limits: Limits;
  readonly results: {
    /** Absolute path of the folder here that receives the model. */
    readonly to: string;
    /** Mirror checkpoints here while training runs. */
    readonly checkpoints: boolean;
  };
}

/**
 * Where to train: a provider, and for SSH the destination as `ssh` takes it (`alias`, `user@host:port`). For a rented
 * machine the provider of the first choice.
 */
export interface Place {
  readonly provider: string;
  readonly destination: string | null;
  readonly identityFiles: readonly string[];
}

export interface Limits {
  /** Longest time the training may run; of a rented machine, the longest it may live. */
  readonly hours: number | null;
  /** Most that the job may cost, in US dollars. */
  readonly budgetUsd: number | null;
  /** How long a rented machine waits for somebody to collect its results. */
  readonly keepMinutes: number;
  /** Longest time without a byte of output while the GPU idles. */
  readonly stallMinutes: number | null;
  /** How long a stopped training may take to write a checkpoint before it is killed. */
  readonly graceSeconds: number;
}

/** The states of a job in the order of its life. */
export const jobStates = [
  'planned',
  'recovering',
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
  /** The machine was bad, or is lost: another one takes its place. */
  | { readonly state: 'recovering'; readonly why: string }
  | { readonly state: 'launching'; readonly label: string; readonly offer: OfferRef | null }
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
  | {
      readonly type: 'launch.intended';
      readonly label: string;
      /** Absent for a machine of the user's own. */
      readonly rental?: {
        readonly offer: OfferRef;
        readonly deadline: number;
        readonly endsAt: number;
        readonly keyMark?: string;
      };
    }
  /** The offer was gone or refused, and nothing was made. */
  | { readonly type: 'launch.refused'; readonly label: string; readonly why: string }
  | { readonly type: 'launched'; readonly instance: InstanceRef }
  | { readonly type: 'repriced'; readonly provider: string; readonly id: string; readonly usdPerHour: number }
  /** The machine cannot be used: another offer is taken. */
  | { readonly type: 'instance.rejected'; readonly why: string; readonly lineWasSlow?: boolean }
  /** The machine is lost in mid-job: another goes on from the newest checkpoint. */
  | { readonly type: 'instance.lost'; readonly why: string; readonly mirrored: MirrorBase }
  /** Absent from complete lists, twice. */
  | { readonly type: 'instance.gone'; readonly provider: string; readonly id: string }
  | { readonly type: 'resource.intended'; readonly resource: Resource }
  | { readonly type: 'resource.made'; readonly resource: Resource }
  | { readonly type: 'resource.gone'; readonly resource: Resource }
  | { readonly type: 'agreed'; readonly usdPerHour: number }
  | { readonly type: 'budget.reached'; readonly percent: number }
  | { readonly type: 'release.overdue'; readonly message: string }
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
  /** `mirrored`: what is here of earlier machines, when another one goes on. */
  | { readonly type: 'resumed'; readonly mirrored?: MirrorBase }
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
    launches: [],
    resources: [],
    agreedUsdPerHour: spec.rent?.agreedUsdPerHour ?? null,
    budgetPercent: 0,
    overdue: null,
    mirrorBase: { log: 0, gpu: 0 },
  };
}

/** One event more. Pure. */
export function apply(job: Job, event: JobEvent): Job {
  const { stage } = job;
  switch (event.type) {
    case 'planned':
      return job;
    case 'launch.intended': {
      if (stage.state !== 'planned' && stage.state !== 'recovering') return job;
      const { label, rental } = event;
      const launching = enter(job, { state: 'launching', label, offer: rental?.offer ?? null }, event.at);
      if (!rental) return launching;
      return {
        ...launching,
        launches: [...job.launches, { label, keyMark: null, ...rental, refused: null, lineWasSlow: false }],
      };
    }
    case 'launch.refused':
      if (stage.state !== 'launching') return job;
      return enter(refuseLaunch(job, event.why), { state: 'recovering', why: event.why }, event.at);
    case 'launched':
      return launched(job, event.instance, event.at);
    case 'repriced':
      return repriced(job, event, event.at);
    case 'instance.rejected':
      if (!beforeTraining.has(stage.state)) return job;
      return enter(
        refuseLaunch(job, event.why, event.lineWasSlow),
        { state: 'recovering', why: event.why },
        event.at,
      );
    case 'instance.lost': {
      if (!('instance' in stage) || stage.state === 'releasing') return job;
      const next = { ...job, attempt: job.attempt + 1, mirrorBase: event.mirrored };
      return enter(next, { state: 'recovering', why: event.why }, event.at);
    }
    case 'instance.gone':
      return { ...job, rentals: changeRental(job, event, { until: event.at }) };
    case 'resource.intended':
    case 'resource.made':
      return { ...job, resources: [...withoutResource(job, event.resource), event.resource] };
    case 'resource.gone':
      return { ...job, resources: withoutResource(job, event.resource) };
    case 'agreed':
      return { ...job, agreedUsdPerHour: Math.max(job.agreedUsdPerHour ?? 0, event.usdPerHour) };
    case 'budget.reached':
      return { ...job, budgetPercent: Math.max(job.budgetPercent, event.percent) };
    case 'release.overdue':
      return stage.state === 'releasing' ? { ...job, overdue: job.overdue ?? event.at } : job;
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
        overdue: null,
        rentals: job.rentals.map((rental) => ({ ...rental, until: rental.until ?? event.at })),
      };
    }
    case 'stop.requested':
      return stage.state === 'ended' ? job : { ...job, stopRequested: true };
    case 'extended':
      return extend(job, event.hours);
    case 'resumed':
      if (stage.state !== 'ended') return job;
      return enter(
        {
          ...job,
          attempt: job.attempt + 1,
          stopRequested: false,
          mirrorBase: event.mirrored ?? job.mirrorBase,
        },
        { state: 'planned' },
        event.at,
      );
    default:
      return event satisfies never;
  }
}

/** One that an overtaken driver has rented does not become the job's, but it must be ended all the same. */
function launched(job: Job, instance: InstanceRef, at: string): Job {
  const { provider, id, usdPerHour } = instance;
  const isKnown = job.rentals.some((rental) => rental.provider === provider && rental.id === id);
  const isAsked = job.stage.state === 'launching';
  if (!isAsked && (isKnown || job.stage.state === 'ended')) return job;
  const keyMark = currentLaunch(job)?.keyMark ?? null;
  const rental: Rental = { provider, id, usdPerHour, keyMark, since: at, until: null };
  const rented = { ...job, rentals: [...job.rentals, rental] };
  return isAsked ? enter(rented, { state: 'connecting', instance }, at) : rented;
}

/** A machine that turns out to be dearer must be gone sooner, so that the budget holds. */
function repriced(job: Job, { provider, id, usdPerHour }: InstanceRef, at: string): Job {
  const next = { ...job, rentals: changeRental(job, { provider, id }, { usdPerHour }) };
  const { budgetUsd } = job.spec.limits;
  const isCurrent = 'instance' in job.stage && job.stage.instance?.id === id;
  if (budgetUsd === null || !isCurrent) return next;
  const now = Date.parse(at);
  const spentUsd = costUsd(next, now);
  const most = deadlineOf({ now: now / 1000, hours: Infinity, budgetUsd, spentUsd, usdPerHour });
  return changeLastLaunch(next, ({ deadline, endsAt }) => ({
    deadline: Math.min(deadline, most.deadline),
    endsAt: Math.min(endsAt, most.endsAt),
  }));
}

/** A rented machine lives longer by as much. */
function extend(job: Job, hours: number): Job {
  const seconds = hours * 3600;
  const longer = changeLastLaunch(job, ({ deadline, endsAt }) => ({
    deadline: deadline + seconds,
    endsAt: endsAt + seconds,
  }));
  return { ...longer, hours: job.hours === null ? null : job.hours + hours };
}

/** States in which nothing is trained yet. */
const beforeTraining: ReadonlySet<JobState> = new Set(['connecting', 'preparing', 'uploading']);

function refuseLaunch(job: Job, why: string, lineWasSlow = false): Job {
  return changeLastLaunch(job, () => ({ refused: why, lineWasSlow }));
}

function changeLastLaunch(job: Job, change: (launch: Launch) => Partial<Launch>): Job {
  const last = job.launches.length - 1;
  return {
    ...job,
    launches: job.launches.map((launch, index) =>
      index === last ? { ...launch, ...change(launch) } : launch,
    ),
  };
}

function changeRental(
  { rentals }: Job,
  { provider, id }: { readonly provider: string; readonly id: string },
  change: Partial<Rental>,
): readonly Rental[] {
  return rentals.map((rental) =>
    rental.provider === provider && rental.id === id && rental.until === null
      ? { ...rental, ...change }
      : rental,
  );
}

/** A resource is the same one by its name: its id comes later. */
const withoutResource = ({ resources }: Job, { provider, kind, name }: Resource): readonly Resource[] =>
  resources.filter((row) => row.provider !== provider || row.kind !== kind || row.name !== name);

function enter(job: Job, stage: Stage, since: string): Job {
  const entry: TimelineEntry = { state: stage.state, since, attempt: job.attempt };
  return { ...job, stage, timeline: [...job.timeline, entry] };
}

/** The model of the newest attempt that left one. */
export function modelOf(job: Job): CollectedFile | undefined {
  const models = job.collected.filter((file) => file.role === 'model');
  return models.at(-1) ?? job.collected.filter((file) => file.role === 'checkpoint').at(-1);
}

/** Machines that were rented and are not known to be gone. */
export function openRentals(job: Job): readonly Rental[] {
  return job.rentals.filter(({ until }) => until === null);
}

/** The newest launch: its label, what was to be paid, and when the machine must be gone. */
export function currentLaunch(job: Job): Launch | undefined {
  return job.launches.at(-1);
}

/** Launches since somebody last said go: what went wrong before a job was resumed says nothing about now. */
export function launchesSinceGo({ launches, timeline }: Job): readonly Launch[] {
  const go = timeline.findLastIndex(({ state }) => state === 'planned');
  const asked = timeline.slice(go).filter(({ state }) => state === 'launching').length;
  return launches.slice(launches.length - asked);
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
