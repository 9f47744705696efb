import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { MetricColumns } from '../../../src/protocol.js';
import { joinMetricColumns, toMetricColumns } from '../../../src/views/metricColumns.js';

const plain = (columns: readonly MetricColumns[]) =>
  columns.map(({ name, step, epoch, time, value }) => ({
    name,
    step: [...step],
    epoch: [...epoch],
    time: [...time],
    value: [...value],
  }));

describe('toMetricColumns', () => {
  it('gathers each metric in its own columns, NaN for what is unknown', () => {
    const columns = toMetricColumns([
      { epoch: 1, step: null, metrics: { loss: 2, lr: 0.1 } },
      { epoch: 2, step: 20, seconds: 7, metrics: { loss: NaN } },
    ]);
    assert.deepEqual(plain(columns), [
      { name: 'loss', step: [NaN, 20], epoch: [1, 2], time: [NaN, 7], value: [2, NaN] },
      { name: 'lr', step: [], epoch: [1], time: [], value: [0.1] },
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
      { name: 'loss', step: [], epoch: [1, 2, 3], time: [], value: [10, 20, 30] },
    ]);
  });

  it('keeps apart what only some batches know', () => {
    const at = (step: number | null) => toMetricColumns([{ epoch: null, step, metrics: { loss: 1 } }]);
    const [joined] = joinMetricColumns([at(null), at(20), at(null)]);
    assert.deepEqual([...(joined?.step ?? [])], [NaN, 20, NaN]);
  });
});
