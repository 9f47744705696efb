import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as v from 'valibot';
import { instanceAnswer, type LambdaInstance } from '../../../../src/providers/lambda/answers.js';
import { endpointsOf, toInstance } from '../../../../src/providers/lambda/instances.js';
import { stateOf } from '../../../../src/providers/lambda/states.js';

/** As the description of the interface shows it. */
const recorded = {
  id: '0920582c7ff041399e34823a0be62549',
  name: 'trainyard-k3x9-digits-1-1795340520',
  ip: '198.51.100.2',
  private_ip: '10.0.2.100',
  status: 'active',
  ssh_key_names: ['trainyard-k3x9-digits'],
  file_system_names: [],
  region: { name: 'us-west-1', description: 'California, USA' },
  instance_type: {
    name: 'gpu_1x_a10',
    description: '1x A10 (24 GB PCIe)',
    gpu_description: 'A10 (24 GB PCIe)',
    price_cents_per_hour: 75,
    specs: { vcpus: 30, memory_gib: 200, storage_gib: 1400, gpus: 1 },
  },
  hostname: 'trainyard-k3x9-digits-1-1795340520',
  jupyter_token: 'SECRET',
  jupyter_url: 'https://jupyter.example/?token=SECRET',
  is_reserved: false,
  actions: { restart: { available: true }, terminate: { available: true } },
  tags: [
    { key: 'trainyard-label', value: 'trainyard-k3x9-digits-1-1795340520' },
    { key: 'trainyard-launched', value: '1795311720' },
  ],
};

function parsed(changes: Readonly<Record<string, unknown>> = {}): LambdaInstance {
  return v.parse(instanceAnswer, { data: { ...recorded, ...changes } }).data;
}

for (const [word, state] of [
  ['booting', 'starting'],
  ['active', 'running'],
  ['unhealthy', 'failed'],
  ['preempted', 'interrupted'],
  ['terminating', 'terminating'],
  ['terminated', 'gone'],
  ['hibernating', 'unknown'],
  ['toString', 'unknown'],
] as const) {
  test(`${word} is ${state}`, () => {
    assert.equal(stateOf(word), state);
  });
}

test('a machine has its label, price, GPU, region and the time it was launched', () => {
  assert.deepEqual(toInstance(parsed()), {
    provider: 'lambda',
    id: recorded.id,
    name: 'trainyard-k3x9-digits-1-1795340520',
    state: 'running',
    usdPerHour: 0.75,
    stateWord: 'active',
    gpu: 'A10',
    gpuCount: 1,
    region: 'us-west-1',
    created: 1795311720,
    hostKey: null,
    problem: null,
    locked: false,
  });
});

test('the secrets of a machine are dropped', () => {
  assert.doesNotMatch(JSON.stringify(parsed()), /SECRET|jupyter/);
});

test('a machine that was renamed is still found by its label', () => {
  assert.equal(toInstance(parsed({ name: 'my box' })).name, recorded.name);
});

test('a machine without tags is found by its name, and its age is not known', () => {
  const { name, created } = toInstance(parsed({ tags: undefined }));
  assert.deepEqual([name, created], [recorded.name, null]);
});

test('a tag of somebody else does not make a machine ours', () => {
  const tags = [{ key: 'trainyard-label', value: 'somebody-elses' }];
  assert.equal(toInstance(parsed({ name: 'my box', tags })).name, 'my box');
});

test('a machine that has just been launched may have neither address, name, region nor actions', () => {
  const early = parsed({
    ip: undefined,
    name: undefined,
    region: null,
    actions: null,
    status: 'booting',
    tags: [],
  });
  assert.deepEqual(endpointsOf(early), []);
  assert.deepEqual([toInstance(early).name, toInstance(early).region], [recorded.id, null]);
});

test('a machine answers at its address on port 22, until it is over', () => {
  assert.deepEqual(endpointsOf(parsed()), [{ host: '198.51.100.2', port: 22, user: 'ubuntu' }]);
  assert.deepEqual(endpointsOf(parsed({ status: 'terminated' })), []);
});

test('what is wrong with an unhealthy machine is told in words of Lambda', () => {
  const actions = {
    restart: { available: false, reason_description: 'The VM is off.' },
    migrate: { available: true },
  };
  assert.equal(
    toInstance(parsed({ status: 'unhealthy', actions })).problem,
    'Lambda calls the machine unhealthy: The VM is off.',
  );
  assert.equal(toInstance(parsed({ status: 'unhealthy' })).problem, 'Lambda calls the machine unhealthy');
});

test('a machine without a price is not read as free of charge', () => {
  const type = { ...recorded.instance_type, price_cents_per_hour: undefined };
  assert.throws(() => parsed({ instance_type: type }));
});
