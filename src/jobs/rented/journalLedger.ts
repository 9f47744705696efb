import type { Resource, ResourceLedger } from '../../providers/cloud.js';
import type { Job, NewEvent } from '../job.js';

/** Writes an event that a step causes beside the one it ends with; on the disk when it resolves. */
export type Note = (event: NewEvent) => Promise<Job>;

/** The resources of one job at one provider, in its journal. */
export class JournalLedger implements ResourceLedger {
  readonly #provider: string;
  readonly #note: Note;
  #job: Job;

  constructor(provider: string, job: Job, note: Note) {
    this.#provider = provider;
    this.#job = job;
    this.#note = note;
  }

  get rows(): readonly Resource[] {
    return this.#job.resources.filter(({ provider }) => provider === this.#provider);
  }

  async intend(resource: Resource): Promise<void> {
    this.#job = await this.#note({ type: 'resource.intended', resource });
  }

  async made(resource: Resource): Promise<void> {
    this.#job = await this.#note({ type: 'resource.made', resource });
  }
}
