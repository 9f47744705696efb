import type { FleetSnapshot, ProviderView } from '../../../src/fleet.js';
import { reduce, type Job, type JobEvent, type JobSpec, type NewEvent } from '../../../src/jobs/job.js';
import type { OfferRef } from '../../../src/jobs/rentWish.js';
import type { RentedInstance } from '../../../src/providers/cloud.js';
import { spec, wholeLife } from '../jobs/builders.js';

/** What the labels of these tests bear. */
export const mark = 'k3x9';
const start = Date.UTC(2026, 0, 1);

/** Minutes after the job was planned, as `now`. */
export const afterMinutes = (minutes: number): number => start + minutes * 60_000;

export const offer = (overrides: Partial<OfferRef> = {}): OfferRef => ({
  provider: 'lambda',
  id: 'gpu_1x_a10',
  gpu: 'A10',
  count: 1,
  vramGb: 24,
  usdPerHour: 0.6,
  region: 'us-east-1',
  spot: false,
  hostKey: null,
  ...overrides,
});

/** Eight hours after the job was planned. */
export const deadline = Math.floor(afterMinutes(480) / 1000);
export const labelOf = (job: string, launch = 1): string => `trainyard-${mark}-${job}-${launch}-${deadline}`;

const rent = {
  providers: [],
  need: { gpus: [], vramGb: null, count: 1, maxUsdPerHour: null, spot: false, regions: [], diskGb: 20 },
  first: offer(),
  agreedUsdPerHour: 0.6,
};

export const rentedSpec = (overrides: Partial<JobSpec> = {}): JobSpec =>
  spec({
    place: { provider: 'lambda', destination: null, identityFiles: [] },
    rent,
    ...overrides,
  });

/** A job whose events happened so many minutes after it was planned. */
export function jobWith(
  events: readonly (readonly [minute: number, event: NewEvent])[],
  its = rentedSpec(),
): Job {
  const dated = events.map(([minute, event]): JobEvent => ({
    ...event,
    at: new Date(afterMinutes(minute)).toISOString(),
  }));
  const job = reduce([{ type: 'planned', spec: its, at: its.created }, ...dated]);
  if (!job) throw new Error('There is no job without a plan');
  return job;
}

/** The machine of a launch was asked for and is there: `m1`, `m2`. */
export const rentedAt = (minute: number, launch = 1, its = rentedSpec()): (readonly [number, NewEvent])[] => [
  [
    minute,
    {
      type: 'launch.intended',
      label: labelOf(its.id, launch),
      rental: { offer: offer(), deadline, endsAt: deadline - 600 },
    },
  ],
  [minute, { type: 'launched', instance: { provider: 'lambda', id: `m${launch}`, usdPerHour: 0.6 } }],
];

/** A whole life on the machine `m1`: an event each minute, up to and with the first of that type. */
export function rentedJob(type: NewEvent['type'], overrides: Partial<JobSpec> = {}): Job {
  const its = rentedSpec(overrides);
  const after = wholeLife.slice(wholeLife.findIndex((event) => event.type === 'connected'));
  const last = after.findIndex((event) => event.type === type);
  return jobWith(
    [...rentedAt(0, 1, its), ...after.slice(0, last + 1).map((event, index) => [index + 1, event] as const)],
    its,
  );
}

export const machine = (overrides: Partial<RentedInstance> = {}): RentedInstance => ({
  provider: 'lambda',
  id: 'm1',
  name: labelOf('digits-abc234'),
  state: 'running',
  usdPerHour: 0.6,
  stateWord: 'active',
  gpu: 'A10',
  gpuCount: 1,
  region: 'us-east-1',
  created: start / 1000,
  hostKey: null,
  problem: null,
  locked: false,
  ...overrides,
});

/** A machine of the user's own at the same account. */
export const foreign = machine({ id: 'theirs', name: 'my notebook', usdPerHour: 1.1, gpu: 'H100' });

export const cloudView = (
  instances: readonly RentedInstance[],
  overrides: Partial<ProviderView> = {},
): ProviderView => ({
  id: 'lambda',
  title: 'Lambda',
  rents: true,
  instances,
  balanceUsd: null,
  error: null,
  ...overrides,
});

export const fleetOf = (jobs: readonly Job[], ...providers: readonly ProviderView[]): FleetSnapshot => ({
  providers,
  jobs: jobs.map((job) => ({ id: job.spec.id, job, driver: { kind: 'none' }, remedy: null })),
});
