import assert from 'node:assert/strict';
import { test } from 'node:test';
import { busyLanes, laneCount } from '../../../../src/remote/transfer/laneCount.js';
import { LineRate } from '../../../../src/remote/transfer/lineRate.js';

test('a slow line keeps few streams busy, and a fast one all that its distance asks for', () => {
  for (const roundTripMs of [50, 150]) assert.equal(busyLanes(12.5e6, roundTripMs), 4);
  for (const roundTripMs of [50, 150]) {
    const most = laneCount(roundTripMs);
    // Nine tenths of what so many windows carry.
    const full = ((most * 2 * 1024 * 1024) / roundTripMs) * 900;
    assert.ok(busyLanes(full, roundTripMs) >= most);
  }
});

test('a line that is filled with what few streams carry gets more of them', () => {
  const roundTripMs = 50;
  let busy = 4;
  for (let step = 0; step < 3; step += 1)
    busy = busyLanes(((busy * 2 * 1024 * 1024) / roundTripMs) * 900, roundTripMs);
  assert.ok(busy >= laneCount(roundTripMs), `${busy}`);
});

test('the rate of a line is that of the last window, and pauses are not of it', () => {
  const rate = new LineRate(500);
  assert.equal(rate.taken(1_000, 0), false);
  assert.equal(rate.bytesPerSecond, undefined);
  rate.rested();
  assert.equal(rate.taken(0, 10_000), false);
  assert.equal(rate.taken(2_000_000, 10_500), true);
  assert.equal(rate.bytesPerSecond, 4_000_000);
});
