import { costUsd, elapsedMs, modelOf, type Job } from './job.js';
import type { Driver } from './lease.js';

/** A job for programs. */
export function jobRecord(job: Job, driver: Driver, now: number): Record<string, unknown> {
  const { spec, stage } = job;
  const model = modelOf(job);
  return {
    job: spec.id,
    name: spec.name,
    state: stage.state,
    outcome: stage.state === 'ended' ? stage.outcome : null,
    reason: stage.state === 'ended' ? stage.reason : null,
    recipe: spec.recipe,
    provider: spec.place.provider,
    host: spec.place.destination,
    dataset: spec.dataset,
    created: spec.created,
    elapsedSeconds: Math.round(elapsedMs(job, now) / 1000),
    attempt: job.attempt,
    driver: driver.kind === 'driving' ? driver.pid : null,
    model: model ? { path: model.path, sha256: model.sha256, bytes: model.bytes } : null,
    usd: costUsd(job, now),
  };
}
