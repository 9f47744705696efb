import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gpuMisfit } from '../../../src/jobs/ownMachine.js';
import type { MachineFacts } from '../../../src/remote/machine.js';

function machine(gpus: readonly (readonly [name: string, gb: number | null])[]): MachineFacts {
  return {
    python: [3, 11, 7],
    executable: '/usr/bin/python3',
    platform: 'linux',
    arch: 'x86_64',
    home: '/home/alice',
    user: 'alice',
    cpuCount: 8,
    memoryBytes: 32e9,
    disk: { freeBytes: 1e12, totalBytes: 1e12 },
    gpus: gpus.map(([name, gb]) => ({
      name,
      memoryBytes: gb === null ? null : gb * 1e9,
      driver: '580.65.06',
    })),
    gpuProblem: null,
    root: '/home/alice/.trainyard',
    rootWritable: true,
  };
}

const none = machine([]);
const two = machine([
  ['NVIDIA GeForce RTX 4090', 25.7],
  ['NVIDIA GeForce RTX 3090', 25.7],
]);

test('any machine will do for a training that needs no GPU and for a person who asks for none', () => {
  assert.equal(gpuMisfit(none, {}, null), null);
  assert.equal(gpuMisfit(none, { regions: ['us'], disk: 100 }, null), null);
});

test('a machine without a GPU will not do once one is needed, asked for, or a price is named', () => {
  assert.equal(gpuMisfit(none, {}, 16), 'has no GPU with 16 GB');
  assert.equal(gpuMisfit(none, { maxPrice: 1 }, null), 'has no GPU');
  assert.equal(gpuMisfit(none, { spot: true }, null), 'has no GPU');
});

test('the GPUs count that are of the model and large enough', () => {
  assert.equal(gpuMisfit(two, { gpu: ['4090'] }, null), null);
  assert.equal(gpuMisfit(two, { gpu: ['H100', '3090'] }, null), null);
  assert.equal(gpuMisfit(two, { gpu: ['4090'], gpus: 2 }, null), 'has no 4090');
  assert.equal(gpuMisfit(two, { gpus: 2, vram: 24 }, 24), null);
  assert.equal(gpuMisfit(two, { gpus: 2, vram: 48 }, 48), 'has no 2 GPUs with 48 GB');
  assert.equal(gpuMisfit(machine([['NVIDIA GB10', null]]), {}, 64), null);
});

test('a Mac shares its memory with its GPU', () => {
  const mac = { ...none, platform: 'darwin', arch: 'arm64' };
  assert.equal(gpuMisfit(mac, { vram: 24 }, 24), null);
  assert.equal(gpuMisfit(mac, { vram: 48 }, 48), 'has no GPU with 48 GB');
  assert.equal(gpuMisfit(mac, { gpu: ['4090'] }, null), 'has no 4090');
});
