import { apply, reduce, type Job, type NewEvent } from '../../../../src/jobs/job.js';
import { dated } from '../builders.js';

/** A journal in memory: what a step notes is applied at once. */
export class MemoryJournal {
  job: Job;
  readonly noted: NewEvent[] = [];

  /** @param events long ago */
  constructor(events: readonly NewEvent[]) {
    const job = reduce(dated(events));
    if (!job) throw new Error('The events do not begin with a plan.');
    this.job = job;
  }

  readonly note = (event: NewEvent): Promise<Job> => {
    this.noted.push(event);
    this.job = apply(this.job, { ...event, at: new Date().toISOString() });
    return Promise.resolve(this.job);
  };

  get types(): readonly string[] {
    return this.noted.map(({ type }) => type);
  }
}
