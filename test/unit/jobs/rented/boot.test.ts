import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import type { NewEvent } from '../../../../src/jobs/job.js';
import { waitUntilAnswering } from '../../../../src/jobs/rented/boot.js';
import { readyMachine } from '../../../../src/jobs/rented/ready.js';
import { CloudUnavailableError } from '../../../../src/errors.js';
import type { Cloud } from '../../../../src/providers/cloud.js';
import { intended, labelOf, launched, rentedSpec } from '../builders.js';
import { FakeCloud, never } from './fakeCloud.js';
import { MemoryJournal } from './memoryJournal.js';
import { stepContext } from './stepContext.js';

const setUp = async (t: TestContext, cloud: FakeCloud, usdPerHour = 1) => {
  const begin: NewEvent[] = [{ type: 'planned', spec: rentedSpec() }, intended()];
  const journal = new MemoryJournal(begin);
  await journal.note(launched('m1', usdPerHour));
  const context = await stepContext(t, cloud, journal);
  const { stage } = journal.job;
  assert.ok(stage.state === 'connecting');
  return { journal, context, instance: stage.instance };
};

describe('readyMachine', () => {
  it('refuses at once a machine that costs more than was agreed, as the create answer says', async (t) => {
    const cloud = new FakeCloud();
    cloud.make('m1', labelOf(1), { usdPerHour: 5, state: 'starting' });
    const { context, instance } = await setUp(t, cloud, 5);
    const event = await readyMachine(instance, cloud.provider(), context, never);
    assert.ok(event.type === 'instance.rejected');
    assert.match(event.why, /it costs \$5\.00.*more than was agreed/);
  });

  for (const [state, why] of [
    ['failed', /its provider could not start it/],
    ['stopped', /taken back before it was used/],
    ['interrupted', /taken back before it was used/],
    ['terminating', /taken back before it was used/],
  ] as const) {
    it(`takes another machine for one that is ${state}, and remembers it`, async (t) => {
      const cloud = new FakeCloud();
      cloud.make('m1', labelOf(1), { state });
      const { context, instance } = await setUp(t, cloud);
      const event = await readyMachine(instance, cloud.provider(), context, never);
      assert.ok(event.type === 'instance.rejected');
      assert.match(event.why, why);
      assert.equal((await context.renting.badHosts.list()).length, 1);
    });
  }

  it('waits only so long for a machine that never starts', async (t) => {
    const cloud = new FakeCloud();
    cloud.make('m1', labelOf(1), { state: 'unknown', stateWord: 'humming' });
    const { context, instance } = await setUp(t, cloud);
    const event = await readyMachine(instance, cloud.provider(), context, never);
    assert.ok(event.type === 'instance.rejected' && event.why.includes('did not start within'));
  });

  it('takes a machine that is in no list for lost only when lists have settled', async (t) => {
    const cloud = new FakeCloud();
    const { context, instance } = await setUp(t, cloud);
    const event = await readyMachine(instance, cloud.provider(), context, never);
    assert.ok(event.type === 'instance.rejected' && event.why.includes('not in the list'));
    assert.ok(cloud.calls.length >= 2);
  });
});

describe('waitUntilAnswering', () => {
  it('knows at every look what the look before has made', async (t) => {
    const cloud = new FakeCloud();
    cloud.make('m1', labelOf(1));
    const rows: number[] = [];
    const address = { provider: 'vast', kind: 'ip', name: labelOf(1), details: {} } as const;
    const expose: Cloud['expose'] = async (_instance, _request, ledger) => {
      rows.push(ledger.rows.length);
      if (ledger.rows.length === 0) {
        await ledger.intend({ ...address, id: null });
        await ledger.made({ ...address, id: 'ip-1' });
      }
      throw new CloudUnavailableError('The address leads nowhere yet.');
    };
    Object.assign(cloud, { expose });
    const { journal, context, instance } = await setUp(t, cloud);
    const { folder, machine, note, show, provider, renting } = context;
    assert.ok(provider.rents);
    const boot = { job: journal.job, folder, machine, note, show, provider, instance, mark: renting.mark };
    await assert.rejects(
      waitUntilAnswering({ ...boot, label: labelOf(1), timeScale: 0.001, since: Date.now() }, never),
      /SSH server did not answer/,
    );
    assert.ok(rows.length >= 2);
    assert.deepEqual([...new Set(rows.slice(1))], [1]);
    assert.equal(journal.types.filter((type) => type === 'resource.intended').length, 1);
  });
});
