import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as v from 'valibot';
import { type GpuType, gpuTypesAnswer } from '../../../../src/providers/runpod/answers.js';
import { onDemandOffers, placeOf, spotOffers } from '../../../../src/providers/runpod/offers.js';

const rtx4090 = {
  id: 'NVIDIA GeForce RTX 4090',
  name: 'RTX 4090',
  manufacturer: 'NVIDIA',
  memory: 24,
  secure: true,
  community: true,
  price: { secure: 0.44, community: 0.31, serverless: 1.1 },
  maxCount: { secure: 8, community: 4 },
  availability: 'HIGH',
  dataCenters: [
    { id: 'US-KS-2', name: 'US Kansas 2', availability: 'HIGH' },
    { id: 'EU-RO-1', name: 'EU Romania 1', availability: 'LOW' },
    { id: 'US-TX-3', name: 'US Texas 3', availability: 'NONE' },
  ],
};
const h100 = {
  ...rtx4090,
  id: 'NVIDIA H100 80GB HBM3',
  name: 'H100 SXM',
  memory: 80,
  community: false,
  price: { secure: 2.99, community: 0 },
  maxCount: { secure: 8, community: 0 },
  availability: 'NONE',
  dataCenters: undefined,
};

describe('onDemandOffers', () => {
  it('is one for each data centre in stock, at the price of all GPUs', () => {
    const offers = onDemandOffers(gpus(rtx4090), 'secure', 3);
    assert.deepEqual(
      offers.map(({ usdPerHour, region, available, notes }) => ({ usdPerHour, region, available, notes })),
      [
        { usdPerHour: 1.32, region: 'US-KS-2', available: true, notes: [] },
        { usdPerHour: 1.32, region: 'EU-RO-1', available: true, notes: ['Few of them are left.'] },
      ],
    );
  });

  it('says that a GPU without any stock is not available', () => {
    const [offer, ...others] = onDemandOffers(gpus(h100), 'secure', 1);
    assert.deepEqual([offer?.available, offer?.region, others.length], [false, null, 0]);
  });

  it('leaves out what a tier does not have, more GPUs than it gives, and cards that are not for CUDA', () => {
    assert.deepEqual(onDemandOffers(gpus(h100), 'community', 1), []);
    assert.deepEqual(onDemandOffers(gpus(rtx4090), 'community', 5), []);
    assert.deepEqual(onDemandOffers(gpus({ ...rtx4090, manufacturer: 'AMD' }), 'secure', 1), []);
  });

  it('does not know what a new word for the stock means', () => {
    const [offer] = onDemandOffers(gpus({ ...h100, availability: 'PLENTY' }), 'secure', 1);
    assert.equal(offer?.available, null);
  });

  it('is not hidden by an entry that cannot be read', () => {
    assert.equal(onDemandOffers(gpus({ id: 7 }, rtx4090), 'secure', 1).length, 2);
  });
});

describe('spotOffers', () => {
  const price = { id: rtx4090.id, displayName: 'RTX 4090', memoryInGb: 24, community: null };

  it('is the lowest bid for all GPUs', () => {
    const secure = { minimumBidPrice: 0.2, stockStatus: 'Low' };
    const [offer] = spotOffers([{ ...price, secure }], 'secure', 3);
    assert.deepEqual([offer?.usdPerHour, offer?.spot, offer?.available], [0.6, true, true]);
  });

  it('is nothing where no bid is taken, and not available where no host is free', () => {
    const secure = { minimumBidPrice: null, stockStatus: 'High' };
    assert.deepEqual(spotOffers([{ ...price, secure }], 'secure', 1), []);
    assert.deepEqual(spotOffers([{ ...price, secure }], 'community', 1), []);
    const soldOut = { minimumBidPrice: 0.2, stockStatus: null };
    assert.equal(spotOffers([{ ...price, secure: soldOut }], 'secure', 1)[0]?.available, false);
  });
});

describe('placeOf', () => {
  it('reads what an offer says in its id', () => {
    const [offer] = onDemandOffers(gpus(rtx4090), 'secure', 1);
    assert.deepEqual(placeOf(offer?.id ?? ''), {
      tier: 'secure',
      gpuId: 'NVIDIA GeForce RTX 4090',
      dataCenter: 'US-KS-2',
    });
    const [anywhere] = onDemandOffers(gpus(h100), 'secure', 1);
    assert.equal(placeOf(anywhere?.id ?? '')?.dataCenter, null);
  });

  it('does not read other ids', () => {
    for (const id of ['', '4090', 'public/RTX']) assert.equal(placeOf(id), undefined);
  });
});

function gpus(...entries: readonly object[]): readonly GpuType[] {
  return v.parse(gpuTypesAnswer, { gpus: entries }).gpus.filter((gpu) => gpu !== null);
}
