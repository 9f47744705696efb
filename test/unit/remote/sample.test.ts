import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseSampleLine } from '../../../src/remote/sample.js';

const sample = {
  time: 1790000005.0,
  logBytes: 12,
  cpuPercent: 93.1,
  memoryUsedBytes: 1,
  memoryTotalBytes: 2,
  diskFreeBytes: 3,
  diskTotalBytes: 4,
  gpus: [
    {
      name: 'NVIDIA L4',
      utilizationPercent: 97,
      memoryUsedBytes: 1,
      memoryTotalBytes: 2,
      temperatureC: null,
      powerW: 70.2,
    },
  ],
};

void test('a line of machine load is read, nulls of the driver included', () => {
  assert.deepEqual(parseSampleLine(JSON.stringify(sample)), sample);
});

void test('an older supervisor does not say how long the log is', () => {
  const older = JSON.stringify({ ...sample, logBytes: undefined });
  assert.deepEqual(parseSampleLine(older), { ...sample, logBytes: null });
});

void test('a torn or foreign line of machine load is passed over', () => {
  const line = JSON.stringify(sample);
  for (const torn of ['', line.slice(0, 40), line.slice(40), '[]', '{"time":1}'])
    assert.equal(parseSampleLine(torn), undefined);
});
