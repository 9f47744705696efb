import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MachineError } from '../../../src/errors.js';
import { gpuProblems, refuseSmallDisk, summaryOf, type Need } from '../../../src/jobs/estimate.js';
import type { Gpu, MachineFacts } from '../../../src/remote/machine.js';

const need = (vramGb: number | null, diskGb = 10): Need => ({
  where: 'alice@gpu1',
  datasetBytes: 2e9,
  estimate: { vramGb, diskGb },
});

function machine(overrides: Partial<MachineFacts> = {}, freeBytes = 100e9): MachineFacts {
  return {
    python: [3, 11, 7],
    executable: '/usr/bin/python3',
    platform: 'linux',
    arch: 'x86_64',
    home: '/home/alice',
    user: 'alice',
    cpuCount: 8,
    memoryBytes: 32e9,
    disk: { freeBytes, totalBytes: 200e9 },
    gpus: [],
    gpuProblem: null,
    root: '/home/alice/.trainyard',
    rootWritable: true,
    ...overrides,
  };
}

/** As nvidia-smi says it of a card that is sold with that many GB. */
const gpu = (name: string, memoryMib: number | null): Gpu => ({
  name,
  memoryBytes: memoryMib === null ? null : memoryMib * 1024 * 1024,
  driver: '580.65.06',
});
const messages = (given: Need, facts: MachineFacts): string[] =>
  gpuProblems(given, facts).map(({ severity, message }) => `${severity}: ${message}`);

test('a disk without room for dataset, packages and results is refused with the figures', () => {
  refuseSmallDisk(need(null), machine({}, 12e9));
  assert.throws(
    () => refuseSmallDisk(need(null), machine({}, 11.9e9)),
    (error) => {
      assert.ok(error instanceof MachineError);
      assert.equal(
        error.message,
        'The disk of alice@gpu1 is too small: the dataset needs 2,000 MB under /home/alice/.trainyard, packages and results about 10,000 MB, and 11,900 MB are free. Free some space there ("trainyard reclaim" helps), or train elsewhere.',
      );
      return true;
    },
  );
});

test('a recipe that cannot tell gets a little room beside its dataset', () => {
  const unknown = { ...need(null), estimate: null };
  refuseSmallDisk(unknown, machine({}, 2.6e9));
  assert.throws(() => refuseSmallDisk(unknown, machine({}, 2.5e9)), MachineError);
});

test('a machine without the GPU that the training wants is warned of', () => {
  assert.deepEqual(messages(need(16), machine()), [
    'warning: This training wants a GPU with about 16 GB of memory, and alice@gpu1 has none.',
  ]);
  assert.deepEqual(messages(need(16), machine({ gpuProblem: 'Driver/library version mismatch' })), [
    'warning: This training wants a GPU with about 16 GB of memory, and the driver on alice@gpu1 does not answer (Driver/library version mismatch).',
  ]);
});

test('a GPU that is too small is named, and the largest counts', () => {
  const gpus = [gpu('NVIDIA T4', 15360), gpu('NVIDIA L4', 23034)];
  assert.deepEqual(messages(need(24), machine({ gpus })), []);
  assert.deepEqual(messages(need(40), machine({ gpus })), [
    'warning: This training wants a GPU with about 40 GB of memory, and the NVIDIA L4 of alice@gpu1 has 24 GB.',
  ]);
});

test('nothing is said of a GPU that nobody needs or that does not tell', () => {
  assert.deepEqual(messages(need(null), machine()), []);
  assert.deepEqual(messages({ ...need(8), estimate: null }, machine()), []);
  assert.deepEqual(messages(need(8), machine({ gpus: [gpu('NVIDIA GB10', null)] })), []);
  assert.deepEqual(messages(need(8), machine({ platform: 'darwin', arch: 'arm64' })), []);
});

test('an estimate stands in the summary', () => {
  assert.deepEqual(summaryOf({ vramGb: 8, diskGb: 12 }), { vramGb: 8, diskGb: 12 });
  assert.deepEqual(summaryOf({ vramGb: null, diskGb: 12 }), { diskGb: 12 });
  assert.deepEqual(summaryOf(null), {});
});
