import { NoCapacityError, messageOf } from '../../errors.js';
import type { Offer } from '../../providers/cloud.js';
import type { Providers } from '../../providers/index.js';
import { deadlineOf } from '../budget.js';
import { costUsd, type Job, type NewEvent } from '../job.js';
import { listOffers, toOfferRef } from '../offers.js';
import type { StepContext } from '../steps/step.js';
import { chooseOffer, leftBehind } from './choose.js';
import { formatLabel } from './label.js';

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
  const { job, show } = context;
  await endLeftBehind(providers, context, signal);
  refuseEndlessTries(job);
  show('Looking for a machine');
  const offer = await agreedOffer(job, await fittingOffers(providers, context, signal), context, signal);
  const { spec, launches } = job;
  const now = Date.now();
  const { deadline, endsAt } = deadlineOf({
    now: now / 1000,
    hours: job.hours,
    budgetUsd: spec.limits.budgetUsd,
    spentUsd: costUsd(job, now),
    usdPerHour: offer.usdPerHour,
  });
  const label = formatLabel({
    mark: context.renting.mark,
    job: spec.id,
    launch: launches.length + 1,
    deadline,
  });
  return { type: 'launch.intended', label, rental: { offer: toOfferRef(offer), deadline, endsAt } };
}

/** Bad and lost machines. What cannot be ended now is ended when the job ends, and by the sweep. */
async function endLeftBehind(
  providers: Providers,
  { job, logger, show }: StepContext,
  signal: AbortSignal,
): Promise<void> {
  for (const { provider, id } of leftBehind(job)) {
    show('Ending the machine that is not used any more');
    try {
      await (await providers.cloud(provider).open()).terminate(id, signal);
    } catch (error) {
      signal.throwIfAborted();
      logger.warn(`job ${job.spec.id} ${provider} ${id} terminate → ${messageOf(error)}`);
    }
  }
}

/** Nobody wants to pay for one bad machine after the other. */
const mostMachines = 8;

function refuseEndlessTries({ rentals, launches }: Job): void {
  if (rentals.length < mostMachines) return;
  const last = launches.findLast(({ refused }) => refused !== null)?.refused;
  const because = last === undefined ? '' : `; the last because ${last}`;
  throw new NoCapacityError(
    `${rentals.length} machines were rented and none lasted${because}. Try again later, or ask for other GPUs.`,
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
