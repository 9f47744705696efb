import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { deadlineOf, downloadReserveHours, leastUsd, spentInMonth } from '../../../src/jobs/budget.js';
import { reduce, type Job, type Rental } from '../../../src/jobs/job.js';
import { dated, wholeLife } from './builders.js';

const now = 1_800_000_000;
const allowance = { now, hours: null, budgetUsd: null, spentUsd: 0, usdPerHour: 0.5 };

describe('deadlineOf', () => {
  it('gives a machine a day when nobody says', () => {
    assert.equal(deadlineOf(allowance).deadline, now + 24 * 3600);
  });

  it('comes with the hours or with the end of the money, whichever is first', () => {
    assert.equal(deadlineOf({ ...allowance, hours: 3 }).deadline, now + 3 * 3600);
    assert.equal(deadlineOf({ ...allowance, hours: 3, budgetUsd: 1 }).deadline, now + 2 * 3600);
    assert.equal(deadlineOf({ ...allowance, hours: 1, budgetUsd: 1 }).deadline, now + 3600);
  });

  it('leaves out what earlier machines have cost', () => {
    assert.equal(deadlineOf({ ...allowance, budgetUsd: 3, spentUsd: 2 }).deadline, now + 2 * 3600);
    assert.equal(deadlineOf({ ...allowance, budgetUsd: 3, spentUsd: 4 }).deadline, now);
  });

  it('keeps ten minutes for the way home, of a short life a tenth', () => {
    assert.equal(deadlineOf({ ...allowance, hours: 5 }).endsAt, now + 5 * 3600 - 600);
    assert.equal(deadlineOf({ ...allowance, hours: 0.1 }).endsAt, now + 324);
    assert.equal(downloadReserveHours(-1), 0);
  });

  it('counts no money on a machine that costs none', () => {
    assert.equal(
      deadlineOf({ ...allowance, hours: 3, budgetUsd: 0.01, usdPerHour: 0 }).deadline,
      now + 10_800,
    );
  });
});

it('the least a machine costs is its boot and the way home', () => {
  assert.ok(Math.abs(leastUsd(6, 1) - 0.55) < 1e-9);
  assert.ok(leastUsd(6, 0.01) < 0.006);
});

describe('spentInMonth', () => {
  const whole = reduce(dated(wholeLife));
  assert.ok(whole);
  const job = (...rentals: Pick<Rental, 'usdPerHour' | 'since' | 'until'>[]): Job => ({
    ...whole,
    rentals: rentals.map((rental) => ({ provider: 'vast', id: '1', keyMark: null, ...rental })),
  });
  const at = Date.parse('2026-03-10T12:00:00Z');

  it('adds up what all jobs have paid, and what still runs until now', () => {
    const jobs = [
      job({ usdPerHour: 2, since: '2026-03-01T00:00:00Z', until: '2026-03-01T03:00:00Z' }),
      job(
        { usdPerHour: 1, since: '2026-03-02T00:00:00Z', until: '2026-03-02T01:00:00Z' },
        { usdPerHour: 0.5, since: '2026-03-10T10:00:00Z', until: null },
      ),
    ];
    assert.equal(spentInMonth(jobs, at), 6 + 1 + 1);
  });

  it('counts of a machine only the hours of this month', () => {
    const over = job({ usdPerHour: 1, since: '2026-02-28T22:00:00Z', until: '2026-03-01T05:00:00Z' });
    const before = job({ usdPerHour: 1, since: '2026-02-01T00:00:00Z', until: '2026-02-02T00:00:00Z' });
    assert.equal(spentInMonth([over, before], at), 5);
  });
});
