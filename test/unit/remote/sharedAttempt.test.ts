import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SharedAttempt } from '../../../src/remote/sharedAttempt.js';

const never = new AbortController().signal;

/** An attempt whose end the test decides, and how often it was begun and given up. */
function controlled(): {
  attempt: SharedAttempt<string>;
  begun: () => number;
  abandoned: () => number;
  end: (outcome: string | Error) => void;
} {
  let [begun, abandoned] = [0, 0];
  let end: (outcome: string | Error) => void = () => undefined;
  const attempt = new SharedAttempt<string>((signal) => {
    begun += 1;
    signal.addEventListener('abort', () => (abandoned += 1));
    return new Promise((resolve, reject) => {
      end = (outcome) => (outcome instanceof Error ? reject(outcome) : resolve(outcome));
    });
  });
  return { attempt, begun: () => begun, abandoned: () => abandoned, end: (outcome) => end(outcome) };
}

test('all who join get the outcome of one attempt', async () => {
  const { attempt, begun, abandoned, end } = controlled();
  const joined = [attempt.join(never), attempt.join(never)];
  end('done');
  assert.deepEqual(await Promise.all(joined), ['done', 'done']);
  assert.deepEqual([begun(), abandoned()], [1, 0]);
});

test('the attempt goes on while one still waits, and is given up with the last', async () => {
  const { attempt, abandoned } = controlled();
  const [first, second] = [new AbortController(), new AbortController()];
  const joined = [attempt.join(first.signal), attempt.join(second.signal)];
  first.abort();
  await assert.rejects(joined[0] ?? Promise.resolve(), { name: 'AbortError' });
  assert.equal(abandoned(), 0);
  second.abort();
  await assert.rejects(joined[1] ?? Promise.resolve(), { name: 'AbortError' });
  assert.equal(abandoned(), 1);
});

test('after a failure the next to join begins anew', async () => {
  const { attempt, begun, end } = controlled();
  const failing = attempt.join(never);
  end(new Error('no'));
  await assert.rejects(failing, /no/);
  const again = attempt.join(never);
  end('yes');
  assert.equal(await again, 'yes');
  assert.equal(begun(), 2);
});
