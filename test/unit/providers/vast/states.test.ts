import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as v from 'valibot';
import { contract } from '../../../../src/providers/vast/answers.js';
import { type StateWords, toInstance, toState } from '../../../../src/providers/vast/states.js';

const asked: StateWords = {
  actual_status: 'running',
  intended_status: 'running',
  cur_state: 'running',
  next_state: 'running',
  is_bid: false,
  status_msg: null,
};
const stopped = { intended_status: 'stopped', cur_state: 'stopped', next_state: 'stopped' };

const words: readonly [Partial<StateWords>, string][] = [
  [{ actual_status: null }, 'starting'],
  [{ actual_status: '' }, 'starting'],
  [{ actual_status: 'created' }, 'starting'],
  [{ actual_status: 'loading' }, 'starting'],
  [{ actual_status: 'connecting' }, 'starting'],
  [{ actual_status: 'scheduling' }, 'starting'],
  [{ actual_status: 'rebooting' }, 'starting'],
  [{ actual_status: 'running' }, 'running'],
  [{ actual_status: 'created', status_msg: 'x: OCI runtime create failed: no GPU' }, 'failed'],
  [{ actual_status: 'running', status_msg: 'OCI runtime create failed' }, 'running'],
  [{ actual_status: 'exited' }, 'failed'],
  [{ actual_status: 'offline' }, 'failed'],
  [{ actual_status: 'frozen' }, 'failed'],
  [{ actual_status: 'unknown' }, 'unknown'],
  [{ actual_status: 'hibernating' }, 'unknown'],
  [{ actual_status: 'stopped', intended_status: 'stopped' }, 'stopped'],
  [{ actual_status: 'stopped' }, 'interrupted'],
  [{ ...stopped, actual_status: 'exited' }, 'stopped'],
  [{ ...stopped, actual_status: null }, 'stopped'],
  [{ ...stopped, actual_status: 'exited', is_bid: true }, 'interrupted'],
  [{ ...stopped, actual_status: 'running', is_bid: true }, 'interrupted'],
];

for (const [changes, state] of words)
  test(`${JSON.stringify(changes)} is ${state}`, () => {
    assert.equal(toState({ ...asked, ...changes }), state);
  });

test('an instance keeps what matters and drops what is secret', () => {
  const answered = {
    id: 27_712_345,
    machine_id: 24_680,
    label: 'trainyard-3f9c1a7e-1795340520',
    ...asked,
    actual_status: 'offline',
    status_msg: 'Host is gone ',
    dph_total: 0.3724,
    start_date: 1_795_326_120.5,
    gpu_name: 'RTX 4090',
    num_gpus: 1,
    geolocation: 'Quebec, CA',
    jupyter_token: 'secret-1',
    onstart: 'secret-2',
    extra_env: [['TOKEN', 'secret-3']],
    instance_api_key: 'secret-4',
  };
  const parsed = v.parse(contract, answered);
  assert.doesNotMatch(JSON.stringify(parsed), /secret-\d/);
  assert.deepEqual(toInstance(parsed), {
    provider: 'vast',
    id: '27712345',
    name: 'trainyard-3f9c1a7e-1795340520',
    state: 'failed',
    usdPerHour: 0.3724,
    stateWord: 'offline',
    gpu: 'RTX 4090',
    gpuCount: 1,
    region: 'Quebec, CA',
    created: 1_795_326_120.5,
    hostKey: '24680',
    problem: 'Host is gone',
    locked: false,
  });
});

test('a machine of which nothing but its number is known is starting', () => {
  const { state, name, usdPerHour, gpu, hostKey } = toInstance(v.parse(contract, { id: 1 }));
  assert.deepEqual([state, name, usdPerHour, gpu, hostKey], ['starting', '', 0, null, null]);
});

test('one machine with odd fields does not spoil the list, one without a number does', () => {
  assert.equal(toInstance(v.parse(contract, { id: 1, label: 7, ports: 'none', num_gpus: '2' })).gpuCount, 2);
  assert.ok(!v.is(contract, { label: 'trainyard-1' }));
});
