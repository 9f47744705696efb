import { findRecipe } from '../../recipes/index.js';
import { collectSecrets } from '../secrets.js';
import { intendRental } from '../rented/intend.js';
import { rent } from '../rented/rent.js';
import type { Step } from './step.js';

/** Intent first: the label is on the disk before a provider is asked for anything. A missing key is said before, too. */
export const planLaunch: Step<'planned' | 'recovering'> = async (_stage, context, signal) => {
  const { job, secrets, provider, providers } = context;
  const { id, recipe, parameters } = job.spec;
  await collectSecrets(findRecipe(recipe), parameters, secrets);
  if (!provider.rents) return { type: 'launch.intended', label: `trainyard-${id}` };
  return intendRental(providers, context, signal);
};

/** Gets the machine. */
export const launch: Step<'launching'> = async ({ label, offer }, context, signal) => {
  const { job, provider, show } = context;
  show(`Asking for a machine: ${provider.title}`);
  if (provider.rents && offer) return rent({ label, offer, provider }, context, signal);
  if (provider.rents) throw new Error(`The launch of ${job.spec.id} names no offer.`);
  const { destination, identityFiles } = job.spec.place;
  const { id, usdPerHour } = await provider.launch({ destination, identityFiles });
  return { type: 'launched', instance: { provider: provider.id, id, usdPerHour } };
};
