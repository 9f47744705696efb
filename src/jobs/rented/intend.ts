import { NoCapacityError } from '../../errors.js';
import type { Offer } from '../../providers/cloud.js';
import type { Providers } from '../../providers/index.js';
import { formatPrice, formatUsd } from '../../format.js';
import { deadlineOf, leastUsd } from '../budget.js';
import { costUsd, type Job, type NewEvent } from '../job.js';
import { listOffers, toOfferRef } from '../offers.js';
import type { StepContext } from '../steps/step.js';
import { chooseOffer } from './choose.js';
import { formatLabel } from './label.js';
import { endLeftBehind } from './leftBehind.js';

/**
 * Chooses the next offer and writes down that a machine is wanted: label, price, deadline. Machines of earlier tries are
 * ended first, as far as their providers answer.
 * @throws {NoCapacityError} nothing fits any more, or only what is dearer than agreed
 */
export async function intendRental(
  providers: Providers,
  context: StepContext,
  signal: AbortSignal,
): Promise<NewEvent> {
  const { show, renting } = context;
  const job = await endLeftBehind(context, signal);
  refuseEndlessTries(job);
  show('Looking for a machine');
  const offer = await agreedOffer(job, await fittingOffers(providers, context, signal), context, signal);
  const { spec, launches } = job;
  const { budgetUsd } = spec.limits;
  const { usdPerHour } = offer;
  const now = Date.now();
  const spentUsd = costUsd(job, now);
  refuseBeyondBudget(job, spentUsd + leastUsd(usdPerHour, renting.timeScale), usdPerHour);
  const life = { hours: job.hours, budgetUsd, spentUsd, usdPerHour };
  const { deadline, endsAt } = deadlineOf({ now: now / 1000, ...life });
  const launch = (launches.length % mostLaunchNumber) + 1;
  const label = formatLabel({ mark: renting.mark, job: spec.id, launch, deadline });
  const keyMark = await providers.cloud(offer.provider).keyMark();
  return { type: 'launch.intended', label, rental: { offer: toOfferRef(offer), deadline, endsAt, keyMark } };
}

/** Two digits, so that a label is as long as it may be; its deadline tells it from others of that number. */
const mostLaunchNumber = 99;

/** Nobody wants to pay for one bad machine after the other. */
const mostMachines = 8;

function refuseEndlessTries(job: Job): void {
  const go = job.timeline.findLast(({ state }) => state === 'planned')?.since ?? job.spec.created;
  const tried = job.rentals.filter(({ since }) => Date.parse(since) >= Date.parse(go)).length;
  if (tried < mostMachines) return;
  const last = job.launches.findLast(({ refused }) => refused !== null)?.refused;
  const because = last === undefined ? '' : `; the last because ${last}`;
  throw new NoCapacityError(
    `${tried} machines were rented and none lasted${because}. Try again later, or ask for other GPUs.`,
  );
}

/** What is left after the machines before must pay for one more until it can be used. */
function refuseBeyondBudget({ spec }: Job, neededUsd: number, usdPerHour: number): void {
  const { budgetUsd } = spec.limits;
  if (budgetUsd === null || neededUsd <= budgetUsd) return;
  throw new NoCapacityError(
    `What is left of the budget of ${formatUsd(budgetUsd)} does not pay for another machine at ${formatPrice(usdPerHour)}. Train again with a larger budget.`,
  );
}

async function fittingOffers(
  providers: Providers,
  { job, logger }: StepContext,
  signal: AbortSignal,
): Promise<readonly Offer[]> {
  const wish = job.spec.rent;
  if (!wish) throw new Error(`The job ${job.spec.id} says nothing about what may be rented.`);
  const usable = await providers.usableClouds();
  const clouds = usable.filter(({ id }) => wish.providers.length === 0 || wish.providers.includes(id));
  return listOffers(clouds, wish.need, {
    signal,
    onFailure: ({ provider, message }) => logger.warn(`${provider} offers → ${message}`),
  });
}

async function agreedOffer(
  job: Job,
  fitting: readonly Offer[],
  { renting, note }: StepContext,
  signal: AbortSignal,
): Promise<Offer> {
  const bad = await renting.badHosts.recent();
  const choice = chooseOffer(job, fitting, bad);
  switch (choice.kind) {
    case 'take':
      return choice.offer;
    case 'none':
      throw new NoCapacityError(
        `No machine that fits can be had now${triedWords(job)}. Try again later, or ask for other GPUs, regions or prices.`,
      );
    case 'ask': {
      const { offer } = choice;
      const agreedUsdPerHour = job.agreedUsdPerHour ?? 0;
      const isAgreed = await renting.askDearer?.({ job, offer, agreedUsdPerHour }, signal);
      if (isAgreed) {
        await note({ type: 'agreed', usdPerHour: offer.usdPerHour });
        return offer;
      }
      throw new NoCapacityError(
        `What was agreed to ($${agreedUsdPerHour.toFixed(2)} an hour) is gone${triedWords(job)}. ` +
          `The next that fits is ${offer.count} × ${offer.gpu} for $${offer.usdPerHour.toFixed(2)} an hour: allow it with --max-price.`,
      );
    }
    default:
      return choice satisfies never;
  }
}

function triedWords({ launches }: Job): string {
  const refused = launches.filter((launch) => launch.refused !== null);
  if (refused.length === 0) return '';
  return ` (${refused.length} ${refused.length === 1 ? 'offer was' : 'offers were'} tried)`;
}
