import assert from 'node:assert/strict';
import { test } from 'node:test';
import { lanes, waitOf } from '../../../../src/providers/vast/intervals.js';

test('the wait is a fifth longer than the interval that a refusal names', () => {
  assert.equal(waitOf({ text: 'API requests too frequent: endpoint threshold=4.5' }), 5400);
  assert.equal(waitOf({ text: '{"detail":"API requests too frequent endpoint threshold=2.0"}' }), 2400);
  assert.equal(waitOf({ text: 'API requests too frequent' }), undefined);
  assert.equal(waitOf({ text: '' }), undefined);
});

test('gaps are a fifth longer than the published intervals', () => {
  assert.deepEqual([lanes.accept, lanes.show, lanes.destroy, lanes.ssh], [5400, 2400, 3600, 1200]);
});
