import type { Step } from './step.js';

/** Intent first: the label is on the disk before a provider is asked for anything. */
export const planLaunch: Step<'planned'> = (_stage, { job }) =>
  Promise.resolve({ type: 'launch.intended', label: labelOf(job.spec.id) });

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
