import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { NoCapacityError } from '../../../../src/errors.js';
import { costUsd, openRentals, type NewEvent } from '../../../../src/jobs/job.js';
import { intendRental } from '../../../../src/jobs/rented/intend.js';
import { parseLabel } from '../../../../src/jobs/rented/label.js';
import { intended, labelOf, launched, offer, rentedSpec } from '../builders.js';
import { FakeCloud, never } from './fakeCloud.js';
import { MemoryJournal } from './memoryJournal.js';
import { stepContext } from './stepContext.js';

const rejected: NewEvent = { type: 'instance.rejected', why: 'no GPU' };
const lost: NewEvent = { type: 'instance.lost', why: 'gone', mirrored: { log: 0, gpu: 0 } };
const gone = (id: string): NewEvent => ({ type: 'instance.gone', provider: 'vast', id });
const again: readonly NewEvent[] = [
  { type: 'gave-up', outcome: 'failed', reason: { code: 'x', message: 'No.', fix: null } },
  { type: 'released' },
  { type: 'resumed' },
];

describe('intendRental', () => {
  const setUp = (events: readonly NewEvent[] = [], budgetUsd: number | null = null) => {
    const cloud = new FakeCloud();
    cloud.offered = [offer()];
    const limits = { ...rentedSpec().limits, hours: 2, budgetUsd };
    const journal = new MemoryJournal([{ type: 'planned', spec: rentedSpec({ limits }) }, ...events]);
    const run = async (t: TestContext): Promise<NewEvent> => {
      const context = await stepContext(t, cloud, journal);
      const providers = Object.assign(context.providers, {
        usableClouds: () => Promise.resolve(context.providers.clouds),
      });
      return intendRental(providers, context, never);
    };
    return { cloud, journal, run };
  };
  const rentalOf = (event: NewEvent) =>
    event.type === 'launch.intended' && event.rental
      ? { ...event.rental, label: event.label }
      : assert.fail();

  it('writes down label, price and deadline, and asks for nothing', async (t) => {
    const { cloud, run } = setUp();
    const before = Math.floor(Date.now() / 1000);
    const { label, deadline, endsAt, offer: taken } = rentalOf(await run(t));
    assert.deepEqual(parseLabel(label), { mark: 'k3x9', job: 'digits-abc234', launch: 1, deadline });
    assert.ok(deadline >= before + 7200 && endsAt < deadline);
    assert.equal(taken.id, 'offer-1');
    assert.deepEqual(cloud.calls, ['offers']);
  });

  it('ends the machine before, and counts what it cost until then', async (t) => {
    const { cloud, journal, run } = setUp([intended(), launched('m1'), rejected]);
    cloud.offered = [offer({ id: 'other' })];
    cloud.make('m1', labelOf(1));
    assert.equal(
      rentalOf(await run(t))
        .label.split('-')
        .at(-2),
      '2',
    );
    assert.deepEqual(cloud.machines, []);
    assert.deepEqual(openRentals(journal.job), []);
    const now = Date.now();
    assert.equal(costUsd(journal.job, now + 3_600_000), costUsd(journal.job, now));
  });

  it('goes on when a machine before cannot be ended now', async (t) => {
    const { cloud, journal, run } = setUp([intended(), launched('m1'), rejected]);
    cloud.offered = [offer({ id: 'other' })];
    cloud.onTerminate = () => Promise.reject(new Error('500'));
    rentalOf(await run(t));
    assert.equal(openRentals(journal.job).length, 1);
  });

  it('does not rent when what is left of the budget does not pay for it', async (t) => {
    const spent: NewEvent[] = [intended(), launched('m1', 3600), lost, gone('m1')];
    const { cloud, journal, run } = setUp(spent, 1);
    assert.equal(costUsd(journal.job, Date.now()), 2);
    await assert.rejects(run(t), (error) => {
      assert.ok(error instanceof NoCapacityError);
      assert.match(error.message, /left of the budget of \$1\.00 does not pay for another machine/);
      return true;
    });
    assert.ok(!cloud.calls.some((call) => call.startsWith('rent')));
  });

  it('takes only what is left of a budget into the next machine', async (t) => {
    const spent: NewEvent[] = [intended(), launched('m1', 3600), lost, gone('m1')];
    const { run } = setUp(spent, 3);
    const { deadline } = rentalOf(await run(t));
    assert.ok(Math.abs(deadline - (Date.now() / 1000 + 3600)) < 60, 'a dollar is left, which is an hour');
  });

  it('does not rent one bad machine after the other, but begins to count anew when it is resumed', async (t) => {
    const tries = Array.from({ length: 8 }, (_, index): NewEvent[] => [
      intended(index + 1, { id: `o${index}` }),
      launched(`m${index}`),
      rejected,
      gone(`m${index}`),
    ]).flat();
    await assert.rejects(
      setUp(tries).run(t),
      /8 machines were rented and none lasted; the last because no GPU/,
    );
    assert.equal(
      rentalOf(await setUp([...tries, ...again]).run(t))
        .label.split('-')
        .at(-2),
      '9',
    );
  });

  it('keeps labels short however often a job has asked', async (t) => {
    const refused: NewEvent = { type: 'launch.refused', label: 'l', why: 'taken' };
    const tries = Array.from({ length: 130 }, (_, index) => [
      intended(index + 1, { id: `o${index}` }),
      refused,
    ]);
    const { label } = rentalOf(await setUp(tries.flat()).run(t));
    assert.ok(label.length <= 60 && parseLabel(label)?.launch === 32, label);
  });

  it('asks nobody where nobody can be asked: a dearer offer is a no', async (t) => {
    const { cloud, run } = setUp();
    cloud.offered = [offer({ usdPerHour: 5 })];
    await assert.rejects(run(t), /What was agreed to \(\$2\.00 an hour\) is gone.*\$5\.00 an hour/);
  });
});
