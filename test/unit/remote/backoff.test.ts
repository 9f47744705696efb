import assert from 'node:assert/strict';
import { test } from 'node:test';
import { delay } from '../../../src/delay.js';
import { AuthError, ConnectionError } from '../../../src/errors.js';
import { backoffMs, retryConnection } from '../../../src/remote/backoff.js';

const never = new AbortController().signal;
const unreachable = (): ConnectionError => new ConnectionError('Nothing answers.', 'connect');

test('the waits double up to half a minute and differ by chance', () => {
  const longest = [1, 2, 3, 4, 5, 6, 7, 8, 1000].map((attempt) => backoffMs(attempt, () => 1));
  assert.deepEqual(longest, [500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000]);
  assert.equal(
    backoffMs(3, () => 0),
    1000,
  );
});

test('a machine that cannot be reached is tried until it answers', async () => {
  const attempts: number[] = [];
  const answer = await retryConnection(
    () => (attempts.length < 3 ? Promise.reject(unreachable()) : Promise.resolve('yes')),
    { signal: never, timeScale: 0.001, onRetry: (_error, _delayMs, attempt) => attempts.push(attempt) },
  );
  assert.equal(answer, 'yes');
  assert.deepEqual(attempts, [1, 2, 3]);
});

test('a connection that held starts the waits anew when it is lost', async () => {
  const attempts: number[] = [];
  const errors = [unreachable(), unreachable(), new ConnectionError('Lost.', 'lost')];
  await retryConnection(
    async () => {
      const error = errors.shift();
      if (error?.phase === 'lost') await delay(10, never);
      if (error) throw error;
    },
    { signal: never, timeScale: 0.001, onRetry: (_error, _delayMs, attempt) => attempts.push(attempt) },
  );
  assert.deepEqual(attempts, [1, 2, 1]);
});

test('another error is not tried again', async () => {
  const refused = new AuthError('Refused.');
  await assert.rejects(
    retryConnection(() => Promise.reject(refused), { signal: never }),
    refused,
  );
});

test('giving up ends the wait', async () => {
  const abort = new AbortController();
  const retrying = retryConnection(() => Promise.reject(unreachable()), {
    signal: abort.signal,
    timeScale: 1000,
    onRetry: () => abort.abort(),
  });
  await assert.rejects(retrying, { name: 'AbortError' });
});
