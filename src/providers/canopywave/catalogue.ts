import { InputError } from '../../errors.js';
import type { Logger } from '../../logger.js';
import type { Offer, OfferNeed } from '../cloud.js';
import type { InstanceType } from './answers.js';
import type { CanopyWaveApi } from './api.js';
import { facts } from './facts.js';
import { mayFit, parseOfferId, parseTypeName, priceOf, toAvailable, toOffer } from './offers.js';
import type { Whereabouts } from './whereabouts.js';

/** One a second: more would keep a person waiting. Other offers say that they must be tried. */
const mostQuestions = 12;
const pricesKeptMs = 3_600_000;

/** What CanopyWave rents, where, and for how much. */
export class Catalogue {
  readonly #api: CanopyWaveApi;
  readonly #whereabouts: Whereabouts;
  readonly #logger: Logger;
  #prices: { readonly at: number; readonly byName: ReadonlyMap<string, number> } | undefined;

  constructor(api: CanopyWaveApi, whereabouts: Whereabouts, logger: Logger) {
    this.#api = api;
    this.#whereabouts = whereabouts;
    this.#logger = logger;
  }

  /** Every GPU machine in every region; those that may fit are asked for, as far as CanopyWave tells. */
  async offers(need: OfferNeed, signal: AbortSignal): Promise<readonly Offer[]> {
    const project = await this.#whereabouts.project(signal);
    const types = await this.#types(signal);
    const regions = await this.#whereabouts.regions(signal);
    if (regions.length === 0) throw noRegion();
    const offers = regions
      .flatMap((region) => types.map((type) => toOffer(type, region)))
      .filter((offer) => offer !== undefined)
      .toSorted((a, b) => a.usdPerHour - b.usdPerHour);
    const fitting = offers.filter((offer) => mayFit(offer, need)).slice(0, mostQuestions);
    const availability = await this.#availability(project, fitting, signal);
    return offers.map((offer) => ({ ...offer, available: availability.get(offer.id) ?? null }));
  }

  /** US dollars an hour by the name of the type, which is all that a machine in the list says of it. */
  async prices(signal: AbortSignal): Promise<ReadonlyMap<string, number>> {
    const known = this.#prices;
    if (known !== undefined && performance.now() - known.at < pricesKeptMs) return known.byName;
    try {
      await this.#types(signal);
    } catch (error) {
      signal.throwIfAborted();
      this.#logger.warn(`CanopyWave prices → unknown (${String(error)})`);
    }
    return this.#prices?.byName ?? new Map<string, number>();
  }

  async #types(signal: AbortSignal): Promise<readonly InstanceType[]> {
    const types = await this.#api.instanceTypes(signal);
    const byName = types.flatMap((type) => {
      const price = priceOf(type, parseTypeName(type.name)?.count ?? 0);
      return price === undefined ? [] : [[type.name, price.usdPerHour] as const];
    });
    this.#prices = { at: performance.now(), byName: new Map(byName) };
    return types;
  }

  /** By offer; empty from the first failure on: the call is not documented and may not be there. */
  async #availability(
    project: string,
    offers: readonly Offer[],
    signal: AbortSignal,
  ): Promise<ReadonlyMap<string, boolean | null>> {
    const answers = new Map<string, boolean | null>();
    for (const { id } of offers) {
      const key = parseOfferId(id);
      if (key === undefined) continue;
      try {
        const answer = await this.#api.availability({ ...key, project }, key.flavor, signal);
        answers.set(id, toAvailable(answer, key));
      } catch (error) {
        signal.throwIfAborted();
        this.#logger.debug(`CanopyWave availability → unknown (${String(error)})`);
        break;
      }
    }
    return answers;
  }
}

function noRegion(): InputError {
  return new InputError(
    'CanopyWave does not list its regions. Set CANOPYWAVE_REGION to the one to rent in, for example KEF-2; ' +
      `${facts.consoleUrl} shows it.`,
  );
}
