import type { Step } from './step.js';

/** Gives the machine back. What is the user's own stays as it is. */
export const release: Step<'releasing'> = async ({ instance }, { provider, show }, signal) => {
  if (instance) {
    show(`Letting go of the machine`);
    await provider.terminate(instance.id, signal);
  }
  return { type: 'released' };
};
