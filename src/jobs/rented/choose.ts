import type { Offer } from '../../providers/cloud.js';
import { launchesSinceGo, type Job } from '../job.js';
import type { OfferRef } from '../rentWish.js';

/** Which offer comes next for a job. */
export type Choice =
  | { readonly kind: 'take'; readonly offer: Offer }
  /** Everything that is left costs more than the user has agreed to. */
  | { readonly kind: 'ask'; readonly offer: Offer }
  | { readonly kind: 'none' };

/**
 * The next offer for a job out of those that fit, cheapest first: the one the user took, as long as it was not refused;
 * none that this job was refused or had trouble with since it was started or resumed; none that another job found bad today.
 */
export function chooseOffer(job: Job, fitting: readonly Offer[], isBad: (offer: Offer) => boolean): Choice {
  const tried = launchesSinceGo(job).flatMap(({ refused, offer }) => (refused === null ? [] : [offer]));
  const left = fitting.filter(
    (offer) => offer.available !== false && !isBad(offer) && !tried.some((one) => isSame(one, offer)),
  );
  const first = job.spec.rent?.first;
  const wanted = first ? left.find((offer) => isSame(first, offer)) : undefined;
  const [offer] = wanted ? [wanted] : left;
  if (!offer) return { kind: 'none' };
  return { kind: isAgreed(offer, job) ? 'take' : 'ask', offer };
}

/** Rounding of prices is no reason to ask. */
const tolerance = 1.0001;

export const isAgreed = ({ usdPerHour }: { usdPerHour: number }, { agreedUsdPerHour }: Job): boolean =>
  usdPerHour <= (agreedUsdPerHour ?? 0) * tolerance;

/** The same offer, or another one of the same physical machine. */
function isSame(one: OfferRef, other: Offer): boolean {
  if (one.provider !== other.provider) return false;
  return one.id === other.id || (one.hostKey !== null && one.hostKey === other.hostKey);
}
