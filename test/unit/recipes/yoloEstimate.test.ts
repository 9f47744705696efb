import assert from 'node:assert/strict';
import { test } from 'node:test';
import { estimateLoad, type Load } from '../../../src/recipes/yolo/estimate.js';

const coco: Load = { size: 's', imgsz: 640, batch: 16, epochs: 300, trainImages: 118_287, cacheBytes: 0 };
const hoursOf = (load: Partial<Load>): number => {
  const { gpu, other } = estimateLoad({ ...coco, ...load }).hours ?? { gpu: 0, other: 0 };
  return gpu + other;
};

test('the published time for COCO is expected for COCO', () => {
  assert.ok(Math.abs(hoursOf({}) - 48) < 1);
  assert.ok(Math.abs(hoursOf({ size: 'x' }) - 8 * 24) < 1);
});

test('the time grows with images, epochs and their area', () => {
  assert.ok(hoursOf({ trainImages: 1_000 }) < hoursOf({ trainImages: 10_000 }));
  assert.ok(hoursOf({ epochs: 10 }) < hoursOf({ epochs: 100 }));
  assert.ok(Math.abs(hoursOf({ imgsz: 1280 }) / hoursOf({}) - 4) < 0.1);
});

test('without images nobody can tell how long it takes', () => {
  assert.equal(estimateLoad({ ...coco, trainImages: 0 }).hours, undefined);
});
