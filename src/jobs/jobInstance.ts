import { localInstanceId } from '../providers/local.js';
import { openRentals, type Job } from './job.js';

/** The machine a job is on: of a rented one the newest that is not given back; `null` when there is none any more. */
export function instanceOf(job: Job): { readonly provider: string; readonly id: string } | null {
  const { place, rent } = job.spec;
  if (rent === null) return { provider: place.provider, id: place.destination ?? localInstanceId };
  if ('instance' in job.stage && job.stage.instance) return job.stage.instance;
  return openRentals(job).at(-1) ?? null;
}
