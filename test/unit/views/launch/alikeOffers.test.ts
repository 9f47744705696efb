import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Offer } from '../../../../src/providers/cloud.js';
import { foldAlike, type OfferRow } from '../../../../src/views/launch/alikeOffers.js';

const row = (id: string, detail: string, provider = 'vast'): OfferRow => ({
  offer: { id, provider } as Offer,
  words: { label: 'RTX 3060', description: '$0.08/h', detail },
});

const shown = (rows: readonly OfferRow[]): string[][] =>
  rows.map(({ offer, words }) => [offer.id, words.description, words.detail]);

test('offers that read alike are one row, in the place of the first, that says how many there are', () => {
  const rows = [row('1', 'Texas'), row('2', 'Sweden'), row('3', 'Texas'), row('4', 'Texas')];
  assert.deepEqual(shown(foldAlike(rows)), [
    ['1', '$0.08/h · 3 of these', 'Texas'],
    ['2', '$0.08/h', 'Sweden'],
  ]);
});

test('the offer that was chosen stands for those like it', () => {
  assert.deepEqual(shown(foldAlike([row('1', 'Texas'), row('2', 'Texas')], '2')), [
    ['2', '$0.08/h · 2 of these', 'Texas'],
  ]);
});

test('offers of two providers are never one', () => {
  assert.equal(foldAlike([row('1', 'Texas'), row('2', 'Texas', 'runpod')]).length, 2);
});
