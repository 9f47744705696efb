import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { MinMaxBuckets } from '../../../webview/minMaxBuckets.js';

describe('MinMaxBuckets', () => {
  it('keeps few points exactly', () => {
    const buckets = new MinMaxBuckets(8);
    const points = [1, 2, 5, 5.5, 9].map((x) => ({ x, y: x * 10 }));
    for (const { x, y } of points) buckets.add(x, y);
    assert.deepEqual(buckets.toPoints(), points);
  });

  it('draws at most two points a bucket and loses no extreme', () => {
    const buckets = new MinMaxBuckets(64);
    for (let x = 1; x <= 100_000; x++) buckets.add(x, x === 70_001 ? 50 : x === 31_234 ? -50 : Math.sin(x));
    const points = buckets.toPoints();
    assert.ok(points.length <= 128 && points.length > 32, `${points.length} points`);
    assert.ok(points.some(({ x, y }) => x === 70_001 && y === 50));
    assert.ok(points.some(({ x, y }) => x === 31_234 && y === -50));
  });

  it('keeps the order of x', () => {
    const buckets = new MinMaxBuckets(16);
    for (let x = 0; x < 1000; x += 0.37) buckets.add(x, Math.cos(x * 3));
    const xs = buckets.toPoints().map(({ x }) => x);
    assert.deepEqual(
      xs,
      [...xs].sort((a, b) => a - b),
    );
  });

  it('breaks the line where values are not finite and says where', () => {
    const buckets = new MinMaxBuckets(8);
    for (const [x, y] of [
      [1, 1],
      [2, NaN],
      [3, Infinity],
      [4, 4],
    ] as const) {
      buckets.add(x, y);
    }
    assert.deepEqual(buckets.toPoints(), [
      { x: 1, y: 1 },
      { x: 2, y: NaN },
      { x: 3, y: NaN },
      { x: 4, y: 4 },
    ]);
    assert.deepEqual(buckets.brokenAt(), [2, 3]);
  });

  it('remembers a gap when buckets merge', () => {
    const buckets = new MinMaxBuckets(4);
    for (let x = 1; x <= 64; x++) buckets.add(x, x === 20 ? NaN : x);
    assert.equal(buckets.brokenAt().length, 1);
    assert.equal(buckets.toPoints().filter(({ y }) => Number.isNaN(y)).length, 1);
  });
});
