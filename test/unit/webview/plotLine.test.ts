import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { bucketsFor, PlotLine } from '../../../webview/plotLine.js';
import { MetricSeries } from '../../../webview/series.js';

function line(values: readonly number[]): PlotLine {
  const created = new PlotLine(new MetricSeries('loss'));
  add(created, 1, values);
  return created;
}

function add(target: PlotLine, firstEpoch: number, values: readonly number[]): void {
  target.series.append({
    name: 'loss',
    step: Float64Array.from(values, () => NaN),
    epoch: Float64Array.from(values, (_, index) => firstEpoch + index),
    value: Float64Array.from(values),
  });
}

describe('PlotLine', () => {
  it('adds what is new behind what was drawn', () => {
    const loss = line([3, 2]);
    loss.points('epoch', 128);
    add(loss, 3, [1]);
    assert.deepEqual(
      loss.points('epoch', 128).map(({ x, y }) => [x, y]),
      [
        [1, 3],
        [2, 2],
        [3, 1],
      ],
    );
  });

  it('starts over when a resumed training has replaced points', () => {
    const loss = line([3, 2, 1]);
    loss.points('epoch', 128);
    add(loss, 2, [9]);
    assert.deepEqual(
      loss.points('epoch', 128).map(({ x, y }) => [x, y]),
      [
        [1, 3],
        [2, 9],
      ],
    );
  });

  it('draws at most two points a pixel, whatever the width', () => {
    const long = line(Array.from({ length: 50_000 }, (_, index) => Math.sin(index)));
    for (const widthPx of [260, 700, 1150]) {
      assert.ok(long.points('epoch', bucketsFor(widthPx)).length <= 2 * widthPx);
    }
  });
});
