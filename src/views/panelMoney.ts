import { costUsd, currentLaunch, openRentals, type Job } from '../jobs/job.js';
import { expectedTotalUsd, type Pace } from '../jobs/offers/expectedCost.js';
import type { OfferRef } from '../jobs/rentWish.js';
import { l10n } from '../l10n.js';
import type { PanelMachine, PanelMachineEnd, PanelMoney } from '../protocol.js';
import { cloudTitle } from '../providers/index.js';
import { hasRented, machinesOf, rentalUsd, type JobMachine } from './jobMachines.js';

/** Whether machines of a cloud end themselves at their deadline, also when this computer is off. */
export type EndsByItself = (provider: string) => boolean;

/** What a job has cost and will cost. `now` in milliseconds since the epoch; `null` where nothing was rented. */
export function toPanelMoney(
  job: Job,
  pace: Pace,
  endsByItself: EndsByItself,
  now: number,
): PanelMoney | null {
  if (!hasRented(job)) return null;
  return {
    spentUsd: costUsd(job, now),
    usdPerHour: openRentals(job).reduce((sum, { usdPerHour }) => sum + usdPerHour, 0),
    expectedUsd: job.stage.state === 'ended' ? null : expectedTotalUsd(job, pace, now),
    budgetUsd: job.spec.limits.budgetUsd,
    end: endOf(job, endsByItself, now),
    isOverdue: job.overdue !== null,
    machines: machinesOf(job).map((machine) => toMachine(machine, now)),
  };
}

function endOf(job: Job, endsByItself: EndsByItself, now: number): PanelMachineEnd | null {
  const launch = currentLaunch(job);
  if (!launch || openRentals(job).length === 0) return null;
  return {
    leftMs: Math.max(0, launch.deadline * 1000 - now),
    byItself: endsByItself(launch.offer.provider),
  };
}

function toMachine({ rental, launch, givenUp, why }: JobMachine, now: number): PanelMachine {
  const { provider, id, usdPerHour, since, until } = rental;
  const region = launch?.offer.region ?? null;
  return {
    gpu: launch ? gpuOf(launch.offer) : id,
    where: region === null ? cloudTitle(provider) : `${cloudTitle(provider)}, ${region}`,
    usdPerHour,
    usd: rentalUsd(rental, now),
    durationMs: Math.max(0, (until === null ? now : Date.parse(until)) - Date.parse(since)),
    isOpen: until === null,
    replaced: givenUp === null ? null : (why ?? l10n.t('it was lost')),
  };
}

/** `RTX 4090`, `2 × H100` */
export const gpuOf = ({ gpu, count }: OfferRef): string => (count > 1 ? `${count} × ${gpu}` : gpu);
