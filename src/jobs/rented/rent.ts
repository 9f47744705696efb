import { DoubtfulError, NoCapacityError } from '../../errors.js';
import type { Cloud, CloudProvider, Offer, RentRequest } from '../../providers/cloud.js';
import { findRecipe } from '../../recipes/index.js';
import { ensureKey } from '../../remote/ssh/newKey.js';
import { bootLine } from '../../remote/watchdog.js';
import { currentLaunch, type NewEvent } from '../job.js';
import type { OfferRef } from '../rentWish.js';
import type { StepContext } from '../steps/step.js';
import { findByLabel } from './adoption.js';
import { selfEndOf } from './guard.js';
import { JournalLedger } from './journalLedger.js';
import { jobName } from './label.js';

export interface Wanted {
  readonly label: string;
  readonly offer: OfferRef;
  readonly provider: CloudProvider;
}

/**
 * Rents the machine of a label once. When it may have been asked for before, or nobody knows what became of the
 * request, it is looked for by its label, and adopted when it is there; only what is in no list is asked for (again).
 * @returns `launched`, or `launch.refused` when this offer is not to be had
 */
export async function rent(wanted: Wanted, context: StepContext, signal: AbortSignal): Promise<NewEvent> {
  const { label, provider } = wanted;
  const { repeated, renting, logger, show } = context;
  const asked = { label, keyMark: currentLaunch(context.job)?.keyMark ?? null };
  if (repeated) {
    show('Looking for the machine that was asked for');
    const found = await findByLabel(provider, asked, renting, signal);
    if (found) return launchedAs(wanted, found.id, found.usdPerHour);
  }
  const cloud = await provider.open();
  const request = await toRequest(wanted, cloud, context);
  const ledger = new JournalLedger(provider.id, context.job, context.note);
  try {
    // Once it is sent, nobody takes it back: an end of this driver leaves an intent that the next one looks into.
    const { id, usdPerHour } = await cloud.rent(request, ledger, signal);
    return launchedAs(wanted, id, usdPerHour);
  } catch (error) {
    if (error instanceof NoCapacityError) return { type: 'launch.refused', label, why: error.message };
    if (!(error instanceof DoubtfulError)) throw error;
    logger.warn(`job ${context.job.spec.id} launch → ${error.message}`);
    show('Looking whether the machine was made');
    const found = await findByLabel(provider, asked, renting, signal);
    if (found) return launchedAs(wanted, found.id, found.usdPerHour);
    return { type: 'launch.refused', label, why: error.message };
  }
}

function launchedAs({ offer, provider }: Wanted, id: string, usdPerHour: number | null): NewEvent {
  const price = usdPerHour !== null && usdPerHour > 0 ? usdPerHour : offer.usdPerHour;
  return { type: 'launched', instance: { provider: provider.id, id, usdPerHour: price } };
}

async function toRequest(
  { label, offer, provider }: Wanted,
  cloud: Cloud,
  { job, folder, runtime, renting }: StepContext,
): Promise<RentRequest> {
  const deadline = currentLaunch(job)?.deadline ?? 0;
  const mayHoldKey = await renting.mayHoldKey(provider.id);
  const end =
    provider.facts.watchdogFrom === 'boot' ? selfEndOf(cloud, mayHoldKey, { label, instanceId: null }) : null;
  return {
    label,
    offer: toOffer(offer, job.spec.rent?.need.diskGb ?? null),
    publicKey: await ensureKey(folder.key),
    keyName: jobName(renting.mark, job.spec.id),
    diskGb: job.spec.rent?.need.diskGb ?? 0,
    image: findRecipe(job.spec.recipe).image,
    deadline,
    bootLine:
      end === null
        ? null
        : bootLine(await runtime.read('watchdog.py'), {
            version: 1,
            deadline,
            end: { attempts: end.attempts },
          }),
  };
}

/** What the journal kept of an offer is what renting it takes. */
const toOffer = (offer: OfferRef, diskGb: number | null): Offer => ({
  ...offer,
  available: true,
  usdPerGb: { up: 0, down: 0 },
  cuda: null,
  diskGb,
  notes: [],
});
