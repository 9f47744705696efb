import { pathToFileURL } from 'node:url';
import { modelOf, type Job } from '../jobs/job.js';

/**
 * What is dragged out of the tree with jobs, as `text/uri-list`: the newest model of each, or the log of a job without
 * one.
 */
export function draggedFiles(jobs: readonly Job[], logOf: (jobId: string) => string): string {
  return jobs.map((job) => pathToFileURL(modelOf(job)?.path ?? logOf(job.spec.id)).href).join('\r\n');
}
