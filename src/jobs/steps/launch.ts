import { findRecipe } from '../../recipes/index.js';
import { collectSecrets } from '../secrets.js';
import type { Step } from './step.js';

/** Intent first: the label is on the disk before a provider is asked for anything. A missing key is said before, too. */
export const planLaunch: Step<'planned'> = async (_stage, { job, secrets }) => {
  const { id, recipe, parameters } = job.spec;
  await collectSecrets(findRecipe(recipe), parameters, secrets);
  return { type: 'launch.intended', label: labelOf(id) };
};

/** Gets the machine. */
export const launch: Step<'launching'> = async ({ label }, { job, provider, show }, signal) => {
  show(`Asking for a machine: ${provider.title}`);
  const { destination, identityFiles } = job.spec.place;
  const instance = await provider.launch({ label, destination, identityFiles }, signal);
  const { id, usdPerHour } = instance;
  return { type: 'launched', instance: { provider: provider.id, id, usdPerHour } };
};

/** Every machine we rent bears this, so that it can be found again after any doubt. */
const labelOf = (jobId: string): string => `trainyard-${jobId}`;
