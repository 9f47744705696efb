import type { JobEvent, JobSpec, NewEvent } from '../../../src/jobs/job.js';
import type { OfferRef } from '../../../src/jobs/rentWish.js';
import type { Offer, RentedInstance } from '../../../src/providers/cloud.js';

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

export function offerRef(overrides: Partial<OfferRef> = {}): OfferRef {
  return {
    provider: 'vast',
    id: 'offer-1',
    gpu: 'RTX 4090',
    count: 1,
    vramGb: 24,
    usdPerHour: 1,
    region: null,
    spot: false,
    hostKey: null,
    ...overrides,
  };
}

export function offer(overrides: Partial<Offer> = {}): Offer {
  return {
    ...offerRef(),
    available: true,
    usdPerGb: { up: 0, down: 0 },
    cuda: null,
    diskGb: null,
    notes: [],
    ...overrides,
  };
}

/** A plan of a job on a machine that is rented for at most $2 an hour. */
export function rentedSpec(overrides: Partial<JobSpec> = {}): JobSpec {
  const need = {
    gpus: [],
    vramGb: null,
    count: 1,
    maxUsdPerHour: null,
    spot: null,
    regions: [],
    diskGb: 20,
  };
  return spec({
    place: { provider: 'vast', destination: null, identityFiles: [] },
    rent: { providers: ['vast'], need, first: offerRef(), agreedUsdPerHour: 2 },
    ...overrides,
  });
}

/** Unix seconds: an hour after the events of {@link dated}. */
export const deadline = Date.UTC(2026, 0, 1, 1) / 1000;

export const labelOf = (launch: number, job = 'digits-abc234', mark = 'k3x9'): string =>
  `trainyard-${mark}-${job}-${launch}-${deadline}`;

/** @param keyMark of the key that asks; none in journals of before there were marks */
export function intended(launch = 1, overrides: Partial<OfferRef> = {}, keyMark?: string): NewEvent {
  const mark = keyMark === undefined ? {} : { keyMark };
  const rental = { offer: offerRef(overrides), deadline, endsAt: deadline - 360, ...mark };
  return { type: 'launch.intended', label: labelOf(launch), rental };
}

export const launched = (id: string, usdPerHour = 1): NewEvent => ({
  type: 'launched',
  instance: { provider: 'vast', id, usdPerHour },
});

/** A machine as a cloud lists it. */
export function rentedInstance(overrides: Partial<RentedInstance> = {}): RentedInstance {
  return {
    provider: 'vast',
    id: 'm1',
    name: labelOf(1),
    state: 'running',
    usdPerHour: 1,
    stateWord: 'running',
    gpu: 'RTX 4090',
    gpuCount: 1,
    region: null,
    created: null,
    hostKey: null,
    problem: null,
    locked: false,
    ...overrides,
  };
}

/** Gives events the seconds 0, 1, 2… of one minute. */
export function dated(events: readonly NewEvent[]): JobEvent[] {
  return events.map((event, second) => ({
    ...event,
    at: new Date(Date.UTC(2026, 0, 1, 0, 0, second)).toISOString(),
  }));
}
