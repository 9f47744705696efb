import { AuthError, CloudUnavailableError, messageOf } from '../errors.js';
import { formatPrice } from '../format.js';
import type { CloudProvider, Offer, OfferNeed } from '../providers/cloud.js';
import { isGpu } from '../providers/gpuNames.js';
import type { OfferRef } from './rentWish.js';

/** Nobody waits longer for a provider that has nothing to say; most answer within two seconds. */
const patienceMs = 20_000;

/** A provider that could not say what it offers. */
export interface OfferFailure {
  readonly provider: string;
  readonly title: string;
  readonly error: Error;
  /** One sentence. */
  readonly message: string;
}

export interface ListOffersOptions {
  readonly signal: AbortSignal;
  /** Told as soon as a provider has answered: all offers there are by then, cheapest first. */
  readonly onOffers?: (offers: readonly Offer[]) => void;
  readonly onFailure?: (failure: OfferFailure) => void;
  /** Machines with more GPUs than are needed, too. */
  readonly orMoreGpus?: boolean;
  readonly patienceMs?: number;
}

/**
 * What fits of everything that these clouds offer now, cheapest first. All are asked at once; one that fails or does not
 * answer within 20 seconds is told and left out, and so is, without a word, one that the user has no key for.
 */
export async function listOffers(
  clouds: readonly CloudProvider[],
  need: OfferNeed,
  options: ListOffersOptions,
): Promise<readonly Offer[]> {
  const { signal, onOffers, onFailure, orMoreGpus = false } = options;
  const isWanted = (offer: Offer): boolean => fits(offer, orMoreGpus ? orMore(need, offer) : need) === null;
  let all: readonly Offer[] = [];
  const ask = async (provider: CloudProvider): Promise<void> => {
    const deadline = AbortSignal.timeout(options.patienceMs ?? patienceMs);
    try {
      if (!(await provider.hasKey())) return;
      const cloud = await provider.open();
      const offers = await cloud.offers(need, AbortSignal.any([signal, deadline]));
      all = sortOffers([...all, ...offers.filter(isWanted)]);
      onOffers?.(all);
    } catch (cause) {
      signal.throwIfAborted();
      const { id, title } = provider;
      const error = deadline.aborted ? tooSlow(title, cause) : toError(cause);
      onFailure?.({ provider: id, title, error, message: error.message });
    }
  };
  await Promise.all(clouds.map(ask));
  return all;
}

/** More GPUs than are needed are no fault. */
function orMore(need: OfferNeed, { count }: Offer): OfferNeed {
  return { ...need, count: Math.max(need.count, count) };
}

const toError = (cause: unknown): Error => (cause instanceof Error ? cause : new Error(messageOf(cause)));

function tooSlow(title: string, cause: unknown): CloudUnavailableError {
  return new CloudUnavailableError(`${title} did not say in time what it offers. Try again in a while.`, {
    cause,
  });
}

/** Of several failures the one a person can do something about; `undefined` when there is none. */
export function worstOf(failures: readonly OfferFailure[]): OfferFailure | undefined {
  return failures.find(({ error }) => error instanceof AuthError) ?? failures[0];
}

/** The clouds that the user has a key for. */
export async function withKey<T extends CloudProvider>(clouds: readonly T[]): Promise<readonly T[]> {
  const usable = await Promise.all(clouds.map(async (cloud) => ((await cloud.hasKey()) ? [cloud] : [])));
  return usable.flat();
}

/** Nothing can be rented: none of these clouds has a key. */
export function noKeyError(clouds: readonly CloudProvider[]): AuthError {
  const [only, ...more] = clouds;
  if (only && more.length === 0) {
    const { keyName, keyHint } = only.facts;
    return new AuthError(`There is no key for ${only.title}. Set ${keyName}. ${keyHint}`);
  }
  const names = clouds.map(({ facts }) => facts.keyName).join(', ');
  return new AuthError(
    `There is no key for any provider that rents machines. Set one of ${names}; "trainyard providers" says where to find them.`,
  );
}

/** Those that fit, available or not. */
export function filterOffers(offers: readonly Offer[], need: OfferNeed): readonly Offer[] {
  return offers.filter((offer) => fits(offer, need) === null);
}

/** Cheapest first, and last what is not available now. Equal ones stay in the order of the answer. */
export function sortOffers(offers: readonly Offer[]): readonly Offer[] {
  const isOut = ({ available }: Offer): number => (available === false ? 1 : 0);
  return offers.toSorted(
    (a, b) =>
      isOut(a) - isOut(b) || a.usdPerHour - b.usdPerHour || a.provider.localeCompare(b.provider, 'en'),
  );
}

/** Why an offer does not fit, in a few words; `null` when it does. */
export function fits(offer: Offer, need: OfferNeed): string | null {
  return misfits(offer, need)[0] ?? null;
}

/** Everything that is wrong with an offer, what matters most first. */
export function misfits(offer: Offer, need: OfferNeed): readonly string[] {
  const { gpus, vramGb, count, maxUsdPerHour, spot, regions, diskGb } = need;
  // People also write the memory into the name: `A100 80GB`.
  const name = `${offer.gpu} ${Math.round(offer.vramGb)}GB`;
  const why = [
    gpus.length > 0 && !gpus.some((gpu) => isGpu(name, gpu)) && `it is no ${gpus.join(' or ')}`,
    vramGb !== null &&
      Math.round(offer.vramGb) < vramGb &&
      `it has ${amount(offer.vramGb)}, not ${amount(vramGb)}`,
    offer.count !== count && `it has ${gpuCount(offer.count)}, not ${count}`,
    offer.diskGb !== null &&
      offer.diskGb < diskGb &&
      `its disk has ${amount(offer.diskGb)}, not ${amount(diskGb)}`,
    spot === true && !offer.spot && 'it is no spot machine',
    spot === false && offer.spot && 'it is a spot machine',
    regions.length > 0 && !regions.some((region) => isRegion(offer.region, region)) && elsewhere(offer),
    maxUsdPerHour !== null &&
      offer.usdPerHour > maxUsdPerHour &&
      `it costs more than ${formatPrice(maxUsdPerHour)}`,
  ];
  return why.filter((reason) => reason !== false);
}

const gpuCount = (count: number): string => (count === 1 ? '1 GPU' : `${count} GPUs`);

const amount = (gb: number): string => `${Number(gb.toFixed(1))} GB`;

const elsewhere = ({ region }: Offer): string =>
  region === null ? 'nobody says where it is' : `it is in ${region}`;

/** `us` and `us-ks` are `US-KS-2`, `CA` is `Quebec, CA` and not `California, US`. */
function isRegion(region: string | null, wanted: string): boolean {
  const has = wordsOf(region ?? '');
  return wordsOf(wanted).every((word) => has.includes(word));
}

const wordsOf = (text: string): string[] =>
  text
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word) => word !== '');

/** What the journal keeps of an offer. */
export function toOfferRef(offer: Offer): OfferRef {
  const { provider, id, gpu, count, vramGb, usdPerHour, region, spot, hostKey } = offer;
  return { provider, id, gpu, count, vramGb, usdPerHour, region, spot, hostKey };
}

/** `2× RTX 4090 (24 GB), spot, in US-KS-2, $0.88/h` */
export function describeOffer(offer: OfferRef | Offer): string {
  const { gpu, count, vramGb, usdPerHour, region, spot } = offer;
  const parts = [
    `${count > 1 ? `${count}× ` : ''}${gpu} (${amount(vramGb)})`,
    ...(spot ? ['spot'] : []),
    ...(region === null ? [] : [`in ${region}`]),
    formatPrice(usdPerHour),
  ];
  return parts.join(', ');
}
