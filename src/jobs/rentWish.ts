import type { OfferNeed } from '../providers/cloud.js';

/** What a job may rent, decided before it starts. */
export interface RentWish {
  /** Clouds to rent from; empty: all that the user has a key for. */
  readonly providers: readonly string[];
  readonly need: OfferNeed;
  /** The offer the user saw and took; tried first. */
  readonly first: OfferRef | null;
  /** The price an hour the user has agreed to: a dearer offer is taken only after asking. */
  readonly agreedUsdPerHour: number;
}

/** An offer as the journal keeps it. */
export interface OfferRef {
  readonly provider: string;
  /** Names the offer to its provider, for a short while. */
  readonly id: string;
  readonly gpu: string;
  readonly count: number;
  readonly vramGb: number;
  readonly usdPerHour: number;
  readonly region: string | null;
  readonly spot: boolean;
  /** The physical machine, where the provider names it. */
  readonly hostKey: string | null;
}
