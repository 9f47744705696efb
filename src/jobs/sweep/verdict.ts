import { labelPrefix, type RentedInstance, type Resource } from '../../providers/cloud.js';
import type { Job } from '../job.js';
import { leftBehind } from '../rented/choose.js';
import { deadlineIn, jobName, parseLabel } from '../rented/label.js';

/** What a sweep knows of this Trainyard. */
export interface Known {
  readonly jobs: readonly Job[];
  /** Of our labels; other marks belong to other computers with the same account. */
  readonly mark: string;
  /** Unix seconds. */
  readonly now: number;
  /** Seconds after its deadline that a machine is given to end itself. */
  readonly graceSeconds: number;
}

/** What is to become of a machine. Only what bears our label is ever ended. */
export type Verdict =
  | { readonly kind: 'end'; readonly why: string }
  | { readonly kind: 'keep'; readonly why: string; readonly job: Job | null }
  | { readonly kind: 'not-ours' };

/** Decides about one machine of a complete list. Pure. */
export function verdictOn(machine: RentedInstance, known: Known): Verdict {
  const { name } = machine;
  const deadline = deadlineIn(name);
  if (!name.startsWith(labelPrefix) || deadline === undefined) return { kind: 'not-ours' };
  if (machine.locked) return { kind: 'keep', why: 'it is locked in the console', job: null };
  const label = parseLabel(name);
  const job = known.jobs.find(
    ({ spec, launches }) =>
      launches.some((launch) => launch.label === name) ||
      (label?.mark === known.mark && spec.id === label.job),
  );
  if (job) return ofJob(machine, job, known);
  if (label?.mark === known.mark) return { kind: 'end', why: 'no job of this computer knows it' };
  if (isPast(deadline, known))
    return { kind: 'end', why: 'it is past its deadline, and its job is on no computer we know' };
  return { kind: 'keep', why: 'it belongs to Trainyard on another computer', job: null };
}

function ofJob(machine: RentedInstance, job: Job, known: Known): Verdict {
  const { stage, spec } = job;
  const launch = job.launches.findLast(({ label }) => label === machine.name);
  if (stage.state === 'ended') return { kind: 'end', why: `its job ${spec.id} has ended` };
  const deadline = launch?.deadline ?? deadlineIn(machine.name) ?? 0;
  if (isPast(deadline, known)) return { kind: 'end', why: `it is past the deadline of its job ${spec.id}` };
  const isOld = leftBehind(job).some(
    ({ provider, id }) => provider === machine.provider && id === machine.id,
  );
  const isOlder = launch !== undefined && launch !== job.launches.at(-1);
  if (isOld || isOlder) return { kind: 'end', why: `its job ${spec.id} has moved on to another machine` };
  return { kind: 'keep', why: `its job ${spec.id} is ${stage.state}`, job };
}

const isPast = (deadline: number, { now, graceSeconds }: Known): boolean => now > deadline + graceSeconds;

/** Whether a key or an address of ours has outlived its job. */
export function isLeaked(resource: Resource, { jobs, mark }: Known): boolean {
  const owner = jobs.find(
    ({ spec }) => jobName(mark, spec.id) === resource.name || isRowOf(resource, spec.id, jobs),
  );
  if (owner) return owner.stage.state === 'ended';
  return resource.name.startsWith(`${labelPrefix}${mark}-`);
}

const isRowOf = (resource: Resource, id: string, jobs: readonly Job[]): boolean =>
  jobs.some(
    ({ spec, resources }) =>
      spec.id === id &&
      resources.some(
        ({ kind, provider, name }) =>
          kind === resource.kind && provider === resource.provider && name === resource.name,
      ),
  );
