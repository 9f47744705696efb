import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Countdown } from '../../../../src/remote/ssh/countdown.js';

test('it calls back once when the time is up', (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  let calls = 0;
  new Countdown(1000, () => (calls += 1));
  t.mock.timers.tick(999);
  assert.equal(calls, 0);
  t.mock.timers.tick(5000);
  assert.equal(calls, 1);
});

test('while a person is asked something no time passes, and afterwards there is the full time', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  let calls = 0;
  const countdown = new Countdown(1000, () => (calls += 1));
  t.mock.timers.tick(900);
  const answer = await countdown.pausedWhile(() => {
    t.mock.timers.tick(60_000);
    return Promise.resolve('yes');
  });
  t.mock.timers.tick(999);
  assert.deepEqual([answer, calls], ['yes', 0]);
  t.mock.timers.tick(1);
  assert.equal(calls, 1);
});

test('once stopped it never calls back, not even after a question', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const countdown = new Countdown(1000, () => assert.fail('it was stopped'));
  await countdown.pausedWhile(() => {
    countdown.stop();
    return Promise.resolve();
  });
  t.mock.timers.tick(5000);
});
