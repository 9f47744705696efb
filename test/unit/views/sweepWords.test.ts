import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Finding } from '../../../src/jobs/sweep/sweep.js';
import { summarize } from '../../../src/views/sweepWords.js';
import { foreign, machine } from './rented.js';

const kept: readonly Finding[] = [
  { kind: 'machine', machine: machine(), action: 'kept', why: 'its job digits-abc234 is training' },
  { kind: 'machine', machine: foreign, action: 'not-ours', why: 'it does not bear our label' },
];
const ended: Finding = {
  kind: 'machine',
  machine: machine({ name: 'trainyard-k3x9-lost-1-1' }),
  action: 'ended',
  why: 'no job of this computer knows it',
};
const released: Finding = {
  kind: 'resource',
  resource: { provider: 'lambda', kind: 'ssh-key', name: 'trainyard-k3x9-lost', id: '1', details: {} },
  action: 'released',
  why: 'its job has ended',
};

test('a sweep that finds everything in order has nothing to say', () => {
  assert.deepEqual(summarize(kept), { done: null, failed: null });
});

test('what was ended is said with its price and why', () => {
  const { done } = summarize([...kept, ended]);
  assert.equal(
    done,
    'Ended the A10 at Lambda (trainyard-k3x9-lost-1-1, $0.60/h): no job of this computer knows it.',
  );
});

test('of much that was done the first is said, and where the rest is', () => {
  assert.equal(
    summarize([ended, released]).done,
    'Trainyard has cleaned up: Ended the A10 at Lambda (trainyard-k3x9-lost-1-1, $0.60/h): no job of this computer knows it. And 1 more, which the log lists.',
  );
});

test('what could not be looked at is said apart', () => {
  const failed: Finding = {
    kind: 'provider',
    provider: 'lambda',
    action: 'failed',
    why: 'The key was refused.',
    isKey: true,
  };
  assert.deepEqual(summarize([failed, released]), {
    done: 'Let go of the SSH key trainyard-k3x9-lost at Lambda: its job has ended.',
    failed: 'Nobody knows what runs at Lambda. The key was refused.',
  });
});
