import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { chooseAxis, MetricSeries, type Axis } from '../../../webview/series.js';

interface Point {
  readonly step?: number;
  readonly epoch?: number;
  readonly time?: number;
  readonly value: number;
}

function series(name: string, points: readonly Point[]): MetricSeries {
  const created = new MetricSeries(name);
  append(created, points);
  return created;
}

function append(target: MetricSeries, points: readonly Point[]): void {
  target.append({
    name: target.name,
    step: Float64Array.from(points, ({ step }) => step ?? NaN),
    epoch: Float64Array.from(points, ({ epoch }) => epoch ?? NaN),
    time: Float64Array.from(points, ({ time }) => time ?? NaN),
    value: Float64Array.from(points, ({ value }) => value),
  });
}

const indices = (of: MetricSeries) => Array.from({ length: of.length }, (_, index) => index);
const values = (of: MetricSeries) => indices(of).map((index) => of.value(index));
const positions = (of: MetricSeries, axis: Axis) => indices(of).map((index) => of.x(index, axis));

describe('MetricSeries', () => {
  it('keeps all points beyond its first capacity', () => {
    const loss = new MetricSeries('loss');
    for (let step = 1; step <= 1000; step++) append(loss, [{ step, value: step / 10 }]);
    assert.equal(loss.length, 1000);
    assert.equal(loss.value(999), 100);
  });

  it('lets a resumed training replace the steps it goes over again', () => {
    const loss = series(
      'loss',
      [10, 20, 30, 40].map((step) => ({ step, value: step })),
    );
    append(loss, [
      { step: 25, value: 1 },
      { step: 35, value: 2 },
    ]);
    assert.deepEqual(positions(loss, 'step'), [10, 20, 25, 35]);
    assert.deepEqual(values(loss), [10, 20, 1, 2]);
  });

  it('takes the later of two values for one epoch', () => {
    const map = series('mAP50', [
      { epoch: 1, value: 0.1 },
      { epoch: 2, value: 0.2 },
      { epoch: 2, value: 0.3 },
    ]);
    assert.deepEqual(values(map), [0.1, 0.3]);
  });

  it('keeps the steps of an epoch when its summary comes without a step', () => {
    const loss = series('loss', [
      { epoch: 1, step: 1, value: 4 },
      { epoch: 1, step: 2, value: 3 },
      { epoch: 1, value: 3.5 },
    ]);
    assert.equal(loss.length, 3);
  });

  it('finds the best point, by the direction of its family, among finite values', () => {
    const points = [3, NaN, 1, 2, Infinity].map((value, index) => ({ epoch: index + 1, value }));
    assert.equal(series('loss', points).bestIndex, 2);
    assert.equal(series('accuracy', points).bestIndex, 0);
    assert.equal(series('lr', points).bestIndex, -1);
    assert.equal(series('loss', points).notFiniteCount, 2);
  });

  it('finds the best anew when it has been replaced', () => {
    const loss = series(
      'loss',
      [3, 2, 1].map((value, index) => ({ epoch: index + 1, value })),
    );
    append(loss, [{ epoch: 3, value: 5 }]);
    assert.equal(loss.bestIndex, 1);
  });

  it('places steps that begin again in every epoch inside their epoch', () => {
    const loss = series(
      'loss',
      [1, 2].flatMap((epoch) => [1, 2, 3, 4].map((step) => ({ epoch, step, value: 1 }))),
    );
    assert.equal(loss.hasSteps, false);
    assert.deepEqual(positions(loss, 'epoch'), [0.25, 0.5, 0.75, 1, 1.25, 1.5, 1.75, 2]);
  });

  it('spreads steps of the whole run over whole epochs', () => {
    const loss = series(
      'loss',
      [10, 20, 30, 40].map((step) => ({ epoch: Math.ceil(step / 20), step, value: 1 })),
    );
    assert.deepEqual(positions(loss, 'epoch'), [0.5, 1, 1.5, 2]);
  });

  it('never goes back in time, whatever the clock of the machine does', () => {
    const loss = series('loss', [
      { epoch: 1, time: 10, value: 1 },
      { epoch: 2, time: 4, value: 1 },
      { epoch: 3, time: 12, value: 1 },
    ]);
    assert.deepEqual(positions(loss, 'time'), [10, 10, 12]);
  });

  it('finds the first point at or behind a position', () => {
    const loss = series(
      'loss',
      [10, 20, 30].map((step) => ({ step, value: 1 })),
    );
    assert.deepEqual(
      [0, 10, 11, 30, 31].map((position) => loss.indexFrom(position, 'step')),
      [0, 0, 1, 2, 3],
    );
  });

  it('says when earlier positions are no longer true', () => {
    const loss = series('loss', [{ epoch: 1, value: 1 }]);
    const before = loss.layout('epoch');
    append(loss, [{ epoch: 2, value: 1 }]);
    assert.equal(loss.layout('epoch'), before);
    append(loss, [{ epoch: 1, value: 3 }]);
    assert.notEqual(loss.layout('epoch'), before);
  });
});

describe('chooseAxis', () => {
  const byStep = series('loss', [{ step: 5, epoch: 1, value: 1 }]);
  const byEpoch = series('val_loss', [{ epoch: 1, value: 1 }]);
  const byNothing = series('custom', [{ value: 1 }]);

  it('counts steps where all lines have them, else epochs, else points', () => {
    assert.equal(chooseAxis([byStep]), 'step');
    assert.equal(chooseAxis([byStep, byEpoch]), 'epoch');
    assert.equal(chooseAxis([byEpoch, byNothing]), 'order');
  });

  it('takes the axis that is wanted where every line has it', () => {
    const timed = series('loss', [{ step: 5, epoch: 1, time: 3, value: 1 }]);
    assert.equal(chooseAxis([timed], 'time'), 'time');
    assert.equal(chooseAxis([timed, byStep], 'time'), 'step');
    assert.equal(chooseAxis([byStep], 'epoch'), 'epoch');
  });
});
