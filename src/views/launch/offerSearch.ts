import { Signal, type Disposable } from '../../disposable.js';
import type { Load } from '../../jobs/offers/expectedCost.js';
import { fits, type OfferFailure } from '../../jobs/offers.js';
import type { Draft } from '../../jobs/plan.js';
import { toNeed, type Wish } from '../../jobs/wish.js';
import type { Offer, OfferNeed } from '../../providers/cloud.js';
import type { LazyCloud } from '../../providers/clouds.js';
import type { Trainyard } from '../../trainyard.js';

/** What the user wants to see beside what the training needs. */
export interface OfferFilter {
  /** Interruptible machines. */
  readonly spot: boolean;
  /** GPUs that are smaller than the training wants, or of another model than the file names. */
  readonly all: boolean;
}

/** What is known of the offers at one moment. */
export interface FoundOffers {
  /** Those with a key. */
  readonly clouds: readonly LazyCloud[];
  /** Cheapest first, and last what is not available. */
  readonly offers: readonly Offer[];
  readonly failures: readonly OfferFailure[];
  /** What the training brings along; `null` while the dataset is looked at. */
  readonly load: Load | null;
  /** What it needs, whatever is shown. */
  readonly need: OfferNeed | null;
  readonly isSearching: boolean;
}

/** What the offers are for. */
interface Purpose {
  /** The look at the dataset, which says what the training needs. */
  readonly check: Promise<Draft>;
  /** What the user wants of the machine. */
  readonly wish: Wish;
}

const nothing: FoundOffers = {
  clouds: [],
  offers: [],
  failures: [],
  load: null,
  need: null,
  isSearching: true,
};
/** Of a dataset that cannot be read. */
const unknownLoad: Load = { datasetBytes: 0, estimate: null };
/** Prices hold for longer; who comes back to the list soon finds it as it was. */
const freshMs = 60_000;

/**
 * Asks all clouds that there is a key for what they rent. What is known grows with every answer; the newest search
 * wins.
 */
export class OfferSearch implements Disposable {
  readonly onDidChange = new Signal<FoundOffers>();
  readonly #engine: Pick<Trainyard, 'offers' | 'providers'>;
  #purpose: Purpose | undefined;
  #filter: OfferFilter = { spot: false, all: false };
  #found = nothing;
  #foundAt = -Infinity;
  #running = new AbortController();

  constructor(engine: Pick<Trainyard, 'offers' | 'providers'>) {
    this.#engine = engine;
  }

  get found(): FoundOffers {
    return this.#found;
  }

  get filter(): OfferFilter {
    return this.#filter;
  }

  /** Asks, unless the same was asked a moment ago and all have answered. */
  begin(check: Promise<Draft>, wish: Wish): void {
    const isSame =
      this.#purpose?.check === check && JSON.stringify(this.#purpose.wish) === JSON.stringify(wish);
    if (isSame && performance.now() - this.#foundAt < freshMs) return;
    if (this.#purpose === undefined) this.#filter = { ...this.#filter, spot: wish.spot ?? false };
    this.#purpose = { check, wish };
    this.repeat();
  }

  /** Shows more or less than before. */
  show(filter: OfferFilter): void {
    this.#filter = filter;
    this.repeat();
  }

  /** Asks again: prices, stock and keys may be others by now. */
  repeat(): void {
    this.#running.abort();
    this.#running = new AbortController();
    this.#foundAt = -Infinity;
    if (this.#purpose) void this.#search(this.#purpose, this.#running.signal);
  }

  dispose(): void {
    this.#running.abort();
    this.onDidChange.dispose();
  }

  async #search({ check, wish }: Purpose, signal: AbortSignal): Promise<void> {
    const tell = (change: Partial<FoundOffers>): void => {
      if (signal.aborted) return;
      this.#found = { ...this.#found, ...change };
      this.onDidChange.fire(this.#found);
    };
    tell(nothing);
    const clouds = await this.#engine.providers.usableClouds();
    tell({ clouds });
    const load = await loadOf(check);
    const need = toNeed(wish, load);
    tell({ load, need });
    try {
      await this.#engine.offers(clouds, shownNeed(need, this.#filter), {
        signal,
        orMoreGpus: true,
        onOffers: (offers) => tell({ offers }),
        onFailure: (failure) => tell({ failures: [...this.#found.failures, failure] }),
      });
    } catch {
      return; // A newer search has begun: what a cloud could not say has been told.
    }
    if (!signal.aborted && this.#found.failures.length === 0) this.#foundAt = performance.now();
    tell({ isSearching: false });
  }
}

/** What a training brings along. What is wrong with the dataset is told in another question. */
export async function loadOf(check: Promise<Draft>): Promise<Load> {
  try {
    const { dataset, estimate } = await check;
    return { datasetBytes: dataset.bytes, estimate };
  } catch {
    return unknownLoad;
  }
}

function shownNeed(need: OfferNeed, { spot, all }: OfferFilter): OfferNeed {
  return { ...need, ...(all ? { gpus: [], vramGb: null } : {}), spot: spot ? null : false };
}

/** The cheapest offer that a training can use, of the clouds that were named, where any were. */
export function proposedOffer({ offers, need }: FoundOffers, named: readonly string[]): Offer | undefined {
  return offers.find(
    (offer) =>
      offer.available !== false &&
      (named.length === 0 || named.includes(offer.provider)) &&
      (need === null || fits(offer, { ...need, count: Math.max(need.count, offer.count) }) === null),
  );
}
