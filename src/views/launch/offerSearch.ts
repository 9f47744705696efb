import { Signal, type Disposable } from '../../disposable.js';
import type { Load } from '../../jobs/offers/expectedCost.js';
import type { OfferFailure } from '../../jobs/offers.js';
import type { Draft } from '../../jobs/plan.js';
import { toNeed, type Wish } from '../../jobs/wish.js';
import type { Offer, OfferNeed } from '../../providers/cloud.js';
import type { LazyCloud } from '../../providers/clouds.js';
import type { Trainyard } from '../../trainyard.js';

/** What the user wants to see. */
export interface OfferFilter {
  readonly spot: boolean;
  /** Also GPUs that are smaller than the training wants, or of another model than the file names. */
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

/** Asks all clouds that there is a key for what they rent. What is known grows with every answer; the newest search wins. */
export class OfferSearch implements Disposable {
  readonly onDidChange = new Signal<FoundOffers>();
  readonly #engine: Pick<Trainyard, 'offers' | 'providers'>;
  #found = nothing;
  #running = new AbortController();

  constructor(engine: Pick<Trainyard, 'offers' | 'providers'>) {
    this.#engine = engine;
  }

  get found(): FoundOffers {
    return this.#found;
  }

  /** @param check the look at the dataset, which says what the training needs */
  async search(check: Promise<Draft>, wish: Wish, filter: OfferFilter): Promise<void> {
    this.#running.abort();
    const { signal } = (this.#running = new AbortController());
    const show = (change: Partial<FoundOffers>): void => {
      if (signal.aborted) return;
      this.#found = { ...this.#found, ...change };
      this.onDidChange.fire(this.#found);
    };
    const clouds = await this.#engine.providers.usableClouds();
    show({ ...nothing, clouds });
    const load = await loadOf(check);
    show({ load, need: toNeed(wish, load) });
    await this.#engine
      .offers(clouds, shownNeed(wish, load, filter), {
        signal,
        orMoreGpus: true,
        onOffers: (offers) => show({ offers }),
        onFailure: (failure) => show({ failures: [...this.#found.failures, failure] }),
      })
      .catch(() => undefined);
    show({ isSearching: false });
  }

  dispose(): void {
    this.#running.abort();
    this.onDidChange.dispose();
  }
}

/** What is wrong with the dataset is told elsewhere. */
async function loadOf(check: Promise<Draft>): Promise<Load> {
  try {
    const { dataset, estimate } = await check;
    return { datasetBytes: dataset.bytes, estimate };
  } catch {
    return unknownLoad;
  }
}

function shownNeed(wish: Wish, load: Load, { spot, all }: OfferFilter): OfferNeed {
  const need = toNeed(wish, load);
  return { ...need, ...(all ? { gpus: [], vramGb: null } : {}), spot: spot ? null : false };
}
