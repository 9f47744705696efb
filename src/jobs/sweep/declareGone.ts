import { InputError, NotFoundError } from '../../errors.js';
import type { LazyCloud } from '../../providers/clouds.js';
import { openRentals, type Job } from '../job.js';
import type { Journal } from '../journal.js';
import { findById } from '../rented/presence.js';

export interface Declaring {
  readonly jobs: readonly Job[];
  /** Those with a key. */
  readonly clouds: readonly LazyCloud[];
  readonly journal: (id: string) => Promise<Journal>;
}

/**
 * Takes the user's word that a machine is gone, with what was made for it: where its key or its account is lost, no list
 * can say so. Its job then ends as if the provider had said it.
 * @throws {NotFoundError} no job waits for the end of a machine of that id
 * @throws {InputError} its provider lists it
 */
export async function declareGone(
  id: string,
  { jobs, clouds, journal }: Declaring,
  signal: AbortSignal,
): Promise<Job> {
  const job = jobs.find((candidate) => openRentals(candidate).some((rental) => rental.id === id));
  if (!job) {
    throw new NotFoundError(
      `No job has a machine ${id} that is not known to be gone. "trainyard instances" lists machines.`,
    );
  }
  const [rental] = openRentals(job).filter((open) => open.id === id);
  const provider = rental?.provider ?? '';
  const cloud = clouds.find((candidate) => candidate.id === provider);
  if (cloud && findById(await cloud.machines(performance.now(), signal), id)) {
    throw new InputError(
      `${cloud.title} still lists ${id}: it is not gone. End it with "trainyard terminate ${id}".`,
    );
  }
  const written = await journal(job.spec.id);
  for (const resource of job.resources.filter((row) => row.provider === provider)) {
    await written.append({ type: 'resource.gone', resource });
  }
  return written.append({ type: 'instance.gone', provider, id });
}
