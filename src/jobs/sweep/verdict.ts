import { labelPrefix, type RentedInstance, type Resource } from '../../providers/cloud.js';
import type { Job } from '../job.js';
import { leftBehind } from '../rented/leftBehind.js';
import { jobName, parseLabel, type Label } from '../rented/label.js';

/** What the journals of this Trainyard say at one moment. */
export interface Journals {
  readonly jobs: readonly Job[];
  /** Jobs whose journals cannot be read, by a newer Trainyard perhaps: their machines are theirs all the same. */
  readonly unreadable: readonly string[];
}

/** What a sweep knows of this Trainyard. */
export interface Known extends Journals {
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
  const label = parseLabel(name);
  if (!label) return { kind: 'not-ours' };
  if (machine.locked) return { kind: 'keep', why: 'it is locked in the console', job: null };
  const job = known.jobs.find(
    ({ spec, launches }) =>
      launches.some((launch) => launch.label === name) ||
      (label.mark === known.mark && spec.id === label.job),
  );
  if (job) return ofJob(machine, job, label, known);
  const isUnreadable = known.unreadable.includes(label.job);
  if (label.mark === known.mark && !isUnreadable)
    return { kind: 'end', why: 'no job of this computer knows it' };
  if (isPast(label.deadline, known))
    return { kind: 'end', why: 'it is past its deadline, and its job is on no computer we know' };
  const why = isUnreadable
    ? `the journal of its job ${label.job} cannot be read`
    : 'it belongs to Trainyard on another computer';
  return { kind: 'keep', why, job: null };
}

function ofJob(machine: RentedInstance, job: Job, { deadline: labelled }: Label, known: Known): Verdict {
  const { stage, spec } = job;
  const launch = job.launches.findLast(({ label }) => label === machine.name);
  if (stage.state === 'ended') return { kind: 'end', why: `its job ${spec.id} has ended` };
  const deadline = launch?.deadline ?? labelled;
  if (isPast(deadline, known)) return { kind: 'end', why: `it is past the deadline of its job ${spec.id}` };
  const isOld = leftBehind(job).some(
    ({ provider, id }) => provider === machine.provider && id === machine.id,
  );
  const isOlder = launch !== undefined && launch !== job.launches.at(-1);
  if (isOld || isOlder) return { kind: 'end', why: `its job ${spec.id} has moved on to another machine` };
  if (launch && isDouble(machine, job))
    return { kind: 'end', why: `its job ${spec.id} has another machine of the same label` };
  return { kind: 'keep', why: `its job ${spec.id} is ${stage.state}`, job };
}

/** A request that was sent twice can come to two machines; the journal has one of them. */
function isDouble({ provider, id }: RentedInstance, { stage }: Job): boolean {
  const current = 'instance' in stage ? stage.instance : null;
  return current?.provider === provider && current.id !== id;
}

const isPast = (deadline: number, { now, graceSeconds }: Known): boolean => now > deadline + graceSeconds;

/** Whether a key or an address of ours has outlived its job. */
export function isLeaked(resource: Resource, { jobs, unreadable, mark }: Known): boolean {
  // Names of jobs may begin alike: it is leaked only when none that it may belong to goes on.
  const isNamedAfter = (id: string): boolean => `${resource.name}-`.startsWith(`${jobName(mark, id)}-`);
  if (unreadable.some(isNamedAfter)) return false;
  const owners = jobs.filter((job) => isNamedAfter(job.spec.id) || hasRow(job, resource));
  if (owners.length > 0) return owners.every(({ stage }) => stage.state === 'ended');
  return resource.name.startsWith(`${labelPrefix}${mark}-`);
}

const hasRow = ({ resources }: Job, { kind, provider, name }: Resource): boolean =>
  resources.some((row) => row.kind === kind && row.provider === provider && row.name === name);
