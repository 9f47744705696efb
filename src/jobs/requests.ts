import { InputError } from '../errors.js';
import { formatUsd } from '../format.js';
import type { JobFolder } from '../home.js';
import { deadlineOf } from './budget.js';
import { costUsd, currentLaunch, openRentals, type Job } from './job.js';
import type { Journal } from './journal.js';
import { endMirror } from './rented/mirrorBase.js';

/** Asks for an end: a checkpoint, then the results. Whoever drives the job sees to it. Safe to repeat. */
export async function requestStop(journal: Journal): Promise<Job> {
  const { spec, stage, stopRequested } = journal.job;
  if (stage.state === 'ended') {
    throw new InputError(`The job ${spec.id} has ended already (${stage.outcome}).`);
  }
  return stopRequested ? journal.job : journal.append({ type: 'stop.requested' });
}

/**
 * Lets an ended job go on from its newest checkpoint. It begins when somebody drives it; a rented one gets another
 * machine, whose log goes on behind the one that is here.
 */
export async function requestResume(journal: Journal, folder: JobFolder): Promise<Job> {
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
  if (spec.rent === null) return journal.append({ type: 'resumed' });
  return journal.append({ type: 'resumed', mirrored: await endMirror(folder) });
}

/** Gives the training more time. @param hours added to the limit it has */
export async function requestExtension(journal: Journal, hours: number): Promise<Job> {
  const { spec, stage, hours: limit } = journal.job;
  if (!Number.isFinite(hours) || hours <= 0)
    throw new InputError(`A job is extended by a number of hours above 0, not by ${hours}.`);
  if (stage.state === 'ended') throw new InputError(`The job ${spec.id} has ended; it cannot be extended.`);
  if (limit === null && spec.rent === null)
    throw new InputError(`The job ${spec.id} has no time limit; there is nothing to extend.`);
  refuseBeyondBudget(journal.job, hours);
  return journal.append({ type: 'extended', hours });
}

/** A machine is not kept longer than there is money for it. */
function refuseBeyondBudget(job: Job, hours: number): void {
  const { budgetUsd } = job.spec.limits;
  const rental = openRentals(job).at(-1);
  const launch = currentLaunch(job);
  if (budgetUsd === null || !rental || !launch) return;
  const now = Date.now();
  const affordable = deadlineOf({
    now: now / 1000,
    hours: Infinity,
    budgetUsd,
    spentUsd: costUsd(job, now),
    usdPerHour: rental.usdPerHour,
  });
  if (launch.deadline + hours * 3600 <= affordable.deadline) return;
  const most = Math.max(0, (affordable.deadline - launch.deadline) / 3600);
  throw new InputError(
    `The budget of ${formatUsd(budgetUsd)} does not allow ${hours} h more: ${most.toFixed(1)} h at most.`,
  );
}
