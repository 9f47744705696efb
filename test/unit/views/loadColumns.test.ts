import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { describeMetric } from '../../../src/metricKind.js';
import type { GpuSample, Sample } from '../../../src/remote/sample.js';
import { toLoadColumns } from '../../../src/views/loadColumns.js';

const gpu = (changes: Partial<GpuSample> = {}): GpuSample => ({
  name: 'NVIDIA L4',
  utilizationPercent: 90,
  memoryUsedBytes: 6,
  memoryTotalBytes: 24,
  temperatureC: 61,
  powerW: 70,
  ...changes,
});

const sample = (time: number, ...gpus: GpuSample[]): Sample => ({
  time,
  logBytes: 0,
  cpuPercent: 10,
  memoryUsedBytes: 1,
  memoryTotalBytes: 2,
  diskFreeBytes: 3,
  diskTotalBytes: 4,
  gpus,
});

const said = (...samples: Sample[]) =>
  Object.fromEntries(
    toLoadColumns(samples, 1000).map(({ name, time, value }) => [name, [[...time], [...value]]]),
  );

describe('the load of GPUs over time', () => {
  it('is load, memory and temperature of one GPU', () => {
    assert.deepEqual(
      said(sample(1000, gpu()), sample(1005, gpu({ utilizationPercent: 95, temperatureC: null }))),
      {
        'GPU %': [
          [0, 5],
          [90, 95],
        ],
        'VRAM %': [
          [0, 5],
          [25, 25],
        ],
        'GPU °C': [[0], [61]],
      },
    );
  });

  it('is load and memory of each of several', () => {
    assert.deepEqual(Object.keys(said(sample(1000, gpu(), gpu()))), [
      'GPU 1 %',
      'VRAM 1 %',
      'GPU 2 %',
      'VRAM 2 %',
    ]);
  });

  it('is nothing where there is no GPU, or nothing is told of it', () => {
    assert.deepEqual(said(sample(1000)), {});
    const silent = gpu({ utilizationPercent: null, memoryTotalBytes: null, temperatureC: null });
    assert.deepEqual(said(sample(1000, silent)), {});
  });

  it('shares a chart, which is none of what a script says of a GPU', () => {
    const keys = ['GPU %', 'VRAM 2 %', 'GPU °C', 'gpu_mem'].map((name) => describeMetric(name).familyKey);
    assert.deepEqual(keys, ['gpu', 'gpu', 'gpu', 'other:gpu_mem']);
  });
});
