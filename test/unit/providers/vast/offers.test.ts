import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { OfferNeed } from '../../../../src/providers/cloud.js';
import {
  fromAskId,
  toAdvertisedGb,
  toAskId,
  toOffers,
  toSearch,
} from '../../../../src/providers/vast/offers.js';

const need: OfferNeed = {
  gpus: [],
  vramGb: null,
  count: 1,
  maxUsdPerHour: null,
  spot: null,
  regions: [],
  diskGb: 73,
};
const asked = {
  id: 12_345_678,
  machine_id: 24_680,
  gpu_name: 'RTX 4090',
  num_gpus: 1,
  gpu_ram: 24_564,
  cpu_cores: 64,
  cuda_max_good: 12.8,
  disk_space: 812.3,
  dph_total: 0.3724,
  min_bid: 0.18,
  storage_cost: 0.1,
  inet_down_cost: 0.003,
  inet_up_cost: 0.02,
  geolocation: 'Quebec, CA',
  duration: 2_592_000,
};

test('an offer on demand is the price that Vast.ai gives, with its disk', () => {
  assert.deepEqual(toOffers([asked], need, 'on-demand'), [
    {
      provider: 'vast',
      id: '12345678',
      gpu: 'RTX 4090',
      count: 1,
      vramGb: 24,
      usdPerHour: 0.3724,
      region: 'Quebec, CA',
      spot: false,
      available: true,
      hostKey: '24680',
      usdPerGb: { up: 0.003, down: 0.02 },
      cuda: '12.8',
      diskGb: 812.3,
      notes: [],
    },
  ]);
});

test('a bid is a tenth above the least, and the disk comes on top', () => {
  const [offer] = toOffers([asked], need, 'bid');
  assert.equal(offer?.id, '12345678@0.198');
  assert.equal(offer.usdPerHour.toFixed(6), '0.208000');
  assert.deepEqual(fromAskId(offer.id), { ask: '12345678', bid: 0.198 });
  assert.deepEqual(toOffers([{ ...asked, min_bid: null }], need, 'bid'), []);
});

test('what its price is made of must be known', () => {
  const broken = [
    'dph_total',
    'storage_cost',
    'inet_down_cost',
    'inet_up_cost',
    'num_gpus',
    'gpu_ram',
    'cpu_cores',
  ];
  for (const field of broken)
    assert.deepEqual(toOffers([{ ...asked, [field]: null }, 'nonsense'], need, 'on-demand'), [], field);
  const [bare] = toOffers(
    [{ ...asked, machine_id: null, cuda_max_good: null, geolocation: null, duration: null }],
    need,
    'on-demand',
  );
  assert.deepEqual([bare?.hostKey, bare?.cuda, bare?.region, bare?.notes], [null, null, null, []]);
});

test('a search asks for safe machines, and for less when less is wanted', () => {
  const search = toSearch({ ...need, vramGb: 48, maxUsdPerHour: 2, regions: ['US', 'CA'] }, 'bid');
  assert.deepEqual(search.verified, { eq: true });
  assert.deepEqual(search.num_gpus, { eq: 1 });
  assert.deepEqual(search.dph_total, { lte: 2 });
  assert.deepEqual(search.geolocation, { in: ['US', 'CA'] });
  assert.deepEqual([search.type, search.allocated_storage, search.limit], ['bid', 73, 100]);
  // An L40S, sold with 48 GB, reports 46,068 MiB.
  assert.ok((search.gpu_ram as { gte: number }).gte <= 46_068);
  assert.ok((search.gpu_ram as { gte: number }).gte > 40_960);

  const named = toSearch({ ...need, gpus: ['H100'], regions: ['California'] }, 'on-demand');
  assert.equal(named.limit, 3000);
  for (const field of ['gpu_name', 'gpu_ram', 'dph_total', 'geolocation'])
    assert.ok(!(field in named), field);
});

test('memory is told as it is sold', () => {
  const sold: readonly [number, number][] = [
    [12_288, 12],
    [15_360, 16],
    [24_564, 24],
    [23_034, 24],
    [22_528, 22],
    [11_019, 11],
    [32_607, 32],
    [46_068, 48],
    [49_140, 48],
    [81_559, 80],
    [95_830, 94],
    [143_771, 141],
    [6144, 6],
    [400_000, 391],
  ];
  for (const [mib, gb] of sold) assert.equal(toAdvertisedGb(mib), gb, String(mib));
});

test('the id of an offer says what to accept and for how much', () => {
  for (const ask of [
    { ask: '1', bid: null },
    { ask: '2', bid: 0.001 },
    { ask: '3', bid: 12 },
  ])
    assert.deepEqual(fromAskId(toAskId(ask)), ask);
  for (const id of ['', 'RTX 4090', '1@', '1@x', '1/2', '-1']) assert.equal(fromAskId(id), undefined, id);
});
