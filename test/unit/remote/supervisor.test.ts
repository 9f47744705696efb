import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseState } from '../../../src/remote/supervisor.js';

const running = {
  version: 1,
  attempt: 1,
  phase: 'running',
  supervisorPid: 4100,
  pid: 4101,
  started: 1790000000.5,
  heartbeat: 1790000010.5,
  ended: null,
  exitCode: null,
  signal: null,
  reason: null,
  message: null,
  warning: null,
  deadline: 1790028800.5,
};

void test('a running and an ended state are read', () => {
  assert.deepEqual(parseState(running), running);
  const stopped = { ...running, phase: 'ended', ended: 1790000020, signal: 'SIGTERM', reason: 'stopped' };
  assert.deepEqual(parseState(stopped), stopped);
});

void test('a state of a supervisor that gives no warnings is read', () => {
  const { warning, ...older } = running;
  assert.equal(parseState(older).warning, warning);
});

void test('fields that a later supervisor adds are passed over', () => {
  assert.deepEqual(parseState({ ...running, more: true }), running);
});

void test('a state of another version or with an unknown reason is refused', () => {
  assert.throws(() => parseState({ ...running, version: 2 }));
  assert.throws(() => parseState({ ...running, reason: 'bored' }));
  assert.throws(() => parseState(null));
});
