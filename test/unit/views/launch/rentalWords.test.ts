import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Offer } from '../../../../src/providers/cloud.js';
import { facts as lambda } from '../../../../src/providers/lambda/facts.js';
import { facts as runpod } from '../../../../src/providers/runpod/facts.js';
import {
  describeCloud,
  describeLimits,
  describeOfferRow,
  expectationWords,
  mostWords,
  suggestedBudgetUsd,
} from '../../../../src/views/launch/rentalWords.js';

const offer = (changes: Partial<Offer> = {}): Offer => ({
  provider: 'runpod',
  id: 'one',
  gpu: 'RTX 4090',
  count: 1,
  vramGb: 24,
  usdPerHour: 0.44,
  region: 'US-KS-2',
  spot: false,
  available: true,
  hostKey: null,
  usdPerGb: { up: 0, down: 0 },
  cuda: null,
  diskGb: null,
  notes: [],
  ...changes,
});
const seller = { title: 'RunPod', facts: runpod, holdsKey: false };
const load = { datasetBytes: 1e9, estimate: { vramGb: 8, diskGb: 10, hours: { gpu: 4, other: 0 } } };

test('an offer says what it is, what it costs, and what it comes to for this job', () => {
  const { label, description, detail } = describeOfferRow(offer(), seller, load);
  assert.equal(label, 'RTX 4090');
  assert.equal(description, '24 GB · $0.44/h');
  assert.match(detail, /^about [\d.]+ h and \$[\d.]+ for this job · RunPod · US-KS-2 · ends itself$/);
});

test('what is special about an offer stands beside its price', () => {
  const special = offer({ count: 2, spot: true, available: false, region: null });
  const { label, description, detail } = describeOfferRow(special, seller, null);
  assert.equal(label, '2× RTX 4090');
  assert.equal(description, '24 GB each · $0.44/h · spot · none free now');
  assert.equal(detail, 'RunPod · ends itself');
});

test('a time that nobody knows is said to be unknown', () => {
  const { detail } = describeOfferRow(offer(), seller, { datasetBytes: 0, estimate: null });
  assert.match(detail, /^time unknown · RunPod/);
  const dear = offer({ usdPerGb: { up: 0.1, down: 0.1 } });
  const traffic = describeOfferRow(dear, seller, { datasetBytes: 10e9, estimate: null });
  assert.match(traffic.detail, /^time unknown, traffic about \$1\.00 · /);
});

test('a machine without a key of its own is ended by this computer alone, unless it may hold the account key', () => {
  const words = (holdsKey: boolean): string =>
    describeOfferRow(offer(), { title: 'Lambda', facts: lambda, holdsKey }, null).detail;
  assert.match(words(false), /only this computer ends it$/);
  assert.match(words(true), /· ends itself$/);
});

test('the most that can be spent is the price of the longest time', () => {
  assert.equal(mostWords(offer(), { hours: 24, budgetUsd: null }), 'at most $10.56 in 24 h');
  assert.equal(mostWords(offer(), { hours: 24, budgetUsd: 5 }), 'at most $5.00 in 24 h');
});

test('what is expected names traffic only where it costs something', () => {
  assert.equal(
    expectationWords({ hours: 3.24, usd: 1.43, trafficUsd: 0 }),
    'expected: about 3.2 h and $1.43',
  );
  assert.equal(
    expectationWords({ hours: 0.4, usd: 1.43, trafficUsd: 1 }),
    'expected: about 24 min and $1.43, of it $1.00 for traffic',
  );
  assert.equal(
    expectationWords({ hours: null, usd: null, trafficUsd: 0.5 }),
    'how long it takes is not known; traffic costs about $0.50',
  );
});

test('a suggested budget leaves room for twice the expected cost, and pays at least for the boot', () => {
  assert.equal(suggestedBudgetUsd({ hours: 3, usd: 1.3, trafficUsd: 0 }, offer()), 3);
  assert.equal(suggestedBudgetUsd({ hours: 0, usd: 0, trafficUsd: 0 }, offer({ usdPerHour: 8 })), 1);
  assert.equal(suggestedBudgetUsd({ hours: null, usd: null, trafficUsd: 0 }, offer()), null);
});

test('limits fit a line', () => {
  assert.equal(
    describeLimits({ hours: 24, budgetUsd: null, keepMinutes: 120 }),
    '24 h · no budget · waits 120 min',
  );
  assert.equal(
    describeLimits({ hours: 8, budgetUsd: 5, keepMinutes: 0 }),
    '8 h · budget $5.00 · waits 0 min',
  );
});

test('a cloud is described by what it sells and by what ends its machines', () => {
  assert.match(describeCloud(runpod), /spot machines; they end themselves/);
  assert.match(describeCloud(lambda), /^On-demand machines; this computer ends them/);
});
