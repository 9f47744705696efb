import assert from 'node:assert/strict';
import { test } from 'node:test';
import { describeRental } from '../../../src/jobs/rentalTerms.js';
import type { Terms } from '../../../src/jobs/deal.js';
import { offer } from './offers/builders.js';

const terms: Terms = {
  title: 'RunPod',
  expected: { hours: 2.66, usd: 1.17, trafficUsd: 0 },
  hours: 24,
  budgetUsd: null,
  ends: 'The machine ends itself after 24 h at the latest.',
  notes: [],
};

test('what is rented, what it comes to and what ends it are said before it is paid for', () => {
  assert.deepEqual(describeRental({ offer: offer(), terms }), [
    'Rents from RunPod: RTX 4090 (24 GB), in US-KS-2, $0.44/h.',
    'Expected: about 2.7 h and $1.17. At most 24 h and $10.56.',
    'The machine ends itself after 24 h at the latest.',
  ]);
});

test('what is not known is said to be so, and what has to be known stands below', () => {
  const expected = { hours: null, usd: null, trafficUsd: 0.4 };
  const vague = { ...terms, expected, hours: 0.5, budgetUsd: 0.1, notes: ['Billed by the minute.', 'Old.'] };
  assert.deepEqual(describeRental({ offer: offer(), terms: vague }).slice(1), [
    'How long the training takes is not known. Traffic costs about $0.40. At most 30 min and $0.10.',
    'The machine ends itself after 24 h at the latest.',
    'Billed by the minute. Old.',
  ]);
});

test('of a machine of the user’s own nothing is said', () => {
  assert.deepEqual(describeRental({ offer: null, terms: null }), []);
});
