import { formatHours, formatPrice, formatUsd } from '../../format.js';
import { leastUsd } from '../../jobs/budget.js';
import type { Terms } from '../../jobs/deal.js';
import { expectedCost, type ExpectedCost, type Load } from '../../jobs/offers/expectedCost.js';
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
    count > 1 ? `${memory} each` : memory,
    formatPrice(usdPerHour),
    ...(spot ? ['spot'] : []),
    ...(available === false ? ['none free now'] : []),
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
  if (hours !== null && usd !== null) return `about ${formatHours(hours)} and ${formatUsd(usd)} for this job`;
  return trafficUsd < leastTold ? 'time unknown' : `time unknown, traffic about ${formatUsd(trafficUsd)}`;
}

/** Less than a cent is nothing to tell. */
const leastTold = 0.01;

const endWords = ({ facts, holdsKey }: SellerFacts): string =>
  facts.selfEnd === 'account-key' && !holdsKey ? 'only this computer ends it' : 'ends itself';

/** `at most $8.16 in 24 h` */
export function mostWords(offer: Offer, { hours, budgetUsd }: Pick<Terms, 'hours' | 'budgetUsd'>): string {
  const most = Math.min(hours * offer.usdPerHour, budgetUsd ?? Infinity);
  return `at most ${formatUsd(most)} in ${formatHours(hours)}`;
}

/** `expected: about 3.2 h and $1.10, of it $0.20 for traffic`; how long it takes may be unknown. */
export function expectationWords({ hours, usd, trafficUsd }: ExpectedCost): string {
  const traffic = trafficUsd < leastTold ? '' : formatUsd(trafficUsd);
  if (hours === null || usd === null)
    return `how long it takes is not known${traffic === '' ? '' : `; traffic costs about ${traffic}`}`;
  const share = traffic === '' ? '' : `, of it ${traffic} for traffic`;
  return `expected: about ${formatHours(hours)} and ${formatUsd(usd)}${share}`;
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
  const budget = budgetUsd === null ? 'no budget' : `budget ${formatUsd(budgetUsd)}`;
  return [`${hours} h`, budget, `waits ${keepMinutes} min`].join(' · ');
}

/** With a capital letter. */
export const sentence = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}`;

/** What a cloud is like, in a line. */
export function describeCloud({ sells, selfEnd }: CloudFacts): string {
  const machines = sells.spot ? 'On-demand and spot machines' : 'On-demand machines';
  const end =
    selfEnd === 'scoped-key'
      ? 'they end themselves, also when this computer is off'
      : 'this computer ends them, or they do if they may hold your key';
  return `${machines}; ${end}`;
}
