import { formatPrice } from '../format.js';
import { openRentals, type Job } from '../jobs/job.js';
import { l10n } from '../l10n.js';
import { cloudTitle } from '../providers/index.js';

/** A machine that could not be ended in time: it may cost money until somebody acts. */
export interface OverdueMachine {
  readonly job: Job;
  readonly provider: string;
  readonly id: string;
  readonly usdPerHour: number;
}

/** The machines of jobs that were to be let go of ten minutes ago and are not known to be gone. */
export function overdueMachines(jobs: readonly Job[]): readonly OverdueMachine[] {
  return jobs
    .filter(({ overdue }) => overdue !== null)
    .flatMap((job) =>
      openRentals(job).map(({ provider, id, usdPerHour }) => ({ job, provider, id, usdPerHour })),
    );
}

/** Of all of them together. */
export function overduePrice(machines: readonly OverdueMachine[]): number {
  return machines.reduce((sum, { usdPerHour }) => sum + usdPerHour, 0);
}

/** `The machine of digits at Lambda may still be running, for $0.75/h: Trainyard could not end it and goes on trying.` */
export function overdueSentence({ job, provider, usdPerHour }: OverdueMachine): string {
  return l10n.t(
    'The machine of {0} at {1} may still be running, for {2}: Trainyard could not end it and goes on trying.',
    job.spec.name,
    cloudTitle(provider),
    formatPrice(usdPerHour),
  );
}
