import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  costUsd,
  elapsedMs,
  jobStates,
  modelOf,
  reduce,
  type Job,
  type NewEvent,
} from '../../../src/jobs/job.js';
import { dated, spec, wholeLife } from './builders.js';

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
    assert.deepEqual(states, jobStates);
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
