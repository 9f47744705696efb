import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { StillRunningError } from '../../../../src/errors.js';
import { openRentals, type NewEvent } from '../../../../src/jobs/job.js';
import { giveBack } from '../../../../src/jobs/rented/giveBack.js';
import { RecordingLogger } from '../../../support/recordingLogger.js';
import { intended, labelOf, launched, rentedSpec } from '../builders.js';
import { FakeCloud, never } from './fakeCloud.js';
import { MemoryJournal } from './memoryJournal.js';

const planned: NewEvent = { type: 'planned', spec: rentedSpec() };
const gaveUp: NewEvent = {
  type: 'gave-up',
  outcome: 'cancelled',
  reason: { code: 'stopped', message: 'Stopped.', fix: null },
};
const key = {
  provider: 'vast',
  kind: 'ssh-key',
  name: 'trainyard-k3x9-digits-abc234',
  id: '7',
  details: {},
} as const;

describe('giveBack', () => {
  const setUp = (events: readonly NewEvent[], cloud = new FakeCloud()) => {
    const journal = new MemoryJournal([planned, ...events]);
    const run = (signal = never): Promise<void> =>
      giveBack(
        {
          job: journal.job,
          providers: cloud.providers(),
          mark: 'k3x9',
          note: journal.note,
          logger: new RecordingLogger(),
          show: () => undefined,
          timeScale: cloud.timeScale,
        },
        signal,
      );
    return { cloud, journal, run };
  };

  it('ends the machine, and is done when two lists are without it', async () => {
    const { cloud, journal, run } = setUp([intended(), launched('m1'), gaveUp]);
    cloud.make('m1', labelOf(1));
    await run();
    assert.deepEqual(cloud.calls, ['list', 'terminate m1', 'list', 'list']);
    assert.deepEqual(journal.noted, [{ type: 'instance.gone', provider: 'vast', id: 'm1' }]);
  });

  it('ends machines of the job that its journal does not know, and no others', async () => {
    const { cloud, run } = setUp([intended(), launched('m1'), gaveUp]);
    cloud.make('late', labelOf(1));
    cloud.make('later', labelOf(7));
    cloud.make('other', labelOf(1, 'digits-zzz999'));
    // A job that bears this one's name in its own, another computer, and people's machines.
    cloud.make('longer', labelOf(1, 'digits-abc234-xyz789'));
    cloud.make('elsewhere', labelOf(2, 'digits-abc234', 'zzzz'));
    cloud.make('mine', 'trainyard-k3x9-digits-abc234-notes');
    cloud.make('blank', '');
    await run();
    assert.deepEqual([...cloud.ended].sort(), ['late', 'later', 'm1']);
    assert.equal(cloud.machines.length, 5);
  });

  it('waits for a machine whose request nobody saw answered', async () => {
    const { cloud, run } = setUp([intended(), gaveUp]);
    let lists = 0;
    cloud.beforeList = () => {
      lists += 1;
      if (lists === 3) cloud.make('late', labelOf(1));
    };
    await run();
    assert.deepEqual(cloud.ended, ['late']);
    assert.deepEqual(cloud.machines, []);
  });

  it('does not wait for one that was refused', async () => {
    const refused: NewEvent = { type: 'launch.refused', label: labelOf(1), why: 'taken' };
    const { cloud, run } = setUp([intended(), refused, gaveUp]);
    await run();
    assert.deepEqual(cloud.calls, ['list']);
  });

  it('does not believe in the absence of a machine that was made a moment ago', async () => {
    const { cloud, journal, run } = setUp([intended()]);
    cloud.timeScale = 0.01;
    await journal.note(launched('m1'));
    await journal.note(gaveUp);
    let lists = 0;
    cloud.beforeList = () => {
      lists += 1;
      if (lists === 6) cloud.make('m1', labelOf(1));
    };
    await run();
    assert.deepEqual(cloud.machines, []);
    assert.ok(lists > 6);
    assert.deepEqual(openRentals(journal.job), []);
  });

  it('tries again while the machine is still listed or the provider is in trouble', async () => {
    const { cloud, journal, run } = setUp([intended(), launched('m1'), gaveUp]);
    cloud.make('m1', labelOf(1));
    let tries = 0;
    cloud.onTerminate = (id) => {
      tries += 1;
      if (tries === 1) throw new Error('500');
      if (tries === 4) cloud.remove(id);
    };
    let lists = 0;
    cloud.beforeList = () => {
      lists += 1;
      if (lists === 1) throw new Error('no list');
    };
    await run();
    assert.equal(tries, 4);
    assert.deepEqual(journal.types, ['instance.gone']);
  });

  it('counts a machine that is gone as gone, also when asking for its end is refused', async () => {
    const { cloud, journal, run } = setUp([intended(), launched('m1'), gaveUp]);
    cloud.onTerminate = () => Promise.reject(new Error('there is no such machine'));
    await run();
    assert.deepEqual(journal.types, ['instance.gone']);
  });

  for (const [what, spoil] of [
    ['its end is ignored', (cloud: FakeCloud) => (cloud.onTerminate = () => undefined)],
    [
      'nobody can tell',
      (cloud: FakeCloud) => (cloud.beforeList = () => Promise.reject(new Error('no list'))),
    ],
  ] as const) {
    it(`is loud in the end when ${what}, and keeps the record`, async () => {
      const { cloud, journal, run } = setUp([intended(), launched('m1', 1.5), gaveUp]);
      cloud.make('m1', labelOf(1));
      spoil(cloud);
      await assert.rejects(run(), (error) => {
        assert.ok(error instanceof StillRunningError);
        assert.match(error.message, /m1 at Vast\.ai \(\$1\.50 an hour\): end it at https:/);
        return true;
      });
      assert.deepEqual(journal.types, ['release.overdue']);
      assert.notEqual(journal.job.overdue, null);
      assert.equal(openRentals(journal.job).length, 1);
    });
  }

  it('lets go of nothing while the key is one of another account, and ends when it is the right one', async () => {
    const cloud = new FakeCloud();
    cloud.key = 'ours';
    const mark = await cloud.provider().keyMark();
    const made: NewEvent = { type: 'resource.made', resource: key };
    const { journal, run } = setUp([intended(1, {}, mark), made, launched('m1', 1.5), gaveUp], cloud);
    cloud.keys = [key];
    cloud.key = 'other';
    await assert.rejects(run(), /m1 at Vast\.ai \(\$1\.50 an hour\).*was changed after m1 was rented/);
    assert.deepEqual(journal.types, ['release.overdue']);
    cloud.key = 'ours';
    const again = setUp([intended(1, {}, mark), made, launched('m1'), gaveUp], cloud);
    await again.run();
    assert.deepEqual(again.journal.types, ['instance.gone', 'resource.gone']);
  });

  it('looks for no machine that may have been made in another account', async () => {
    const { journal, run } = setUp([intended(1, {}, 'ffffffff'), gaveUp]);
    await assert.rejects(run(), /was changed/);
    assert.deepEqual(journal.types, ['release.overdue']);
  });

  it('ends machines that the job has left behind, too', async () => {
    const rejected: NewEvent = { type: 'instance.rejected', why: 'no GPU' };
    const { cloud, journal, run } = setUp([
      intended(1),
      launched('m1'),
      rejected,
      intended(2),
      launched('m2'),
      gaveUp,
    ]);
    cloud.make('m1', labelOf(1));
    cloud.make('m2', labelOf(2));
    await run();
    assert.deepEqual(cloud.machines, []);
    assert.deepEqual(openRentals(journal.job), []);
  });

  it('lets go of keys when the machines are gone, also of one that was only intended', async () => {
    const events: NewEvent[] = [
      intended(),
      { type: 'resource.intended', resource: { ...key, id: null } },
      launched('m1'),
      gaveUp,
    ];
    const { cloud, journal, run } = setUp(events);
    cloud.make('m1', labelOf(1));
    cloud.keys = [key];
    await run();
    assert.deepEqual(cloud.keys, []);
    assert.deepEqual(journal.job.resources, []);
    assert.deepEqual(journal.types, ['instance.gone', 'resource.gone']);
  });

  it('says when it does not know a provider of the job', async () => {
    const { run } = setUp([intended(1, { provider: 'nimbus' }), gaveUp]);
    await assert.rejects(run(), /does not know the provider nimbus/);
  });

  it('ends at once when its driver gives up', async () => {
    const { cloud, run } = setUp([intended(), launched('m1'), gaveUp]);
    const leaving = new AbortController();
    cloud.onTerminate = () => leaving.abort();
    cloud.make('m1', labelOf(1));
    await assert.rejects(run(leaving.signal), { name: 'AbortError' });
  });
});
