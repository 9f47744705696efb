import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { GpuSample, SystemSample } from '../../../src/protocol.js';
import { idleGpu, idleWindow } from '../../../webview/idleGpu.js';

const gib = 1024 ** 3;

const gpu = (changes: Partial<GpuSample> = {}): GpuSample => ({
  name: 'NVIDIA L4',
  utilizationPercent: 5,
  memoryUsedBytes: 10 * gib,
  memoryTotalBytes: 24 * gib,
  temperatureC: 50,
  ...changes,
});

const machine = (changes: Partial<SystemSample> = {}): SystemSample => ({
  cpuPercent: 30,
  memoryUsedBytes: 8 * gib,
  memoryTotalBytes: 32 * gib,
  diskFreeBytes: null,
  diskTotalBytes: null,
  gpus: [gpu()],
  ...changes,
});

const steadily = (sample: SystemSample, count = idleWindow): SystemSample[] =>
  Array.from({ length: count }, () => sample);
const causeOf = (changes: Partial<SystemSample>) => idleGpu(steadily(machine(changes)))?.cause;

describe('an idle GPU', () => {
  it('is told after two minutes, not at a pause', () => {
    assert.equal(idleGpu(steadily(machine(), idleWindow - 1)), null);
    assert.deepEqual(idleGpu(steadily(machine())), { percent: 5, working: 0, count: 1, cause: 'waiting' });
    const busy = machine({ gpus: [gpu({ utilizationPercent: 97 })] });
    assert.equal(idleGpu([...steadily(busy, idleWindow - 4), ...steadily(machine(), 4)]), null);
  });

  it('has a likely cause', () => {
    assert.equal(causeOf({ cpuPercent: 96 }), 'processors');
    assert.equal(causeOf({ memoryUsedBytes: 31.5 * gib }), 'memory');
    assert.equal(causeOf({ gpus: [gpu({ memoryUsedBytes: 0.1 * gib })] }), 'unused');
  });

  it('among others that work is told apart from all of them idling', () => {
    const gpus = [gpu({ utilizationPercent: 95 }), gpu({ utilizationPercent: 1 })];
    assert.deepEqual(idleGpu(steadily(machine({ gpus }))), {
      percent: 1,
      working: 1,
      count: 2,
      cause: 'others',
    });
  });

  it('is nothing to speak of where there is none or nobody knows', () => {
    assert.equal(causeOf({ gpus: [] }), undefined);
    assert.equal(causeOf({ gpus: [gpu({ utilizationPercent: null })] }), undefined);
  });
});
