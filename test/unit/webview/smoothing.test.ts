import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { RunningMean } from '../../../webview/smoothing.js';

function means(weight: number, values: readonly number[]): number[] {
  const mean = new RunningMean(weight);
  return values.map((value) => mean.next(value));
}

describe('the running mean', () => {
  it('is the value itself without a weight', () => {
    assert.deepEqual(means(0, [3, 1, 4]), [3, 1, 4]);
  });

  it('begins at the first value, not at zero', () => {
    assert.deepEqual(
      means(0.9, [5, 5, 5]).map((value) => Number(value.toFixed(9))),
      [5, 5, 5],
    );
  });

  it('lets earlier values fade', () => {
    const [first, second, third] = means(0.5, [6, 0, 0]);
    assert.equal(first, 6);
    assert.equal(second, 2);
    assert.ok(third !== undefined && third > 0 && third < 1);
  });

  it('passes over what is not a number', () => {
    assert.deepEqual(means(0.5, [2, NaN, Infinity, 2]), [2, NaN, Infinity, 2]);
  });
});
