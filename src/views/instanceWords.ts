import { formatDuration, formatPrice, formatUsd } from '../format.js';
import { l10n } from '../l10n.js';
import type { InstanceState } from '../providers/provider.js';
import { priceOf, type Owner, type RentedMachine } from './rentedMachines.js';

/** What a machine is doing, for a person. */
export function instanceStateWord(state: InstanceState): string {
  switch (state) {
    case 'starting':
      return l10n.t('starting');
    case 'running':
      return l10n.t('running');
    case 'stopped':
      return l10n.t('stopped');
    case 'interrupted':
      return l10n.t('taken back');
    case 'failed':
      return l10n.t('broken');
    case 'terminating':
      return l10n.t('ending');
    case 'gone':
      return l10n.t('gone');
    case 'unknown':
      return l10n.t('in an unknown state');
    default:
      return state satisfies never;
  }
}

/** What is said of a machine beside its state; `null` where its jobs stand below it. */
export function ownerWord(owner: Owner): string | null {
  switch (owner) {
    case 'job':
      return null;
    case 'left':
      return l10n.t('not needed any more');
    case 'jobless':
      return l10n.t('no job');
    case 'elsewhere':
      return l10n.t('of another Trainyard');
    case 'foreign':
      return l10n.t('not ours');
    default:
      return owner satisfies never;
  }
}

/** What a person calls it: its job, or the label it bears. */
export function machineName({ machine, jobs, madeFor }: RentedMachine): string {
  const names = jobs.map(({ spec }) => spec.name);
  if (names.length > 0) return names.join(', ');
  return madeFor?.spec.name ?? (machine.name === '' ? machine.id : machine.name);
}

/** In the middle of a sentence: `the machine of digits`, `the machine trainyard-…`. */
export function theMachine(rented: RentedMachine): string {
  const isOfJob = rented.jobs.length > 0 || rented.madeFor !== null;
  return isOfJob
    ? l10n.t('the machine of {0}', machineName(rented))
    : l10n.t('the machine {0}', machineName(rented));
}

/** `not ours · running · RTX 4090 · $0.44/h · 12 min · $0.09` */
export function describeMachine(rented: RentedMachine, now: number): string {
  const { machine, owner } = rented;
  const since = sinceMs(rented);
  const cost = owner === 'foreign' ? null : machineCostUsd(rented, now);
  return [
    ownerWord(owner),
    instanceStateWord(machine.state),
    gpuWords(rented),
    priceOf(rented) > 0 ? formatPrice(priceOf(rented)) : null,
    since === null || owner === 'foreign' ? null : formatDuration(now - since),
    cost === null ? null : formatUsd(cost),
  ]
    .filter((text) => text !== null)
    .join(' · ');
}

/** `RTX 4090`, `2 × H100`; `null` where nobody says. */
export function gpuWords({ machine, madeFor }: RentedMachine): string | null {
  const offer = madeFor?.launches.findLast(({ label }) => label === machine.name)?.offer;
  const gpu = machine.gpu ?? offer?.gpu ?? null;
  const count = machine.gpuCount ?? offer?.count ?? 1;
  return gpu === null || count < 2 ? gpu : `${count} × ${gpu}`;
}

/** When it began to cost; `null` where nobody says. */
export function sinceMs({ machine, rental }: RentedMachine): number | null {
  if (rental) return Date.parse(rental.since);
  return machine.created === null ? null : machine.created * 1000;
}

/** What it has cost until `now` (milliseconds since the epoch), as far as it can be told. */
export function machineCostUsd(rented: RentedMachine, now: number): number | null {
  const since = sinceMs(rented);
  return since === null ? null : (priceOf(rented) * Math.max(0, now - since)) / 3_600_000;
}
