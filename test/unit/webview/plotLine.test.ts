import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { bucketsFor, PlotLine, type PlotWindow } from '../../../webview/plotLine.js';
import { MetricSeries } from '../../../webview/series.js';

function line(values: readonly number[]): PlotLine {
  const created = new PlotLine(new MetricSeries('loss'));
  add(created, 1, values);
  return created;
}

const whole: PlotWindow = { axis: 'epoch', capacity: 128, smoothing: 0, range: null };

function add(target: PlotLine, firstEpoch: number, values: readonly number[]): void {
  target.series.append({
    name: 'loss',
    step: Float64Array.from(values, () => NaN),
    epoch: Float64Array.from(values, (_, index) => firstEpoch + index),
    time: Float64Array.from(values, () => NaN),
    value: Float64Array.from(values),
  });
}

describe('PlotLine', () => {
  it('adds what is new behind what was drawn', () => {
    const loss = line([3, 2]);
    loss.points(whole);
    add(loss, 3, [1]);
    assert.deepEqual(
      loss.points(whole).map(({ x, y }) => [x, y]),
      [
        [1, 3],
        [2, 2],
        [3, 1],
      ],
    );
  });

  it('starts over when a resumed training has replaced points', () => {
    const loss = line([3, 2, 1]);
    loss.points(whole);
    add(loss, 2, [9]);
    assert.deepEqual(
      loss.points(whole).map(({ x, y }) => [x, y]),
      [
        [1, 3],
        [2, 9],
      ],
    );
  });

  it('draws of a range what is in it, and one point on each side for the lines that lead there', () => {
    const loss = line([5, 4, 3, 2, 1]);
    const seen = loss.points({ ...whole, range: { from: 2.5, to: 3.5 } });
    assert.deepEqual(
      seen.map(({ x }) => x),
      [2, 3, 4],
    );
  });

  it('shows a range of a long training in full detail', () => {
    const long = line(Array.from({ length: 50_000 }, (_, index) => Math.sin(index)));
    const seen = long.points({ ...whole, range: { from: 20_001, to: 20_050 } });
    assert.deepEqual([seen.length, seen[0]?.x, seen.at(-1)?.x], [51, 20_000, 20_050]);
  });

  it('keeps the running mean of what comes before a range', () => {
    const loss = line([8, 0, 0, 0]);
    loss.points({ ...whole, smoothing: 0.5 });
    const all = loss.smoothed()?.map(({ y }) => y);
    loss.points({ ...whole, smoothing: 0.5, range: { from: 3, to: 4 } });
    assert.deepEqual(
      loss.smoothed()?.map(({ y }) => y),
      all?.slice(1),
    );
    assert.deepEqual(loss.points(whole).length, 4);
    assert.equal(loss.smoothed(), null);
  });

  it('draws at most two points a pixel, whatever the width', () => {
    const long = line(Array.from({ length: 50_000 }, (_, index) => Math.sin(index)));
    for (const widthPx of [260, 700, 1150]) {
      assert.ok(long.points({ ...whole, capacity: bucketsFor(widthPx) }).length <= 2 * widthPx);
    }
  });
});
