import { NoCapacityError, OfferGoneError } from '../errors.js';
import { formatPrice, formatUsd } from '../format.js';
import type { CloudProvider, Offer, OfferNeed } from '../providers/cloud.js';
import { problem, type Problem } from '../recipes/datasets/problem.js';
import { deadlineOf, leastUsd, spentInMonth } from './budget.js';
import { diskProblems, keyProblems, limitProblems, memoryProblems } from './dealWarnings.js';
import { listOffers, noKeyError, toOfferRef, withKey, type OfferFailure } from './offers.js';
import { expectedCost, type ExpectedCost, type Load } from './offers/expectedCost.js';
import { nothingFits } from './offers/nearest.js';
import type { Planning } from './planning.js';
import { guardSentence } from './rented/guard.js';
import type { RentWish } from './rentWish.js';
import { toNeed, type Wish } from './wish.js';

/** What a person asks to be rented. */
export interface DealRequest {
  readonly wish: Wish;
  /** Where to look. */
  readonly clouds: readonly CloudProvider[];
  /** Whether these were named; else all were meant that there is a key for, now and later. */
  readonly isNamed: boolean;
  /** The offer they saw and took. */
  readonly offerId: string | undefined;
  /** Nobody is to be asked again up to the highest price. */
  readonly yes: boolean;
  readonly hours: number | null;
  readonly budgetUsd: number | null;
}

/** What is going to be rented, and on which terms: said before money is spent. */
export interface Deal {
  readonly offer: Offer;
  readonly rent: RentWish;
  readonly terms: Terms;
  /** Warnings: what was left out, and what may go wrong. */
  readonly problems: readonly Problem[];
}

export interface Terms {
  /** The provider, as people call it. */
  readonly title: string;
  readonly expected: ExpectedCost;
  /** Longest life of the machine. */
  readonly hours: number;
  /** Most that the job may cost: its own budget, or what is left of the month's. */
  readonly budgetUsd: number | null;
  /** What ends the machine when this computer is off, in a sentence. */
  readonly ends: string;
  /** What should be known before, one sentence each. */
  readonly notes: readonly string[];
}

/**
 * The cheapest machine that fits, or the offer that was named.
 * @throws {AuthError} there is no key for any of the clouds, or it was refused
 * @throws {NoCapacityError} nothing fits, or the budget does not allow it
 */
export async function findDeal(
  request: DealRequest,
  load: Load,
  planning: Planning,
  signal: AbortSignal,
): Promise<Deal> {
  const { offer, provider, need, failures } = await pickOffer(request, load, signal);
  const terms = await findTerms(request, { offer, provider }, load, planning);
  const named = request.isNamed ? request.clouds : [];
  return {
    offer,
    rent: {
      providers: named.map(({ id }) => id),
      need,
      first: toOfferRef(offer),
      agreedUsdPerHour: agreedPrice(request, offer),
    },
    terms,
    problems: [
      ...(await keyProblems(named)),
      ...failures.map(({ message }) => problem('warning', 'rent.not-asked', message)),
      ...memoryProblems(offer, load),
      ...diskProblems(request.wish, load),
      ...limitProblems(terms),
    ],
  };
}

/**
 * The terms on which an offer would be rented now.
 * @throws {NoCapacityError} the budget of the job or of the month does not allow it
 */
export async function findTerms(
  limits: Pick<DealRequest, 'hours' | 'budgetUsd'>,
  { offer, provider }: Pick<Picked, 'offer' | 'provider'>,
  load: Load,
  planning: Planning,
): Promise<Terms> {
  const budgetUsd = await budgetOf(limits, offer, planning);
  const holdsKey = await planning.mayHoldKey(provider.id);
  return termsOf(offer, provider, { hours: limits.hours, budgetUsd, holdsKey }, load);
}

interface Picked {
  readonly offer: Offer;
  readonly provider: CloudProvider;
  /** What another offer must have that takes its place. */
  readonly need: OfferNeed;
  /** Who could not be asked. */
  readonly failures: readonly OfferFailure[];
}

async function pickOffer(
  { wish, clouds: candidates, offerId }: DealRequest,
  load: Load,
  signal: AbortSignal,
): Promise<Picked> {
  const clouds = await withKey(candidates);
  if (clouds.length === 0) throw noKeyError(candidates);
  const isSeen = offerId !== undefined;
  const asked = isSeen ? anyOf(wish, load) : toNeed(wish, load);
  const failures: OfferFailure[] = [];
  const onFailure = (failure: OfferFailure): void => void failures.push(failure);
  const offers = await listOffers(clouds, asked, { signal, onFailure, orMoreGpus: isSeen });
  const available = offers.filter((offer) => offer.available !== false);
  const offer = isSeen ? available.find(({ id }) => id === offerId) : available[0];
  const provider = clouds.find(({ id }) => id === offer?.provider);
  if (offer && provider) return { offer, provider, need: isSeen ? alike(asked, offer) : asked, failures };
  if (isSeen && failures.length < clouds.length) throw goneError(offerId);
  throw await nothingFits(clouds, asked, failures, signal);
}

function goneError(offerId: string): OfferGoneError {
  return new OfferGoneError(
    `The offer ${offerId} is not there any more, or does not fit. "trainyard offers" lists what there is now.`,
  );
}

/** Who has seen an offer and taken it knows better than the recipe. */
function anyOf(wish: Wish, load: Load): OfferNeed {
  return { ...toNeed(wish, load), vramGb: wish.vram ?? null, spot: wish.spot ?? null };
}

/** Who took one offer wants its like when it is gone. */
function alike(need: OfferNeed, { gpu, vramGb, count, spot }: Offer): OfferNeed {
  return {
    ...need,
    gpus: need.gpus.length > 0 ? need.gpus : [gpu],
    vramGb: need.vramGb ?? vramGb,
    count,
    spot,
  };
}

function agreedPrice({ yes, wish }: DealRequest, { usdPerHour }: Offer): number {
  return yes && wish.maxPrice !== undefined ? Math.max(usdPerHour, wish.maxPrice) : usdPerHour;
}

/** @throws {NoCapacityError} the budget of the job or of the month does not even pay for the machine to boot */
async function budgetOf(
  { budgetUsd }: Pick<DealRequest, 'budgetUsd'>,
  { usdPerHour }: Offer,
  { monthlyBudgetUsd, jobs, timeScale }: Planning,
): Promise<number | null> {
  const least = leastUsd(usdPerHour, timeScale);
  const price = `a machine for ${formatPrice(usdPerHour)} costs ${formatUsd(least)} until it can be used`;
  if (budgetUsd !== null && budgetUsd < least) {
    throw new NoCapacityError(
      `The budget of ${formatUsd(budgetUsd)} is too small: ${price}. Raise the budget, or lower the highest price.`,
    );
  }
  if (monthlyBudgetUsd === null) return budgetUsd;
  const spent = spentInMonth(await jobs(), Date.now());
  const left = monthlyBudgetUsd - spent;
  if (left < least) {
    throw new NoCapacityError(
      `Of this month's budget of ${formatUsd(monthlyBudgetUsd)} you have spent ${formatUsd(spent)}, and ${price}. Raise the monthly budget, or wait for the next month.`,
    );
  }
  return budgetUsd === null ? left : Math.min(budgetUsd, left);
}

function termsOf(
  offer: Offer,
  { title, facts }: CloudProvider,
  limits: { readonly hours: number | null; readonly budgetUsd: number | null; readonly holdsKey: boolean },
  load: Load,
): Terms {
  const { budgetUsd, holdsKey } = limits;
  const { usdPerHour } = offer;
  const life = deadlineOf({ now: 0, hours: limits.hours, budgetUsd, spentUsd: 0, usdPerHour });
  const hours = life.deadline / 3600;
  return {
    title,
    expected: expectedCost(offer, load),
    hours,
    budgetUsd,
    ends: guardSentence(title, facts, holdsKey, hours),
    notes: [...facts.billingNotes, ...offer.notes],
  };
}
