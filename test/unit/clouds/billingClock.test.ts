import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BillingClock } from '../../clouds/base/billingClock.js';

const hour = 3600;

test('a machine is charged from its start to its stop', () => {
  const clock = { seconds: 100 };
  const billing = new BillingClock(clock);
  billing.start('a', 'gpu', 2);
  clock.seconds += hour / 2;
  assert.equal(billing.chargedUsd('a'), 1);
  billing.stop('a', 'gpu');
  clock.seconds += hour;
  assert.equal(billing.chargedUsd('a'), 1);
  assert.deepEqual(billing.open, []);
});

test('several charges of a resource add up and end apart', () => {
  const clock = { seconds: 0 };
  const billing = new BillingClock(clock);
  billing.start('a', 'gpu', 3);
  billing.start('a', 'disk', 0.5);
  clock.seconds += hour;
  billing.stop('a', 'gpu');
  clock.seconds += hour;
  assert.equal(billing.chargedUsd('a'), 3 + 2 * 0.5);
  assert.deepEqual(billing.open, [{ resourceId: 'a', charge: 'disk', usdPerHour: 0.5, sinceSeconds: 0 }]);
  billing.stop('a');
  billing.stop('a');
  assert.deepEqual(billing.open, []);
});

test('a new price counts from when it was set', () => {
  const clock = { seconds: 0 };
  const billing = new BillingClock(clock);
  billing.start('a', 'disk', 1);
  clock.seconds += hour;
  billing.start('a', 'disk', 4);
  clock.seconds += hour;
  assert.equal(billing.chargedUsd('a'), 5);
});

test('begun periods are charged whole where the cloud does so', () => {
  const clock = { seconds: 0 };
  const billing = new BillingClock(clock, { periodSeconds: 60 });
  billing.start('a', 'gpu', 60);
  clock.seconds += 61;
  assert.equal(billing.chargedUsd('a'), 2);
  billing.stop('a');
  assert.equal(billing.chargedUsd('a'), 2);
});

test('the total is what all resources cost, with what was booked at once and what was refunded', () => {
  const clock = { seconds: 0 };
  const billing = new BillingClock(clock);
  billing.start('a', 'gpu', 1);
  billing.start('ip', 'ip', 2);
  clock.seconds += hour;
  billing.book('a', 24);
  billing.book('a', -23);
  assert.equal(billing.chargedUsd('a'), 2);
  assert.equal(billing.chargedUsd('never seen'), 0);
  assert.equal(billing.totalUsd, 4);
});
