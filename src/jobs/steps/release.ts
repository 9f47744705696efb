import { giveBack } from '../rented/giveBack.js';
import type { Step } from './step.js';

/** Gives back what was rented, and is done only when it is gone for sure. What is the user's own stays as it is. */
export const release: Step<'releasing'> = async (_stage, context, signal) => {
  const { job, providers, renting, note, logger, show } = context;
  if (job.launches.length > 0) {
    show('Letting go of the machine');
    const { mark, timeScale } = renting;
    await giveBack({ job, providers, mark, note, logger, show, timeScale }, signal);
  }
  return { type: 'released' };
};
