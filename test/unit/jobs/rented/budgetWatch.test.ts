import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { NewEvent } from '../../../../src/jobs/job.js';
import { BudgetWatch } from '../../../../src/jobs/rented/budgetWatch.js';
import { intended, launched, rentedSpec } from '../builders.js';
import { MemoryJournal } from './memoryJournal.js';

/** Launched in second 2 at a dollar an hour, with a budget of a dollar. */
const since = Date.UTC(2026, 0, 1, 0, 0, 2);
const atPercent = (percent: number): number => since + percent * 36_000;
const running = (budgetUsd: number | null = 1): NewEvent[] => [
  { type: 'planned', spec: rentedSpec({ limits: { ...rentedSpec().limits, budgetUsd } }) },
  intended(),
  launched('m1'),
];

describe('BudgetWatch', () => {
  const look = async (journal: MemoryJournal, percent: number): Promise<boolean> =>
    new BudgetWatch(journal.note).look(journal.job, atPercent(percent));

  it('tells each share once, and stops the job when all is spent', async () => {
    const journal = new MemoryJournal(running());
    for (const percent of [10, 49, 50, 60, 79, 80, 99, 100, 120, 300]) await look(journal, percent);
    assert.deepEqual(
      journal.noted.map((event) => (event.type === 'budget.reached' ? event.percent : event.type)),
      [50, 80, 100, 'stop.requested'],
    );
  });

  it('tells the highest share only when it comes late', async () => {
    const journal = new MemoryJournal(running());
    assert.equal(await look(journal, 90), true);
    assert.deepEqual(journal.noted, [{ type: 'budget.reached', percent: 80 }]);
  });

  it('stops a job of which a crash left only that its budget is spent', async () => {
    const journal = new MemoryJournal([...running(), { type: 'budget.reached', percent: 100 }]);
    assert.equal(await look(journal, 100), true);
    assert.deepEqual(journal.types, ['stop.requested']);
  });

  it('stops a job that was resumed although its budget is spent', async () => {
    const events: NewEvent[] = [
      ...running(),
      { type: 'budget.reached', percent: 100 },
      { type: 'stop.requested' },
      { type: 'gave-up', outcome: 'cancelled', reason: { code: 'stopped', message: 'Stopped.', fix: null } },
      { type: 'instance.gone', provider: 'vast', id: 'm1' },
      { type: 'released' },
      { type: 'resumed' },
    ];
    const dear = events.map((event) => (event.type === 'launched' ? launched('m1', 3600) : event));
    const journal = new MemoryJournal(dear);
    await look(journal, 100);
    assert.deepEqual(journal.types, ['stop.requested']);
  });

  it('does not stop what is being given back, and says nothing after the end or without a budget', async () => {
    const gaveUp: NewEvent = {
      type: 'gave-up',
      outcome: 'failed',
      reason: { code: 'x', message: 'No.', fix: null },
    };
    const releasing = new MemoryJournal([...running(), gaveUp]);
    await look(releasing, 150);
    assert.deepEqual(releasing.types, ['budget.reached']);
    for (const events of [[...running(), gaveUp, { type: 'released' } as const], running(null), running(0)]) {
      const journal = new MemoryJournal(events);
      assert.equal(await look(journal, 500), false);
      assert.deepEqual(journal.noted, []);
    }
  });
});
