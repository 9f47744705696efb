import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { MetricColumns } from '../../../src/protocol.js';
import { toMetricColumns } from '../../../src/views/metricColumns.js';
import { MetricSummaries } from '../../../src/views/metricSummary.js';

function summary(name: string, values: readonly number[], at: 'epoch' | 'step' | 'nothing' = 'epoch') {
  const columns = toMetricColumns(
    values.map((value, index) => ({
      epoch: at === 'epoch' ? index + 1 : null,
      step: at === 'step' ? (index + 1) * 10 : null,
      metrics: { [name]: value },
    })),
  );
  const summaries = new MetricSummaries();
  for (const each of columns.flatMap(halves)) summaries.add([each]);
  const [summary] = summaries.all;
  assert.ok(summary);
  return summary;
}

/** As they come while a job runs: in parts. */
function halves({ name, step, epoch, time, value }: MetricColumns): MetricColumns[] {
  return [
    { name, step: step.slice(0, 1), epoch: epoch.slice(0, 1), time, value: value.slice(0, 1) },
    { name, step: step.slice(1), epoch: epoch.slice(1), time, value: value.slice(1) },
  ];
}

describe('what became of a metric', () => {
  test('is its last and its best value, by what is better', () => {
    assert.deepEqual(summary('val/loss', [3, 1, 2]), {
      name: 'val/loss',
      better: 'lower',
      last: 2,
      best: 1,
      bestAt: { unit: 'epoch', position: 2 },
    });
    assert.equal(summary('accuracy', [0.5, 0.9, 0.7]).best, 0.9);
  });

  test('has no best where neither direction is better, or nothing is a number', () => {
    assert.equal(summary('lr', [3, 1]).best, null);
    assert.equal(summary('loss', [NaN, Infinity]).best, null);
  });

  test('counts in steps where there are no epochs', () => {
    assert.deepEqual(summary('loss', [2, 1], 'step').bestAt, { unit: 'step', position: 20 });
    assert.equal(summary('loss', [2, 1], 'nothing').bestAt, null);
  });
});
