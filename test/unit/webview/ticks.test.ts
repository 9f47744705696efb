import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { roundTicks, timeTicks } from '../../../webview/ticks.js';

describe('roundTicks', () => {
  it('gives round positions inside the range', () => {
    assert.deepEqual(roundTicks(1, 20, 6), [5, 10, 15, 20]);
    assert.deepEqual(roundTicks(1, 100_000, 7), [20_000, 40_000, 60_000, 80_000, 100_000]);
  });

  it('gives whole numbers while there are any to choose from', () => {
    assert.deepEqual(roundTicks(1, 3, 10), [1, 2, 3]);
  });

  it('divides a range smaller than one', () => {
    assert.deepEqual(roundTicks(0, 0.4, 4), [0, 0.1, 0.2, 0.30000000000000004, 0.4]);
  });

  it('gives the only position of a range without length', () => {
    assert.deepEqual(roundTicks(7, 7, 5), [7]);
  });
});

describe('timeTicks', () => {
  it('divides time as a clock does', () => {
    assert.deepEqual(timeTicks(0, 100, 5), [0, 30, 60, 90]);
    assert.deepEqual(timeTicks(0, 7200, 5), [0, 1800, 3600, 5400, 7200]);
    assert.deepEqual(timeTicks(0, 4 * 86_400, 4), [0, 86_400, 172_800, 259_200, 345_600]);
  });
});
