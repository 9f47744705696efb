import type { SyncSource } from '../../remote/transfer/sync.js';
import { collectedIn } from '../resultNames.js';
import type { StepContext } from './step.js';

/** What a job sends: its dataset, without models of earlier runs that were collected into a folder of it. */
export function datasetSource({ job, home }: StepContext): SyncSource {
  const { dataset, results } = job.spec;
  return { folder: dataset, ignored: collectedIn(dataset, results.to), cacheDir: home.cache };
}
