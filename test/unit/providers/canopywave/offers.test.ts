import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { InstanceType } from '../../../../src/providers/canopywave/answers.js';
import {
  formatOfferId,
  mayFit,
  parseOfferId,
  parseTypeName,
  priceOf,
  toAvailable,
  toOffer,
} from '../../../../src/providers/canopywave/offers.js';
import type { OfferNeed } from '../../../../src/providers/cloud.js';

const type = (changes: Partial<InstanceType> = {}): InstanceType => ({
  flavor: 'H100-4',
  name: '4x H100 (80 GB SXM5)',
  images: ['GPU-Ubuntu.22.04', 'GPU-Ubuntu.24.04'],
  price: 900,
  priceHour: '$2.25 / gpu / hour',
  ...changes,
});

describe('the name of a type', () => {
  test('tells GPU, count and memory', () => {
    assert.deepEqual(parseTypeName('4x H100 (80 GB SXM5)'), { gpu: 'H100 SXM5', count: 4, vramGb: 80 });
    assert.deepEqual(parseTypeName('1x RTX A4000 (16 GB)'), { gpu: 'RTX A4000', count: 1, vramGb: 16 });
    assert.deepEqual(parseTypeName('2x NVIDIA L40S (48 GBPCIe)'), { gpu: 'L40S PCIe', count: 2, vramGb: 48 });
  });

  test('of a machine without a GPU tells none', () => {
    assert.equal(parseTypeName('16 vCPU x86 Server'), undefined);
    assert.equal(parseTypeName(''), undefined);
  });
});

describe('the price of a type', () => {
  test('is that of the whole machine, in dollars', () => {
    assert.deepEqual(priceOf(type(), 4), { usdPerHour: 9, note: null });
  });

  test('is the larger one when its two prices differ', () => {
    const price = priceOf(type({ price: 1800, priceHour: '$3.00 / gpu / hour' }), 8);
    assert.equal(price?.usdPerHour, 24);
    assert.match(price.note ?? '', /\$18\.00 and \$24\.00/);
    assert.equal(priceOf(type({ price: 3000, priceHour: '$3.00 / gpu / hour' }), 8)?.usdPerHour, 30);
  });

  test('is the one that can be read when the other cannot', () => {
    assert.deepEqual(priceOf(type({ price: null }), 4), { usdPerHour: 9, note: null });
    assert.deepEqual(priceOf(type({ priceHour: 'ask us' }), 4), { usdPerHour: 9, note: null });
    assert.deepEqual(priceOf(type({ priceHour: null }), 4), { usdPerHour: 9, note: null });
  });

  test('is not made up', () => {
    assert.equal(priceOf(type({ price: null, priceHour: 'ask us' }), 4), undefined);
    assert.equal(priceOf(type({ price: 0, priceHour: null }), 4), undefined);
    assert.equal(toOffer(type({ price: null, priceHour: null }), 'KEF-2'), undefined);
  });
});

describe('an offer', () => {
  test('names region, type and the newest image for GPUs', () => {
    const offer = toOffer(
      type({ images: ['CPU-Ubuntu.24.04', 'GPU-Ubuntu.22.04', 'GPU-Ubuntu.24.04'] }),
      'KEF-2',
    );
    assert.equal(offer?.id, 'KEF-2/H100-4/GPU-Ubuntu.24.04');
    assert.equal(offer.available, null);
    assert.deepEqual(parseOfferId(offer.id), {
      region: 'KEF-2',
      flavor: 'H100-4',
      image: 'GPU-Ubuntu.24.04',
    });
    assert.equal(formatOfferId({ region: 'KEF-2', flavor: 'H100-4', image: 'a/b' }), 'KEF-2/H100-4/a/b');
  });

  test('is none without an image for GPUs', () => {
    assert.equal(toOffer(type({ images: ['CPU-Ubuntu.24.04'] }), 'KEF-2'), undefined);
  });

  test('is asked for only where it may fit', () => {
    const offer = toOffer(type(), 'KEF-2');
    assert.ok(offer);
    const need: OfferNeed = {
      gpus: [],
      vramGb: null,
      count: 1,
      maxUsdPerHour: null,
      spot: null,
      regions: [],
      diskGb: 10,
    };
    assert.ok(mayFit(offer, need));
    assert.ok(mayFit(offer, { ...need, gpus: ['A100', 'h100'], vramGb: 80, count: 4, spot: false }));
    for (const changes of [
      { spot: true },
      { gpus: ['A100'] },
      { vramGb: 81 },
      { count: 5 },
      { maxUsdPerHour: 8.99 },
      { regions: ['KEF-3'] },
    ])
      assert.ok(!mayFit(offer, { ...need, ...changes }), JSON.stringify(changes));
  });
});

describe('what is available', () => {
  const key = { region: 'KEF-3', flavor: 'H100-8', image: 'GPU-Ubuntu.22.04' };

  test('stands under a name of region and flavor', () => {
    assert.equal(toAvailable({ 'KEF-3_H100-8_available_vms': 2 }, key), true);
    assert.equal(
      toAvailable({ 'KEF-3_H100-8_available_vms': 0, 'KEF-2_H100-8_available_vms': 5 }, key),
      false,
    );
    assert.equal(toAvailable({ available_vms: 1 }, key), true);
  });

  test('is not known when it is not said', () => {
    for (const answer of [
      {},
      { 'KEF-2_H100-8_available_vms': 5, 'KEF-1_H100-8_available_vms': 5 },
      { 'KEF-3_H100-8_available_vms': '2' },
      { 'KEF-3_H100-8_available_vms': null },
      { available: true },
    ])
      assert.equal(toAvailable(answer, key), null, JSON.stringify(answer));
  });
});
