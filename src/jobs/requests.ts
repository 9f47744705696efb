import { InputError } from '../errors.js';
import type { Job } from './job.js';
import type { Journal } from './journal.js';

/** Asks for an end: a checkpoint, then the results. Whoever drives the job sees to it. Safe to repeat. */
export async function requestStop(journal: Journal): Promise<Job> {
  const { spec, stage, stopRequested } = journal.job;
  if (stage.state === 'ended') {
    throw new InputError(`The job ${spec.id} has ended already (${stage.outcome}).`);
  }
  return stopRequested ? journal.job : journal.append({ type: 'stop.requested' });
}

/** Lets an ended job go on from its newest checkpoint. It begins when somebody drives it. */
export async function requestResume(journal: Journal): Promise<Job> {
  const { spec, stage } = journal.job;
  if (stage.state !== 'ended') {
    throw new InputError(
      `The job ${spec.id} is still ${stage.state}. "trainyard attach ${spec.id}" follows it.`,
    );
  }
  if (stage.outcome === 'succeeded') {
    throw new InputError(
      `The job ${spec.id} has finished; there is nothing to resume. Train again to begin anew.`,
    );
  }
  return journal.append({ type: 'resumed' });
}

/** Gives the training more time. @param hours added to the limit it has */
export async function requestExtension(journal: Journal, hours: number): Promise<Job> {
  const { spec, stage, hours: limit } = journal.job;
  if (stage.state === 'ended') throw new InputError(`The job ${spec.id} has ended; it cannot be extended.`);
  if (limit === null)
    throw new InputError(`The job ${spec.id} has no time limit; there is nothing to extend.`);
  return journal.append({ type: 'extended', hours });
}
