import { l10n } from '../../l10n.js';
import type { Offer } from '../../providers/cloud.js';
import type { OfferWords } from './rentalWords.js';

export interface OfferRow {
  readonly offer: Offer;
  readonly words: OfferWords;
}

/**
 * Markets list every machine by itself, so many offers read alike. These become one row that says how many there are, in
 * the place of the first.
 * @param kept the offer that stands for those like it; else the first does
 */
export function foldAlike(rows: readonly OfferRow[], kept?: string): OfferRow[] {
  const groups = new Map<string, OfferRow[]>();
  for (const row of rows) {
    const key = JSON.stringify([row.offer.provider, row.words]);
    groups.set(key, [...(groups.get(key) ?? []), row]);
  }
  return [...groups.values()].flatMap((alike) => {
    const row = alike.find(({ offer }) => offer.id === kept) ?? alike[0];
    if (row === undefined || alike.length === 1) return row ?? [];
    const description = l10n.t('{0} · {1} of these', row.words.description, alike.length);
    return { ...row, words: { ...row.words, description } };
  });
}
