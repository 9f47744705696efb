import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  apply,
  costUsd,
  currentLaunch,
  elapsedMs,
  jobStates,
  launchesSinceGo,
  modelOf,
  openRentals,
  reduce,
  type Job,
  type NewEvent,
} from '../../../src/jobs/job.js';
import { deadline, dated, intended, launched, rentedSpec, spec, wholeLife } from './builders.js';

function jobAfter(events: readonly NewEvent[]): Job {
  const job = reduce(dated(events));
  assert.ok(job);
  return job;
}

describe('reduce', () => {
  it('says nothing of a journal that does not begin with a plan', () => {
    assert.equal(reduce([]), undefined);
    assert.equal(reduce(dated([{ type: 'released' }])), undefined);
  });

  it('leads a job through every state in order', () => {
    const states = jobAfter(wholeLife).timeline.map(({ state }) => state);
    assert.deepEqual(
      states,
      jobStates.filter((state) => state !== 'recovering'),
    );
  });

  it('gives the same job when every event is written twice', () => {
    const twice = wholeLife.flatMap((event) => [event, event]);
    const once = jobAfter(wholeLife);
    const doubled = jobAfter(twice);
    assert.deepEqual(
      { ...doubled, timeline: [], stage: [], rentals: [] },
      { ...once, timeline: [], stage: [], rentals: [] },
    );
    assert.equal(doubled.stage.state, 'ended');
    assert.deepEqual(
      doubled.timeline.map(({ state }) => state),
      once.timeline.map(({ state }) => state),
    );
  });

  it('ignores an event that does not fit the state', () => {
    const job = jobAfter([
      ...wholeLife.slice(0, 3),
      { type: 'released' },
      { type: 'training.started', pid: 1 },
    ]);
    assert.equal(job.stage.state, 'connecting');
  });

  it('knows the pid once the training has started', () => {
    const { stage } = jobAfter(wholeLife.slice(0, 7));
    assert.ok(stage.state === 'training');
    assert.equal(stage.pid, 7);
  });

  it('remembers a stop that was requested, and forgets it on resume', () => {
    const stopped = jobAfter([...wholeLife.slice(0, 7), { type: 'stop.requested' }]);
    assert.equal(stopped.stopRequested, true);
    const end: NewEvent = {
      type: 'gave-up',
      outcome: 'cancelled',
      reason: { code: 'stopped', message: 'Stopped.', fix: null },
    };
    const resumed = jobAfter([
      ...wholeLife.slice(0, 7),
      { type: 'stop.requested' },
      end,
      { type: 'released' },
      { type: 'resumed' },
    ]);
    assert.equal(resumed.stopRequested, false);
    assert.equal(resumed.attempt, 2);
    assert.equal(resumed.stage.state, 'planned');
  });

  it('releases the machine it has when a step gives up', () => {
    const { stage } = jobAfter([
      ...wholeLife.slice(0, 4),
      { type: 'gave-up', outcome: 'failed', reason: { code: 'machine', message: 'No.', fix: null } },
    ]);
    assert.ok(stage.state === 'releasing');
    assert.equal(stage.instance?.id, 'this-computer');
    assert.equal(stage.outcome, 'failed');
  });

  it('adds the hours of an extension to the limit', () => {
    const limited = spec({
      limits: { hours: 2, stallMinutes: null, graceSeconds: 30, budgetUsd: null, keepMinutes: 120 },
    });
    const job = jobAfter([
      { type: 'planned', spec: limited },
      { type: 'extended', hours: 1.5 },
    ]);
    assert.equal(job.hours, 3.5);
  });
});

describe('modelOf', () => {
  it('prefers a model to a checkpoint, and the newest of each', () => {
    const file = (role: 'model' | 'checkpoint', path: string) => ({ role, path, sha256: '', bytes: 0 });
    const fetched: NewEvent = {
      type: 'fetched',
      files: [file('model', 'old'), file('model', 'new'), file('checkpoint', 'c')],
    };
    assert.equal(modelOf(jobAfter([{ type: 'planned', spec: spec() }, fetched]))?.path, 'new');
  });
});

describe('costUsd', () => {
  const rented = wholeLife.map((event) =>
    event.type === 'launched'
      ? { ...event, instance: { provider: 'local', id: 'x', usdPerHour: 3600 } }
      : event,
  );

  it('counts from launch to release', () => {
    // Launched in second 2, released in second 9, at a dollar a second.
    assert.equal(costUsd(jobAfter(rented), Date.UTC(2027, 0)), 7);
  });

  it('goes on counting while the machine is ours', () => {
    assert.equal(costUsd(jobAfter(rented.slice(0, 6)), Date.UTC(2026, 0, 1, 0, 1, 2)), 60);
  });
});

describe('elapsedMs', () => {
  it('stops at the end', () => {
    assert.equal(elapsedMs(jobAfter(wholeLife), Date.UTC(2030, 0)), 9_000);
    assert.equal(elapsedMs(jobAfter(wholeLife.slice(0, 3)), Date.UTC(2026, 0, 1, 0, 0, 30)), 30_000);
  });
});

/** Of a job on rented machines: what is planned, and events that may come in any order. */
const rented: readonly NewEvent[] = [{ type: 'planned', spec: rentedSpec() }];
const end = { outcome: 'failed', reason: { code: 'x', message: 'No.', fix: null } } as const;
const key = { provider: 'vast', kind: 'ssh-key', name: 'trainyard-k3x9-x', id: null, details: {} } as const;
const mirrored = { log: 10, gpu: 0 };
const anyEvent: readonly NewEvent[] = [
  ...wholeLife,
  intended(1),
  intended(2),
  { type: 'launch.refused', label: 'l', why: 'none left' },
  launched('m1'),
  launched('m2', 3),
  { type: 'repriced', provider: 'vast', id: 'm1', usdPerHour: 2 },
  { type: 'instance.rejected', why: 'no GPU' },
  { type: 'instance.rejected', why: 'slow', lineWasSlow: true },
  { type: 'instance.lost', why: 'gone', mirrored },
  { type: 'instance.gone', provider: 'vast', id: 'm1' },
  { type: 'instance.gone', provider: 'vast', id: 'm2' },
  { type: 'resource.intended', resource: key },
  { type: 'resource.made', resource: { ...key, id: '7' } },
  { type: 'resource.gone', resource: key },
  { type: 'agreed', usdPerHour: 3 },
  { type: 'budget.reached', percent: 80 },
  { type: 'release.overdue', message: 'It is still there.' },
  { type: 'fetched', files: [] },
  { type: 'gave-up', ...end },
  { type: 'stop.requested' },
  { type: 'extended', hours: 1 },
  { type: 'resumed' },
  { type: 'resumed', mirrored },
];

/** Numbers that look random and are the same every time. */
function* numbers(seed: number): Generator<number, never> {
  for (let state = seed; ; state = (state * 48_271) % 2_147_483_647) yield state;
}

describe('reduce of events in any order', () => {
  it('never fails, and lets no rental go but by what says that it is gone', () => {
    const random = numbers(20_260_101);
    for (let life = 0; life < 400; life += 1) {
      let job = jobAfter(rented);
      for (let step = 0; step < 40; step += 1) {
        const event = anyEvent[random.next().value % anyEvent.length] ?? anyEvent[0];
        assert.ok(event);
        const next = apply(job, { ...event, at: new Date(step * 1000).toISOString() });
        const kept = new Set(openRentals(next).map(({ id }) => id));
        for (const { id } of openRentals(job)) {
          const isTold =
            (event.type === 'instance.gone' && event.id === id) ||
            (event.type === 'released' && job.stage.state === 'releasing');
          assert.ok(isTold || kept.has(id), `${id} was lost by ${event.type} in ${job.stage.state}`);
        }
        assert.ok(next.timeline.length >= job.timeline.length);
        assert.ok(Number.isFinite(costUsd(next, 60_000)));
        job = next;
      }
    }
  });
});

describe('a rented machine', () => {
  it('is known by its label before it is asked for, and costs from its launch', () => {
    const job = jobAfter([...rented, intended(1), launched('m1')]);
    assert.equal(currentLaunch(job)?.deadline, deadline);
    assert.deepEqual(openRentals(job).length, 1);
    // Launched in second 2 at a dollar an hour.
    assert.equal(costUsd(job, Date.UTC(2026, 0, 1, 1, 0, 2)), 1);
  });

  it('of an overtaken driver is not the job’s, and is not forgotten', () => {
    const job = jobAfter([...rented, intended(1), launched('m1'), launched('m2')]);
    assert.ok(job.stage.state === 'connecting' && job.stage.instance.id === 'm1');
    assert.deepEqual(
      openRentals(job).map(({ id }) => id),
      ['m1', 'm2'],
    );
  });

  it('that is dearer than its offer must be gone sooner, so that the budget holds', () => {
    const limits = { ...rentedSpec().limits, budgetUsd: 1 };
    const dear: NewEvent = { type: 'repriced', provider: 'vast', id: 'm1', usdPerHour: 2 };
    const begin: NewEvent[] = [
      { type: 'planned', spec: rentedSpec({ limits }) },
      intended(1),
      launched('m1'),
    ];
    const job = jobAfter([...begin, dear]);
    const launch = currentLaunch(job);
    assert.ok(launch);
    assert.ok(costUsd(job, launch.deadline * 1000) <= 1 + 1e-6);
    assert.ok(launch.endsAt < launch.deadline);
    const cheap = jobAfter([...begin, { ...dear, usdPerHour: 0.5 }]);
    assert.equal(currentLaunch(cheap)?.deadline, deadline);
  });

  it('lives longer when the job is extended, as the last one only', () => {
    const job = jobAfter([
      ...rented,
      intended(1),
      launched('m1'),
      { type: 'instance.rejected', why: 'no GPU' },
      intended(2),
      { type: 'extended', hours: 2 },
    ]);
    assert.deepEqual(
      job.launches.map((launch) => launch.deadline),
      [deadline, deadline + 7200],
    );
  });

  it('whose log ends here leaves the place behind it to the next one', () => {
    const life = wholeLife.slice(3, 7);
    const job = jobAfter([
      ...rented,
      intended(1),
      launched('m1'),
      ...life,
      { type: 'instance.lost', why: 'gone', mirrored },
    ]);
    assert.equal(job.stage.state, 'recovering');
    assert.equal(job.attempt, 2);
    assert.deepEqual(job.mirrorBase, mirrored);
  });
});

describe('launchesSinceGo', () => {
  it('leaves out what went wrong before the job was resumed', () => {
    const refused: NewEvent = { type: 'launch.refused', label: 'l', why: 'none left' };
    const first = [...rented, intended(1), refused, intended(2), refused];
    assert.equal(launchesSinceGo(jobAfter(rented)).length, 0);
    assert.equal(launchesSinceGo(jobAfter(first)).length, 2);
    const again = [...first, { type: 'gave-up', ...end }, { type: 'released' }, { type: 'resumed' }] as const;
    assert.equal(launchesSinceGo(jobAfter(again)).length, 0);
    assert.equal(launchesSinceGo(jobAfter([...again, intended(3)])).length, 1);
  });
});
