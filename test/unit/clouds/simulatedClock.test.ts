import assert from 'node:assert/strict';
import { test } from 'node:test';
import { History } from '../../clouds/base/history.js';
import { SimulatedClock } from '../../clouds/base/simulatedClock.js';
import { waitFor } from '../../support/waitFor.js';

test('the time of a cloud passes as fast as its scale, and stops with it', async () => {
  const clock = new SimulatedClock(0.001);
  const heard: string[] = [];
  clock.after(20, () => heard.push('twenty'));
  const takeBack = clock.after(10, () => heard.push('ten'));
  takeBack();
  await waitFor('20 seconds', () => heard.length > 0);
  assert.ok(clock.seconds >= 20);
  assert.deepEqual(heard, ['twenty']);
  clock.after(1, () => heard.push('never'));
  clock.stop();
  await waitFor('some time', () => clock.seconds > 60);
  assert.deepEqual(heard, ['twenty']);
});

test('a list that lags shows how it was', async () => {
  const clock = new SimulatedClock(0.001);
  const history = new History(clock, 'empty');
  const before = clock.seconds;
  await waitFor('some time', () => clock.seconds > before + 100);
  history.keep('one machine');
  assert.equal(history.ago(0), 'one machine');
  assert.equal(history.ago(clock.seconds - before), 'empty');
  assert.equal(history.ago(1e9), 'empty');
});
