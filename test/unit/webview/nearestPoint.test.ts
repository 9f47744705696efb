import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { nearestPoint } from '../../../webview/nearestPoint.js';

const points = [10, 20, 30, 40].map((x) => ({ x, y: x === 20 ? NaN : 1 }));

describe('nearestPoint', () => {
  it('finds the closest on either side and at the ends', () => {
    assert.deepEqual(
      [0, 24, 36, 99].map((x) => nearestPoint(points, x)),
      [0, 2, 3, 3],
    );
  });

  it('leaves gaps out', () => {
    assert.equal(nearestPoint(points, 19), 0);
    assert.equal(nearestPoint([{ x: 1, y: NaN }], 1), -1);
  });

  it('finds nothing among nothing', () => {
    assert.equal(nearestPoint([], 5), -1);
  });
});
