import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { MetricColumns } from '../../../src/protocol.js';
import { joinMetricColumns, toMetricColumns } from '../../../src/views/metricColumns.js';

const plain = (columns: readonly MetricColumns[]) =>
  columns.map(({ name, step, epoch, value }) => ({
    name,
    step: [...step],
    epoch: [...epoch],
    value: [...value],
  }));

describe('toMetricColumns', () => {
  it('gathers each metric in its own columns, NaN for what is unknown', () => {
    const columns = toMetricColumns([
      { epoch: 1, step: null, metrics: { loss: 2, lr: 0.1 } },
      { epoch: 2, step: 20, metrics: { loss: NaN } },
    ]);
    assert.deepEqual(plain(columns), [
      { name: 'loss', step: [NaN, 20], epoch: [1, 2], value: [2, NaN] },
      { name: 'lr', step: [NaN], epoch: [1], value: [0.1] },
    ]);
  });

  it('takes any name a training prints', () => {
    const metrics = Object.fromEntries([
      ['__proto__', 1],
      ['constructor', 2],
    ]);
    const columns = toMetricColumns([{ epoch: 1, step: null, metrics }]);
    assert.deepEqual(
      columns.map(({ name }) => name),
      ['__proto__', 'constructor'],
    );
  });
});

describe('joinMetricColumns', () => {
  it('puts later batches behind earlier ones', () => {
    const batch = (epoch: number) => toMetricColumns([{ epoch, step: null, metrics: { loss: epoch * 10 } }]);
    assert.deepEqual(plain(joinMetricColumns([batch(1), batch(2), batch(3)])), [
      { name: 'loss', step: [NaN, NaN, NaN], epoch: [1, 2, 3], value: [10, 20, 30] },
    ]);
  });
});
