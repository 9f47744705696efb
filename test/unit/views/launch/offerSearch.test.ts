import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CloudUnavailableError } from '../../../../src/errors.js';
import type { ListOffersOptions } from '../../../../src/jobs/offers.js';
import type { Draft } from '../../../../src/jobs/plan.js';
import type { CloudProvider, Offer, OfferNeed } from '../../../../src/providers/cloud.js';
import type { Trainyard } from '../../../../src/trainyard.js';
import { OfferSearch, proposedOffer, type FoundOffers } from '../../../../src/views/launch/offerSearch.js';
import { waitFor } from '../../../support/waitFor.js';

const offer = (id: string, changes: Partial<Offer> = {}): Offer => ({
  provider: 'runpod',
  id,
  gpu: 'RTX 4090',
  count: 1,
  vramGb: 24,
  usdPerHour: 0.44,
  region: null,
  spot: false,
  available: true,
  hostKey: null,
  usdPerGb: { up: 0, down: 0 },
  cuda: null,
  diskGb: null,
  notes: [],
  ...changes,
});

/** An engine that remembers what it was asked and lets a test answer. */
class AskedEngine {
  readonly asked: { need: OfferNeed; options: ListOffersOptions; end: () => void }[] = [];
  readonly providers = { usableClouds: () => Promise.resolve([]) } as unknown as Trainyard['providers'];

  offers(
    _: readonly CloudProvider[],
    need: OfferNeed,
    options: ListOffersOptions,
  ): Promise<readonly Offer[]> {
    return new Promise((resolve) => this.asked.push({ need, options, end: () => resolve([]) }));
  }

  /** The question of that number, once it is asked. */
  question(number: number): Promise<AskedEngine['asked'][number]> {
    return waitFor(`question ${number}`, () => this.asked[number - 1]);
  }
}

const check = (vramGb: number | null): Promise<Draft> =>
  Promise.resolve({ dataset: { files: 1, bytes: 1e9 }, estimate: { vramGb, diskGb: 5 } } as unknown as Draft);

test('asks for what the training needs, without spot machines', async () => {
  const engine = new AskedEngine();
  new OfferSearch(engine).begin(check(16), {});
  const { need } = await engine.question(1);
  assert.deepEqual([need.vramGb, need.spot, need.count], [16, false, 1]);
});

test('shows spot machines at once where the run file wants them', async () => {
  const engine = new AskedEngine();
  const search = new OfferSearch(engine);
  search.begin(check(null), { spot: true });
  assert.equal((await engine.question(1)).need.spot, null);
  assert.equal(search.filter.spot, true);
});

test('a dataset that cannot be read is no reason to show nothing', async () => {
  const engine = new AskedEngine();
  new OfferSearch(engine).begin(Promise.reject(new Error('no such folder')), {});
  assert.equal((await engine.question(1)).need.vramGb, null);
});

test('grows with every answer, tells who fails, and says when all have answered', async () => {
  const engine = new AskedEngine();
  const search = new OfferSearch(engine);
  search.begin(check(null), {});
  const { options, end } = await engine.question(1);
  options.onOffers?.([offer('a')]);
  assert.deepEqual(
    search.found.offers.map(({ id }) => id),
    ['a'],
  );
  const error = new CloudUnavailableError('Vast.ai does not answer.');
  options.onFailure?.({ provider: 'vast', title: 'Vast.ai', error, message: error.message });
  assert.deepEqual(
    search.found.failures.map(({ provider }) => provider),
    ['vast'],
  );
  assert.equal(search.found.isSearching, true);
  end();
  await waitFor('the end', () => !search.found.isSearching);
});

test('an answer to an earlier question changes nothing', async () => {
  const engine = new AskedEngine();
  const search = new OfferSearch(engine);
  search.begin(check(16), {});
  const first = await engine.question(1);
  search.show({ spot: true, all: true });
  const second = await engine.question(2);
  assert.deepEqual([second.need.vramGb, second.need.spot], [null, null]);
  assert.equal(first.options.signal.aborted, true);
  first.options.onOffers?.([offer('stale')]);
  assert.deepEqual(search.found.offers, []);
});

test('asks once for the same, again when somebody could not answer', async () => {
  const engine = new AskedEngine();
  const search = new OfferSearch(engine);
  const looked = check(null);
  search.begin(looked, {});
  (await engine.question(1)).end();
  await waitFor('the end', () => !search.found.isSearching);
  search.begin(looked, {});
  assert.equal(search.found.isSearching, false);
  search.repeat();
  const { options, end } = await engine.question(2);
  const error = new Error('no');
  options.onFailure?.({ provider: 'vast', title: 'Vast.ai', error, message: 'no' });
  end();
  await waitFor('the end', () => !search.found.isSearching);
  search.begin(looked, {});
  await engine.question(3);
});

test('proposes the cheapest that is free and large enough, of the clouds that were named', () => {
  const need: OfferNeed = {
    gpus: [],
    vramGb: 24,
    count: 1,
    maxUsdPerHour: null,
    spot: false,
    regions: [],
    diskGb: 20,
  };
  const found = {
    offers: [
      offer('taken', { available: false }),
      offer('small', { vramGb: 16 }),
      offer('spot', { spot: true }),
      offer('here'),
      offer('there', { provider: 'vast' }),
    ],
    need,
  } as unknown as FoundOffers;
  assert.equal(proposedOffer(found, [])?.id, 'here');
  assert.equal(proposedOffer(found, ['vast'])?.id, 'there');
  assert.equal(proposedOffer(found, ['lambda']), undefined);
});
