import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { FleetSnapshot } from '../../../src/fleet.js';
import { toStatus, type StatusContext } from '../../../src/views/statusWords.js';
import { jobAt } from './jobs.js';
import {
  afterMinutes,
  cloudView,
  fleetOf,
  foreign,
  jobWith,
  labelOf,
  machine,
  mark,
  rentedAt,
  rentedJob,
} from './rented.js';

const at = (snapshot: FleetSnapshot, context: Partial<StatusContext> = {}): ReturnType<typeof toStatus> =>
  toStatus(snapshot, { paces: new Map(), mark, now: afterMinutes(30), sweepProblem: null, ...context });

describe('the status bar', () => {
  test('says nothing while nothing runs and nothing of ours costs', () => {
    assert.equal(at(fleetOf([jobAt('released')], cloudView([foreign]))), null);
  });

  test('says what all machines of ours cost an hour, and of each job what it has cost and will', () => {
    const job = rentedJob('training.started');
    const other = machine({ id: 'm9', name: labelOf('lost-1').replace(mark, 'zzzz'), usdPerHour: 0.5 });
    const paces = new Map([[job.spec.id, { progress: 0.5, etaSeconds: 1800 }]]);
    const status = at(fleetOf([job], cloudView([machine(), other, foreign])), { paces });
    assert.equal(status?.text, 'digits 50 % · $1.10/h');
    assert.equal(status.isAlarm, false);
    assert.deepEqual(status.lines, [
      'digits · training 50 % · Lambda · $0.30 so far, about $0.66 in all',
      `${other.name} · of another Trainyard · running · A10 · $0.50/h · 30 min · $0.25`,
      'This month: $0.30',
    ]);
  });

  test('counts a machine that the list does not have yet, and none twice', () => {
    const job = jobWith(rentedAt(10));
    assert.equal(at(fleetOf([job], cloudView([])))?.text, 'digits connecting · $0.60/h');
    assert.equal(at(fleetOf([job], cloudView([machine()])))?.text, 'digits connecting · $0.60/h');
  });

  test('shows a job of this computer without any money', () => {
    const status = at(fleetOf([jobAt('training.started')]));
    assert.equal(status?.text, 'digits training');
    assert.deepEqual(status.lines, ['digits · training · this computer']);
  });

  test('is an alarm when a machine could not be ended', () => {
    const job = jobWith([
      ...rentedAt(0),
      [10, { type: 'gave-up', outcome: 'failed', reason: { code: 'x', message: 'No.', fix: null } }],
      [20, { type: 'release.overdue', message: 'It is still there.' }],
    ]);
    const status = at(fleetOf([job], cloudView([machine()])));
    assert.equal(status?.text, 'Machine still running · $0.60/h');
    assert.ok(status.isAlarm);
    assert.equal(status.icon, 'alert');
    assert.equal(
      status.lines[0],
      'The machine of digits at Lambda may still be running, for $0.60/h: Trainyard could not end it and goes on trying.',
    );
  });

  test('is an alarm when nobody knows what runs', () => {
    const status = at(fleetOf([]), { sweepProblem: 'Nobody knows what runs at Lambda. It does not answer.' });
    assert.equal(status?.text, 'Machines not checked');
    assert.ok(status.isAlarm);
  });
});
