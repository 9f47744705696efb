import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { downloadReserveHours } from '../../../../src/jobs/budget.js';
import { reduce, type Job, type NewEvent } from '../../../../src/jobs/job.js';
import { expectedCost, expectedTotalUsd } from '../../../../src/jobs/offers/expectedCost.js';
import { relativeSpeed } from '../../../../src/jobs/offers/gpuSpeed.js';
import { wholeLife } from '../builders.js';
import { offer } from './builders.js';

const close = (actual: number | null, expected: number): void => {
  assert.ok(actual !== null && Math.abs(actual - expected) < 0.001, `${String(actual)} is about ${expected}`);
};

describe('relativeSpeed', () => {
  it('is 1 for a V100, and more for what is newer', () => {
    close(relativeSpeed('Tesla V100', 1), 1);
    const speeds = ['T4', 'V100', 'RTX 4090', 'A100 PCIe', 'A100 SXM', 'H100 PCIe', 'H100 SXM', 'B200'];
    const told = speeds.map((gpu) => relativeSpeed(gpu, 1) ?? 0);
    assert.deepEqual(
      told,
      told.toSorted((a, b) => a - b),
    );
  });

  it('grows with every GPU by a little less than one', () => {
    close(relativeSpeed('V100', 4), 3.4);
  });

  it('is unknown for a GPU that nobody has described', () => {
    assert.equal(relativeSpeed('Radeon VII', 1), null);
    assert.equal(relativeSpeed('', 1), null);
  });
});

describe('expectedCost', () => {
  const v100 = offer({ gpu: 'V100', usdPerHour: 1 });
  const load = { datasetBytes: 2e9, estimate: { vramGb: 8, diskGb: 20, hours: { gpu: 3, other: 0 } } };

  it('is boot, training, and the way home', () => {
    const { hours, usd } = expectedCost(v100, load);
    close(hours, 3 + 10 / 60 + 10 / 60);
    close(usd, 3 + 10 / 60 + 10 / 60);
  });

  it('is shorter on a faster GPU, but for what no GPU does', () => {
    const estimate = { ...load.estimate, hours: { gpu: 3, other: 1 } };
    const { hours } = expectedCost(offer({ gpu: 'H100 SXM', usdPerHour: 1 }), { ...load, estimate });
    const training = 10 / 60 + 3 / (relativeSpeed('H100 SXM', 1) ?? 0) + 1;
    close(hours, training + downloadReserveHours(training));
    const trees = { ...load.estimate, hours: { gpu: 0, other: 1 } };
    const onAny = expectedCost(offer({ gpu: 'Radeon VII' }), { ...load, estimate: trees }).hours;
    close(onAny, 1 + 10 / 60 + downloadReserveHours(1 + 10 / 60));
  });

  it('holds the traffic where it costs', () => {
    const { usd, trafficUsd } = expectedCost({ ...v100, usdPerGb: { up: 0.01, down: 0.02 } }, load);
    close(trafficUsd, 0.01 * (2 + 10) + 0.02 * 10);
    close(usd, 3 + 20 / 60 + trafficUsd);
  });

  it('is unknown where the recipe or the GPU is', () => {
    const unknown = { hours: null, usd: null, trafficUsd: 0 };
    assert.deepEqual(expectedCost(v100, { ...load, estimate: null }), unknown);
    assert.deepEqual(expectedCost(v100, { ...load, estimate: { vramGb: 8, diskGb: 20 } }), unknown);
    assert.deepEqual(expectedCost(offer({ gpu: 'Radeon VII' }), load), unknown);
  });
});

describe('expectedTotalUsd', () => {
  const hour = 3_600_000;
  const start = Date.UTC(2026, 0, 1);
  const nothing = { progress: null, etaSeconds: null };
  /** A rented job for $2 an hour with an event an hour, up to one of that type. */
  function jobUpTo(type: NewEvent['type'], more: readonly NewEvent[] = []): Job {
    const events = wholeLife.slice(0, wholeLife.findIndex((event) => event.type === type) + 1);
    const rented = events.map((event): NewEvent =>
      event.type === 'launched'
        ? { ...event, instance: { provider: 'vast', id: '7', usdPerHour: 2 } }
        : event,
    );
    const at = (index: number): string => new Date(start + index * hour).toISOString();
    const job = reduce([...rented, ...more].map((event, index) => ({ ...event, at: at(index) })));
    assert.ok(job);
    return job;
  }

  it('is unknown before it trains, and while its log tells nothing', () => {
    assert.equal(expectedTotalUsd(jobUpTo('prepared'), nothing, start + 5 * hour), null);
    assert.equal(expectedTotalUsd(jobUpTo('training.started'), nothing, start + 9 * hour), null);
    assert.equal(
      expectedTotalUsd(jobUpTo('training.started'), { progress: 0, etaSeconds: null }, start + 9 * hour),
      null,
    );
  });

  it('follows from what the framework says is left', () => {
    // Paid from the 2nd hour to the 9th; one hour is left, and ten minutes for the results.
    const total = expectedTotalUsd(
      jobUpTo('training.started'),
      { progress: 0.1, etaSeconds: 3600 },
      start + 9 * hour,
    );
    close(total, 2 * (7 + 1 + 10 / 60));
  });

  it('follows from the measured speed', () => {
    // It trains since the 5th hour: a quarter in 4 hours leaves 12.
    const pace = { progress: 0.25, etaSeconds: null };
    close(expectedTotalUsd(jobUpTo('training.started'), pace, start + 9 * hour), 2 * (7 + 12 + 10 / 60));
  });

  it('guesses no speed of an attempt that began with a checkpoint', () => {
    const lost: NewEvent = { type: 'instance.lost', why: 'taken back', mirrored: { log: 0, gpu: 0 } };
    const again = wholeLife.slice(1, 7);
    const job = jobUpTo('training.started', [lost, ...again]);
    assert.equal(job.stage.state, 'training');
    assert.equal(expectedTotalUsd(job, { progress: 0.5, etaSeconds: null }, start + 20 * hour), null);
  });

  it('is what was paid, and the way home, once the training has ended', () => {
    close(expectedTotalUsd(jobUpTo('training.ended'), nothing, start + 8 * hour), 2 * (6 + 10 / 60));
    close(expectedTotalUsd(jobUpTo('collected'), nothing, start + 9 * hour), 2 * 7);
    close(expectedTotalUsd(jobUpTo('released'), nothing, start + 99 * hour), 2 * 7);
  });
});
