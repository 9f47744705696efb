import { formatHours, formatUsd } from '../format.js';
import { describeOffer } from './offers.js';
import type { Plan } from './plan.js';

/** What is said before money is spent: what is rented, what it comes to, what ends it. A sentence or two a line. */
export function describeRental({ offer, terms }: Pick<Plan, 'offer' | 'terms'>): readonly string[] {
  if (!offer || !terms) return [];
  const { title, expected, hours, budgetUsd, ends, notes } = terms;
  const most = Math.min(hours * offer.usdPerHour, budgetUsd ?? Infinity);
  const expectation =
    expected.usd === null || expected.hours === null
      ? 'How long the training takes is not known.'
      : `Expected: about ${formatHours(expected.hours)} and ${formatUsd(expected.usd)}.`;
  const traffic = expected.trafficUsd < 0.01 ? '' : ` Traffic costs about ${formatUsd(expected.trafficUsd)}.`;
  return [
    `Rents from ${title}: ${describeOffer(offer)}.`,
    `${expectation}${traffic} At most ${formatHours(hours)} and ${formatUsd(most)}.`,
    ends,
    ...(notes.length === 0 ? [] : [notes.join(' ')]),
  ];
}
