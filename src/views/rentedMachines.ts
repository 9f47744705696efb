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
  const journals = indexOf(jobs);
  return instances
    .filter(isRented)
    .map((machine) => toRentedMachine(machine, journals, mark))
    .filter(({ machine, rental }) => machine.state !== 'gone' && !isJustGone(rental, now))
    .toSorted((a, b) => Number(a.owner === 'foreign') - Number(b.owner === 'foreign'));
}

/** Only clouds list machines with a price. */
const isRented = (instance: ProviderView['instances'][number]): instance is RentedInstance =>
  'stateWord' in instance;

function toRentedMachine(machine: RentedInstance, journals: JournalIndex, mark: string): RentedMachine {
  const { name } = machine;
  const rental = journals.rentalOf(machine);
  const madeFor = journals.madeFor(machine);
  const onIt = journals.jobsOn(machine);
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

const isOf = ({ provider, id }: MachineRef, machine: RentedInstance): boolean =>
  provider === machine.provider && id === machine.id;

interface MachineRef {
  readonly provider: string;
  readonly id: string;
}

/** What the journals of many jobs know of machines, to be found without going through all of them for each machine. */
class JournalIndex {
  readonly #rentals = new Map<string, Rental>();
  readonly #renters = new Map<string, Job>();
  readonly #askers = new Map<string, Job>();
  readonly #onMachine = new Map<string, Job[]>();
  readonly #places = new Map<Job, number>();

  /** @param jobs newest first; where several know a machine, the first is meant */
  constructor(jobs: readonly Job[]) {
    for (const [place, job] of jobs.entries()) this.#add(job, place);
  }

  rentalOf(machine: RentedInstance): Rental | null {
    return this.#rentals.get(keyOf(machine)) ?? null;
  }

  /** The job that has rented it, or has asked for it by its label. */
  madeFor(machine: RentedInstance): Job | null {
    const renter = this.#renters.get(keyOf(machine));
    const asker = this.#askers.get(machine.name);
    if (!renter || !asker) return renter ?? asker ?? null;
    return (this.#places.get(renter) ?? 0) <= (this.#places.get(asker) ?? 0) ? renter : asker;
  }

  /** A machine that was asked for is its job's before the job has heard its id. */
  jobsOn(machine: RentedInstance): readonly Job[] {
    const jobs = [
      ...(this.#onMachine.get(keyOf(machine)) ?? []),
      ...(this.#onMachine.get(machine.name) ?? []),
    ];
    return jobs.sort((a, b) => (this.#places.get(a) ?? 0) - (this.#places.get(b) ?? 0));
  }

  #add(job: Job, place: number): void {
    this.#places.set(job, place);
    for (const rental of job.rentals) {
      this.#rentals.set(keyOf(rental), rental);
      if (!this.#renters.has(keyOf(rental))) this.#renters.set(keyOf(rental), job);
    }
    for (const { label } of job.launches) if (!this.#askers.has(label)) this.#askers.set(label, job);
    const key = whereabouts(job);
    if (key === null) return;
    const its = this.#onMachine.get(key);
    if (its) its.push(job);
    else this.#onMachine.set(key, [job]);
  }
}

/** Every view asks about the same jobs, and for each cloud again. */
const indexes = new WeakMap<readonly Job[], JournalIndex>();

function indexOf(jobs: readonly Job[]): JournalIndex {
  const known = indexes.get(jobs);
  if (known) return known;
  const made = new JournalIndex(jobs);
  indexes.set(jobs, made);
  return made;
}

/** No label holds a slash. */
const keyOf = ({ provider, id }: MachineRef): string => `${provider}/${id}`;

function whereabouts(job: Job): string | null {
  const instance = job.spec.rent === null ? null : instanceOf(job);
  if (instance) return keyOf(instance);
  return job.stage.state === 'launching' ? job.stage.label : null;
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

/** The jobs whose journals can be read; of one snapshot always the same list. */
export function jobsOf({ jobs }: FleetSnapshot): readonly Job[] {
  const known = readable.get(jobs);
  if (known) return known;
  const found = jobs.flatMap((entry) => ('job' in entry ? [entry.job] : []));
  readable.set(jobs, found);
  return found;
}

const readable = new WeakMap<FleetSnapshot['jobs'], readonly Job[]>();
