import type { FleetSnapshot, ProviderView } from '../fleet.js';
import { currentLaunch, openRentals, type Job, type Rental } from '../jobs/job.js';
import { instanceOf } from '../jobs/jobInstance.js';
import { parseLabel } from '../jobs/rented/label.js';
import { labelPrefix, type RentedInstance } from '../providers/cloud.js';

/**
 * Whose a machine is.
 * - `job`: a job of this computer is on it
 * - `left`: a job of this computer was on it and is not any more
 * - `jobless`: this Trainyard made it, and no job knows it
 * - `elsewhere`: Trainyard made it on another computer
 * - `foreign`: it does not bear our label, and is never touched
 */
export type Owner = 'job' | 'left' | 'jobless' | 'elsewhere' | 'foreign';

/** A machine of a cloud with what the journals know of it. */
export interface RentedMachine {
  readonly machine: RentedInstance;
  readonly owner: Owner;
  /** Jobs that are on it now. */
  readonly jobs: readonly Job[];
  /** The job it was rented for, whether it is still on it or not. */
  readonly madeFor: Job | null;
  /** What is paid for it, as the job wrote it down. */
  readonly rental: Rental | null;
  /** When it must be gone; Unix seconds. */
  readonly deadline: number | null;
}

/** So long a list that a provider gave before a machine was gone may still show it. */
const oldListMs = 60_000;

/**
 * The machines of a cloud, each with its jobs; those that are over left out, and what is not ours last.
 * @param mark of the labels that this Trainyard gives, see `markOf`
 * @param now milliseconds since the epoch
 */
export function rentedMachines(
  { instances }: Pick<ProviderView, 'instances'>,
  jobs: readonly Job[],
  mark: string,
  now: number,
): readonly RentedMachine[] {
  return instances
    .filter(isRented)
    .map((machine) => toRentedMachine(machine, jobs, mark))
    .filter(({ machine, rental }) => machine.state !== 'gone' && !isJustGone(rental, now))
    .toSorted((a, b) => Number(a.owner === 'foreign') - Number(b.owner === 'foreign'));
}

/** Only clouds list machines with a price. */
const isRented = (instance: ProviderView['instances'][number]): instance is RentedInstance =>
  'stateWord' in instance;

function toRentedMachine(machine: RentedInstance, jobs: readonly Job[], mark: string): RentedMachine {
  const { name } = machine;
  const rental = jobs.flatMap(({ rentals }) => rentals).findLast((one) => isOf(one, machine)) ?? null;
  const madeFor = jobs.find((job) => knows(job, machine)) ?? null;
  const onIt = jobs.filter((job) => isOn(job, machine));
  const launch = madeFor?.launches.findLast(({ label }) => label === name);
  return {
    machine,
    owner: ownerOf(machine, { onIt, madeFor }, mark),
    jobs: onIt,
    madeFor,
    rental,
    deadline: launch?.deadline ?? parseLabel(name)?.deadline ?? null,
  };
}

function ownerOf(
  { name }: RentedInstance,
  { onIt, madeFor }: { readonly onIt: readonly Job[]; readonly madeFor: Job | null },
  mark: string,
): Owner {
  if (onIt.length > 0) return 'job';
  if (madeFor) return 'left';
  if (!name.startsWith(labelPrefix)) return 'foreign';
  return parseLabel(name)?.mark === mark ? 'jobless' : 'elsewhere';
}

const isOf = ({ provider, id }: { provider: string; id: string }, machine: RentedInstance): boolean =>
  provider === machine.provider && id === machine.id;

const knows = ({ rentals, launches }: Job, machine: RentedInstance): boolean =>
  rentals.some((rental) => isOf(rental, machine)) || launches.some(({ label }) => label === machine.name);

/** A machine that was asked for is its job's before the job has heard its id. */
function isOn(job: Job, machine: RentedInstance): boolean {
  const instance = job.spec.rent === null ? null : instanceOf(job);
  if (instance) return isOf(instance, machine);
  return job.stage.state === 'launching' && job.stage.label === machine.name;
}

/** Two complete lists were without it; the one that is shown is older. */
function isJustGone(rental: Rental | null, now: number): boolean {
  return rental !== null && rental.until !== null && now - Date.parse(rental.until) < oldListMs;
}

/** The cloud a rented job is at, was at last, or will be at first. */
export function cloudOf(job: Job): string {
  return instanceOf(job)?.provider ?? currentLaunch(job)?.offer.provider ?? job.spec.place.provider;
}

/** What costs money at this moment. */
export interface RunningMoney {
  /** Of all machines of ours together. */
  readonly usdPerHour: number;
  /** Machines that no job of this computer is on. */
  readonly withoutJob: readonly RentedMachine[];
}

/** Stopped ones are not counted: their disks cost little, and no list says how much. */
export function runningMoney(snapshot: FleetSnapshot, mark: string, now: number): RunningMoney {
  const jobs = jobsOf(snapshot);
  const listed = snapshot.providers
    .filter(({ rents }) => rents)
    .flatMap((view) => rentedMachines(view, jobs, mark, now))
    .filter(({ owner, machine }) => owner !== 'foreign' && machine.state !== 'stopped');
  const isListed = (rental: Rental): boolean => listed.some(({ machine }) => isOf(rental, machine));
  const unlisted = jobs.flatMap(openRentals).filter((rental) => !isListed(rental));
  const prices = [...listed.map(priceOf), ...unlisted.map(({ usdPerHour }) => usdPerHour)];
  return {
    usdPerHour: prices.reduce((sum, price) => sum + price, 0),
    withoutJob: listed.filter(({ owner }) => owner !== 'job'),
  };
}

/** What the job wrote down is what counts. */
export const priceOf = ({ machine, rental }: RentedMachine): number =>
  rental?.usdPerHour ?? machine.usdPerHour;

export const jobsOf = ({ jobs }: FleetSnapshot): readonly Job[] =>
  jobs.flatMap((entry) => ('job' in entry ? [entry.job] : []));
