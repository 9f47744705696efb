import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ProgressPoint } from '../../../src/recipes/progress/index.js';
import { toColumns, toSystemSample } from '../../../src/views/panelNumbers.js';

const point = (metrics: Record<string, number>, phase: ProgressPoint['phase'] = 'train'): ProgressPoint => ({
  line: 1,
  epoch: 1,
  totalEpochs: null,
  step: null,
  totalSteps: null,
  progress: null,
  metrics,
  phase,
});

const names = (...points: ProgressPoint[]): string[] => toColumns(points).map(({ name }) => name);

test('a validation metric stays apart from the training metric of the same name', () => {
  assert.deepEqual(names(point({ loss: 1 }), point({ loss: 2 }, 'validation')), ['loss', 'val/loss']);
});

test('a name that says its phase already is left as it is', () => {
  assert.deepEqual(names(point({ val_loss: 1, 'eval/acc': 1, test_auc: 1 }, 'validation')), [
    'val_loss',
    'eval/acc',
    'test_auc',
  ]);
});

test('NaN and infinity stay what they are', () => {
  const [column] = toColumns([point({ loss: NaN }), point({ loss: Infinity })]);
  assert.deepEqual([...(column?.value ?? [])], [NaN, Infinity]);
});

test('a sample brings over what the panel shows', () => {
  const gpu = {
    name: 'NVIDIA L4',
    utilizationPercent: 97,
    memoryUsedBytes: 1,
    memoryTotalBytes: 2,
    temperatureC: 61,
    powerW: 70,
  };
  const load = {
    cpuPercent: 93,
    memoryUsedBytes: 1,
    memoryTotalBytes: 2,
    diskFreeBytes: 3,
    diskTotalBytes: 4,
    gpus: [gpu],
  };
  assert.deepEqual(toSystemSample({ time: 1, logBytes: 0, ...load }), load);
});
