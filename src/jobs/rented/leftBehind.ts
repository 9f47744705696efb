import { messageOf } from '../../errors.js';
import { openRentals, type Job, type Rental } from '../job.js';
import type { StepContext } from '../steps/step.js';
import { isGone } from './presence.js';

/** Machines of this job that are still there although it has moved on. */
export function leftBehind(job: Job): readonly Rental[] {
  const current = 'instance' in job.stage ? job.stage.instance : null;
  return openRentals(job).filter(({ provider, id }) => provider !== current?.provider || id !== current.id);
}

/**
 * Ends bad and lost machines, and writes down which are gone: what they cost counts until then. What cannot be ended now
 * is ended when the job ends, and by the sweep.
 * @returns the job as it then is
 */
export async function endLeftBehind(
  { job, providers, note, logger, show }: Pick<StepContext, 'job' | 'providers' | 'note' | 'logger' | 'show'>,
  signal: AbortSignal,
): Promise<Job> {
  let now = job;
  for (const { provider: name, id, keyMark } of leftBehind(job)) {
    show('Ending the machine that is not used any more');
    try {
      const provider = providers.cloud(name);
      await (await provider.open()).terminate(id, signal);
      if (await isGone(provider, { name: id, keyMark }, signal)) {
        now = await note({ type: 'instance.gone', provider: name, id });
      }
    } catch (error) {
      signal.throwIfAborted();
      logger.warn(`job ${job.spec.id} ${name} ${id} terminate → ${messageOf(error)}`);
    }
  }
  return now;
}
