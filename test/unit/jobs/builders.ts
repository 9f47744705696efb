import type { JobEvent, JobSpec, NewEvent } from '../../../src/jobs/job.js';

/** A plan that says nothing special. */
export function spec(overrides: Partial<JobSpec> = {}): JobSpec {
  return {
    id: 'digits-abc234',
    name: 'digits',
    created: '2026-01-01T00:00:00.000Z',
    dataset: '/data/digits',
    recipe: 'script',
    parameters: { epochs: 3 },
    place: { provider: 'local', destination: null, identityFiles: [] },
    rent: null,
    limits: { hours: null, stallMinutes: null, graceSeconds: 30, budgetUsd: null, keepMinutes: 120 },
    results: { to: '/data/models', checkpoints: true },
    ...overrides,
  };
}

const instance = { provider: 'local', id: 'this-computer', usdPerHour: 0 };

/** The events of a job that goes well, in order. */
export const wholeLife: readonly NewEvent[] = [
  { type: 'planned', spec: spec() },
  { type: 'launch.intended', label: 'trainyard-digits-abc234' },
  { type: 'launched', instance },
  { type: 'connected' },
  { type: 'prepared', environment: { python: '/usr/bin/python3', hash: 'system' } },
  { type: 'uploaded', dataset: { path: '/trainyard/datasets/1', hash: '1' } },
  { type: 'training.started', pid: 7 },
  { type: 'training.ended', training: { exitCode: 0, signal: null, cause: 'exited', message: null } },
  {
    type: 'collected',
    files: [{ role: 'model', path: '/data/models/model.json', sha256: 'ab', bytes: 2 }],
    outcome: 'succeeded',
    reason: { code: 'finished', message: 'The training finished.', fix: null },
  },
  { type: 'released' },
];

/** Gives events the seconds 0, 1, 2… of one minute. */
export function dated(events: readonly NewEvent[]): JobEvent[] {
  return events.map((event, second) => ({
    ...event,
    at: new Date(Date.UTC(2026, 0, 1, 0, 0, second)).toISOString(),
  }));
}
