import { NoCapacityError } from '../../errors.js';
import type { CloudProvider, Offer, OfferNeed } from '../../providers/cloud.js';
import { describeOffer, listOffers, misfits, worstOf, type OfferFailure } from '../offers.js';
import { usualDiskGb } from '../wish.js';

/** The offer that comes nearest to what is needed, and everything that is wrong with it. */
export interface Nearest {
  readonly offer: Offer;
  readonly why: readonly string[];
}

/** Of the GPUs that were asked for, where there are any: with the fewest faults, then the cheapest. */
export function nearestOf(offers: readonly Offer[], need: OfferNeed): Nearest | undefined {
  const ofModel = offers.filter(
    (offer) => misfits(offer, { ...anything, count: offer.count, gpus: need.gpus }).length === 0,
  );
  const pool = ofModel.length > 0 ? ofModel : offers;
  const [best] = pool
    .map((offer) => ({ offer, why: faultsOf(offer, need) }))
    .toSorted((a, b) => a.why.length - b.why.length || a.offer.usdPerHour - b.offer.usdPerHour);
  return best;
}

function faultsOf(offer: Offer, need: OfferNeed): readonly string[] {
  const why = misfits(offer, need);
  return offer.available === false ? [...why, 'nobody has one free now'] : why;
}

const anything: OfferNeed = {
  gpus: [],
  vramGb: null,
  count: 1,
  maxUsdPerHour: null,
  spot: null,
  regions: [],
  diskGb: 0,
};

/** Why nothing can be rented: asks once more, for anything, to name what is nearest. */
export async function nothingFits(
  clouds: readonly CloudProvider[],
  need: OfferNeed,
  failures: readonly OfferFailure[],
  signal: AbortSignal,
): Promise<Error> {
  const worst = worstOf(failures);
  if (worst && failures.length === clouds.length) return worst.error;
  const wider = { ...anything, count: need.count, diskGb: Math.min(need.diskGb, usualDiskGb) };
  const options = { signal, orMoreGpus: true };
  const some = await listOffers(clouds, wider, options);
  const all = some.length > 0 ? some : await listOffers(clouds, { ...wider, count: 1 }, options);
  const nearest = nearestOf(all, need);
  const titles = clouds.map(({ title }) => title).join(', ');
  const unasked = failures.map(({ message }) => ` ${message}`).join('');
  if (!nearest) return new NoCapacityError(`${titles} has nothing to rent now. Try again later.${unasked}`);
  const title = clouds.find(({ id }) => id === nearest.offer.provider)?.title ?? nearest.offer.provider;
  const why = nearest.why.length === 0 ? 'it has just come' : nearest.why.join(', and ');
  return new NoCapacityError(
    `No machine fits now. The nearest is ${describeOffer(nearest.offer)} of ${title}: ${why}. Ask for less, or try again later.${unasked}`,
  );
}
