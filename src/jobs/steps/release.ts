import { giveBack } from '../rented/giveBack.js';
import { messageOf } from '../../errors.js';
import { collectMirrored } from '../rented/collectMirrored.js';
import type { Step, StepContext } from './step.js';

/** Gives back what was rented, and is done only when it is gone for sure. What is the user's own stays as it is. */
export const release: Step<'releasing'> = async (_stage, context, signal) => {
  const { job, providers, renting, note, logger, show } = context;
  if (job.launches.length > 0) {
    await keepWhatIsHere(context, signal);
    show('Letting go of the machine');
    const { mark, timeScale } = renting;
    await giveBack({ job, providers, mark, note, logger, show, timeScale }, signal);
  }
  return { type: 'released' };
};

/** Nothing was collected, but a checkpoint was mirrored: it is better than nothing. Never a reason to keep a machine. */
async function keepWhatIsHere(
  { job, folder, note, logger }: StepContext,
  signal: AbortSignal,
): Promise<void> {
  if (job.collected.length > 0) return;
  try {
    const files = await collectMirrored(job, folder, undefined, signal);
    if (files.length > 0) await note({ type: 'fetched', files });
  } catch (error) {
    signal.throwIfAborted();
    logger.warn(`job ${job.spec.id} checkpoint → ${messageOf(error)}`);
  }
}
