import { formatUsd } from '../format.js';
import type { CloudProvider, Offer } from '../providers/cloud.js';
import { problem, type Problem } from '../recipes/datasets/problem.js';
import { describeOffer, noKeyError, withKey } from './offers.js';
import type { ExpectedCost, Load } from './offers/expectedCost.js';
import { diskGbOf, type Wish } from './wish.js';

/** Clouds that were named and cannot be asked. */
export async function keyProblems(named: readonly CloudProvider[]): Promise<Problem[]> {
  const usable = await withKey(named);
  return named
    .filter((cloud) => !usable.includes(cloud))
    .map((cloud) => problem('warning', 'rent.no-key', `${noKeyError([cloud]).message} It was left out.`));
}

/** A model that was named is rented also where the recipe thinks it is too small. */
export function memoryProblems(offer: Offer, { estimate }: Load): Problem[] {
  const vramGb = estimate?.vramGb ?? null;
  if (vramGb === null || offer.vramGb >= vramGb) return [];
  return [
    problem(
      'warning',
      'machine.small-gpu',
      `This training wants a GPU with about ${vramGb} GB of memory, and this is ${describeOffer(offer)}.`,
      { fix: 'Lower the batch size or take a smaller model, or rent a larger GPU.' },
    ),
  ];
}

/** More is rented than was asked for. */
export function diskProblems({ disk }: Wish, load: Load): Problem[] {
  const least = diskGbOf(load);
  if (disk === undefined || disk >= least) return [];
  const message = `A disk of ${disk} GB is too small for data, packages and results: ${least} GB are rented.`;
  return [problem('warning', 'rent.small-disk', message)];
}

/** What a training is expected to take, and what it may. */
export interface Expectation {
  readonly expected: ExpectedCost;
  readonly hours: number;
  readonly budgetUsd: number | null;
}

/** The machine ends before the training does. */
export function limitProblems({ expected, budgetUsd, hours }: Expectation): Problem[] {
  if (expected.usd === null || expected.hours === null) return [];
  const isDear = budgetUsd !== null && expected.usd > budgetUsd;
  if (!isDear && expected.hours <= hours) return [];
  const limit = isDear
    ? `the budget is ${formatUsd(budgetUsd)}`
    : `the limit is ${Number(hours.toFixed(1))} h`;
  const message = `This training may take ${Number(expected.hours.toFixed(1))} h for ${formatUsd(expected.usd)}, and ${limit}.`;
  return [
    problem('warning', 'rent.over-limit', message, {
      fix: 'It is ended then, with its newest checkpoint. Train for less, or raise the limit.',
    }),
  ];
}
