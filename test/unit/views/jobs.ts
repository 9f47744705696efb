import { reduce, type Job, type JobSpec, type NewEvent } from '../../../src/jobs/job.js';
import { dated, spec, wholeLife } from '../jobs/builders.js';

/** The job after the first events of a whole life, up to and with the last of that type. */
export function jobAt(type: NewEvent['type'], overrides: Partial<JobSpec> = {}): Job {
  const last = wholeLife.findIndex((event) => event.type === type);
  return jobOf([{ type: 'planned', spec: spec(overrides) }, ...wholeLife.slice(1, last + 1)]);
}

/** A job that gave up in the state after that event. */
export function jobThatGaveUpAt(type: NewEvent['type'], outcome: 'failed' | 'cancelled' = 'failed'): Job {
  const last = wholeLife.findIndex((event) => event.type === type);
  return jobOf([
    ...wholeLife.slice(0, last + 1),
    {
      type: 'gave-up',
      outcome,
      reason: { code: 'machine', message: 'The disk is full.', fix: 'Free some.' },
    },
    { type: 'released' },
  ]);
}

export function jobOf(events: readonly NewEvent[]): Job {
  const job = reduce(dated(events));
  if (!job) throw new Error('These events do not begin with a plan');
  return job;
}

/** Seconds after the job was planned, as `now`. */
export const afterSeconds = (seconds: number): number => Date.UTC(2026, 0, 1, 0, 0, seconds);
