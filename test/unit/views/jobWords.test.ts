import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Driver } from '../../../src/jobs/lease.js';
import { activityOf, describeRow, stateOf, whereOf } from '../../../src/views/jobWords.js';
import { afterSeconds, jobAt, jobThatGaveUpAt } from './jobs.js';

const driving = (message: string): Driver => ({
  kind: 'driving',
  pid: 1,
  here: true,
  activity: { message, fraction: null },
});
const onGpu1 = { provider: 'ssh', destination: 'ssh://me@gpu1:2222', identityFiles: [] };

test('a training row says state, place and elapsed time, and the percent while it is known', () => {
  const job = jobAt('training.started');
  const facts = { job, driver: { kind: 'none' } as const, fraction: 0.437 };
  assert.equal(describeRow(facts, afterSeconds(125)), 'training 44 % · this computer · 2 min 5 s');
  assert.equal(describeRow({ ...facts, fraction: null }, afterSeconds(9)), 'training · this computer · 9 s');
});

test('an ended row says the outcome and how long it took', () => {
  const facts = { job: jobAt('released'), driver: { kind: 'none' } as const, fraction: 1 };
  assert.equal(describeRow(facts, afterSeconds(500)), 'succeeded · this computer · 9 s');
});

test('a job that was asked to stop says so until it has ended', () => {
  const job = { ...jobAt('training.started'), stopRequested: true };
  assert.equal(stateOf({ job, fraction: 0.5 }), 'stopping');
  assert.equal(stateOf({ job: jobThatGaveUpAt('uploaded', 'cancelled'), fraction: null }), 'cancelled');
});

test('a machine is called what the user calls it', () => {
  assert.equal(whereOf({ place: onGpu1 }), 'me@gpu1:2222');
});

test('an activity that only repeats the state is left out', () => {
  const job = jobAt('training.started');
  assert.equal(activityOf({ job, driver: driving('Training') }), null);
  assert.equal(activityOf({ job, driver: driving('Reconnecting to gpu1') }), 'Reconnecting to gpu1');
  assert.equal(activityOf({ job, driver: { kind: 'none' } }), null);
});
