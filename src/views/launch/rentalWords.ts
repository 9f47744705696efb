import { formatHours, formatPrice, formatUsd } from '../../format.js';
import { leastUsd } from '../../jobs/budget.js';
import type { Terms } from '../../jobs/deal.js';
import { expectedCost, type ExpectedCost, type Load } from '../../jobs/offers/expectedCost.js';
import { l10n } from '../../l10n.js';
import type { CloudFacts, CloudProvider, Offer } from '../../providers/cloud.js';
import type { RentalLimits } from './runDraft.js';

/** An offer as a row of a list shows it. */
export interface OfferWords {
  readonly label: string;
  readonly description: string;
  readonly detail: string;
}

/** The provider as the user sees it, and whether its machines may hold the key of the account. */
export interface SellerFacts extends Pick<CloudProvider, 'title' | 'facts'> {
  readonly holdsKey: boolean;
}

/**
 * `2× RTX 4090`, `24 GB each · $0.88/h · spot`, `about 3.2 h and $2.90 for this job · RunPod · US-KS-2 · ends itself`
 * @param load `null` while nobody knows it
 */
export function describeOfferRow(offer: Offer, seller: SellerFacts, load: Load | null): OfferWords {
  const { vramGb, count, usdPerHour, spot, available, region } = offer;
  const memory = `${Number(vramGb.toFixed(1))} GB`;
  const facts = [
    count > 1 ? l10n.t('{0} each', memory) : memory,
    formatPrice(usdPerHour),
    ...(spot ? [l10n.t('spot')] : []),
    ...(available === false ? [l10n.t('none free now')] : []),
  ];
  const more = [
    ...(load === null ? [] : [expectedWords(expectedCost(offer, load))]),
    seller.title,
    ...(region === null ? [] : [region]),
    endWords(seller),
  ];
  return { label: gpuName(offer), description: facts.join(' · '), detail: more.join(' · ') };
}

/** `2× RTX 4090` */
export const gpuName = ({ gpu, count }: Pick<Offer, 'gpu' | 'count'>): string =>
  count > 1 ? `${count}× ${gpu}` : gpu;

function expectedWords({ hours, usd, trafficUsd }: ExpectedCost): string {
  if (hours !== null && usd !== null) {
    return l10n.t('about {0} and {1} for this job', formatHours(hours), formatUsd(usd));
  }
  return trafficUsd < leastTold
    ? l10n.t('time unknown')
    : l10n.t('time unknown, traffic about {0}', formatUsd(trafficUsd));
}

/** Less than a cent is nothing to tell. */
const leastTold = 0.01;

const endWords = ({ facts, holdsKey }: SellerFacts): string =>
  facts.selfEnd === 'account-key' && !holdsKey ? l10n.t('only this computer ends it') : l10n.t('ends itself');

/** `at most $8.16 in 24 h` */
export function mostWords(offer: Offer, { hours, budgetUsd }: Pick<Terms, 'hours' | 'budgetUsd'>): string {
  const most = Math.min(hours * offer.usdPerHour, budgetUsd ?? Infinity);
  return l10n.t('at most {0} in {1}', formatUsd(most), formatHours(hours));
}

/** `expected: about 3.2 h and $1.10, of it $0.20 for traffic`; how long it takes may be unknown. */
export function expectationWords({ hours, usd, trafficUsd }: ExpectedCost): string {
  const traffic = trafficUsd < leastTold ? null : formatUsd(trafficUsd);
  if (hours === null || usd === null) {
    return traffic === null
      ? l10n.t('how long it takes is not known')
      : l10n.t('how long it takes is not known; traffic costs about {0}', traffic);
  }
  const [time, sum] = [formatHours(hours), formatUsd(usd)];
  return traffic === null
    ? l10n.t('expected: about {0} and {1}', time, sum)
    : l10n.t('expected: about {0} and {1}, of it {2} for traffic', time, sum, traffic);
}

/**
 * A budget that leaves room for twice the expected cost, because an estimate can be wrong by half; in half dollars.
 * @returns `null` where nobody knows what to expect
 */
export function suggestedBudgetUsd({ usd }: ExpectedCost, { usdPerHour }: Offer): number | null {
  if (usd === null) return null;
  return Math.ceil(Math.max(2 * usd, leastUsd(usdPerHour, 1)) * 2) / 2;
}

/** `24 h · budget $5.00 · waits 120 min` */
export function describeLimits({ hours, budgetUsd, keepMinutes }: RentalLimits): string {
  const budget = budgetUsd === null ? l10n.t('no budget') : l10n.t('budget {0}', formatUsd(budgetUsd));
  return [`${hours} h`, budget, l10n.t('waits {0} min', keepMinutes)].join(' · ');
}

/** With a capital letter. */
export const sentence = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}`;

/** What a cloud is like, in a line. */
export function describeCloud({ sells, selfEnd }: CloudFacts): string {
  const machines = sells.spot ? l10n.t('On-demand and spot machines') : l10n.t('On-demand machines');
  const end =
    selfEnd === 'scoped-key'
      ? l10n.t('they end themselves, also when this computer is off')
      : l10n.t('this computer ends them, or they do if they may hold your key');
  return `${machines}; ${end}`;
}
