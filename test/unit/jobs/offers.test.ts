import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { AuthError, CloudUnavailableError } from '../../../src/errors.js';
import {
  describeOffer,
  filterOffers,
  fits,
  listOffers,
  misfits,
  noKeyError,
  sortOffers,
  toOfferRef,
  type OfferFailure,
} from '../../../src/jobs/offers.js';
import type { Offer } from '../../../src/providers/cloud.js';
import { FakeProvider, need, offer } from './offers/builders.js';

const never = new AbortController().signal;
const ids = (offers: readonly Offer[]): string[] => offers.map(({ id }) => id);

describe('fits', () => {
  it('says in a few words why an offer does not', () => {
    const vague = offer({ region: null, diskGb: 10, spot: true, usdPerHour: 0.445 });
    for (const [wanted, why] of [
      [{ gpus: ['H100', 'A100'] }, 'it is no H100 or A100'],
      [{ vramGb: 48 }, 'it has 24 GB, not 48 GB'],
      [{ count: 2 }, 'it has 1 GPU, not 2'],
      [{ diskGb: 80 }, 'its disk has 10 GB, not 80 GB'],
      [{ spot: false, diskGb: 1 }, 'it is a spot machine'],
      [{ regions: ['us'], diskGb: 1 }, 'nobody says where it is'],
      [{ maxUsdPerHour: 0.3, diskGb: 1 }, 'it costs more than $0.30/h'],
    ] as const) {
      assert.equal(fits(vague, need(wanted)), why);
    }
    assert.equal(fits(offer(), need({ spot: true })), 'it is no spot machine');
    assert.equal(fits(offer(), need({ regions: ['eu', 'KEF'] })), 'it is in US-KS-2');
  });

  it('takes an offer that has more than is needed', () => {
    const large = offer({ count: 8, vramGb: 79.6, diskGb: 500 });
    assert.equal(fits(large, need({ count: 8, vramGb: 80, diskGb: 100, maxUsdPerHour: 0.44 })), null);
  });

  it('takes no more GPUs than are needed: somebody pays for them', () => {
    assert.equal(fits(offer({ count: 4 }), need()), 'it has 4 GPUs, not 1');
  });

  it('finds the memory that people write into a name', () => {
    assert.equal(fits(offer({ gpu: 'A100 SXM', vramGb: 80 }), need({ gpus: ['A100 80GB'] })), null);
    assert.notEqual(fits(offer({ gpu: 'A100 SXM', vramGb: 40 }), need({ gpus: ['A100 80GB'] })), null);
  });

  it('knows a region by any of its words', () => {
    const isIn = (region: string, wanted: string): boolean =>
      fits(offer({ region }), need({ regions: [wanted] })) === null;
    for (const [region, wanted] of [
      ['US-KS-2', 'us'],
      ['US-KS-2', 'us-ks'],
      ['us-west-1', 'US-WEST-1'],
      ['Quebec, CA', 'ca'],
    ] as const) {
      assert.ok(isIn(region, wanted), `${wanted} is ${region}`);
    }
    assert.ok(!isIn('California, US', 'ca'));
  });

  it('counts everything that is wrong', () => {
    const all = misfits(offer(), need({ gpus: ['H100'], vramGb: 80, maxUsdPerHour: 0.1 }));
    assert.equal(all.length, 3);
  });
});

describe('a list of offers', () => {
  it('has the cheapest first, and last what nobody has free', () => {
    const offers = [
      offer({ id: 'dear', usdPerHour: 2 }),
      offer({ id: 'out', usdPerHour: 0.1, available: false }),
      offer({ id: 'first', usdPerHour: 1 }),
      offer({ id: 'second', usdPerHour: 1 }),
      offer({ id: 'unsure', usdPerHour: 0.5, available: null }),
    ];
    assert.deepEqual(ids(sortOffers(offers)), ['unsure', 'first', 'second', 'dear', 'out']);
  });

  it('keeps what fits', () => {
    const offers = [offer({ id: 'small', vramGb: 16 }), offer({ id: 'right' })];
    assert.deepEqual(ids(filterOffers(offers, need({ vramGb: 24 }))), ['right']);
  });
});

describe('listOffers', () => {
  it('merges all clouds, and tells what there is as soon as one has answered', async () => {
    const told: string[][] = [];
    const clouds = [
      new FakeProvider({ answer: [offer({ id: 'b', usdPerHour: 2 }), offer({ id: 'tiny', vramGb: 8 })] }),
      new FakeProvider({ id: 'vast', answer: [offer({ id: 'a', provider: 'vast', usdPerHour: 1 })] }),
    ];
    const offers = await listOffers(clouds, need({ vramGb: 24 }), {
      signal: never,
      onOffers: (soFar) => told.push(ids(soFar)),
    });
    assert.deepEqual(ids(offers), ['a', 'b']);
    assert.deepEqual(told, [['b'], ['a', 'b']]);
  });

  it('is not held up by a cloud that fails or does not answer', async () => {
    const failures: OfferFailure[] = [];
    const soFar: string[][] = [];
    const clouds = [
      new FakeProvider({ id: 'slow', title: 'Slow', answer: 'never' }),
      new FakeProvider({ id: 'bad', title: 'Bad', answer: new AuthError('The key was refused.') }),
      new FakeProvider({ answer: [offer()] }),
    ];
    const offers = await listOffers(clouds, need(), {
      signal: never,
      onFailure: (failure) => failures.push(failure),
      onOffers: (some) => soFar.push([...ids(some), String(failures.length)]),
      patienceMs: 200,
    });
    assert.deepEqual(ids(offers), ['one']);
    assert.deepEqual(soFar.at(0)?.at(0), 'one');
    assert.deepEqual(
      failures.map(({ provider, message }) => `${provider}: ${message}`),
      ['bad: The key was refused.', 'slow: Slow did not say in time what it offers. Try again in a while.'],
    );
    assert.ok(failures[0]?.error instanceof AuthError);
    assert.ok(failures[1]?.error instanceof CloudUnavailableError);
  });

  it('has machines with more GPUs when these are wanted, too', async () => {
    const cloud = new FakeProvider({ answer: [offer({ id: 'four', count: 4 }), offer()] });
    const options = { signal: never, orMoreGpus: true };
    assert.deepEqual(ids(await listOffers([cloud], need(), { signal: never })), ['one']);
    assert.deepEqual(ids(await listOffers([cloud], need(), options)).toSorted(), ['four', 'one']);
    assert.deepEqual(ids(await listOffers([cloud], need({ count: 2 }), options)), ['four']);
  });

  it('asks nothing of a cloud without a key', async () => {
    const keyless = new FakeProvider({ hasKey: false, answer: [offer()] });
    assert.deepEqual(await listOffers([keyless], need(), { signal: never }), []);
    assert.deepEqual(keyless.asked, []);
  });

  it('ends when it is called off', async () => {
    const asking = new AbortController();
    const failures: OfferFailure[] = [];
    const listing = listOffers([new FakeProvider({ answer: 'never' })], need(), {
      signal: asking.signal,
      onFailure: (failure) => failures.push(failure),
    });
    asking.abort();
    await assert.rejects(listing, { name: 'AbortError' });
    assert.deepEqual(failures, []);
  });
});

describe('noKeyError', () => {
  it('names the variable, and where to find a key', () => {
    const runpod = new FakeProvider({ answer: [] });
    const vast = new FakeProvider({ answer: [], facts: { keyName: 'VAST_API_KEY' } });
    assert.equal(
      noKeyError([runpod]).message,
      'There is no key for RunPod. Set RUNPOD_API_KEY. Make one in the console.',
    );
    assert.match(noKeyError([runpod, vast]).message, /Set one of RUNPOD_API_KEY, VAST_API_KEY;/);
    assert.equal(noKeyError([runpod]).exitCode, 3);
  });
});

describe('an offer', () => {
  it('is told in one line', () => {
    assert.equal(describeOffer(offer()), 'RTX 4090 (24 GB), in US-KS-2, $0.44/h');
    assert.equal(
      describeOffer(offer({ count: 8, gpu: 'H100', vramGb: 80, spot: true, region: null, usdPerHour: 18 })),
      '8× H100 (80 GB), spot, $18.00/h',
    );
  });

  it('is kept without what is only good for a moment', () => {
    assert.deepEqual(toOfferRef(offer()), {
      provider: 'runpod',
      id: 'one',
      gpu: 'RTX 4090',
      count: 1,
      vramGb: 24,
      usdPerHour: 0.44,
      region: 'US-KS-2',
      spot: false,
      hostKey: null,
    });
  });
});
