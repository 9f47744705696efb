import assert from 'node:assert/strict';
import { test } from 'node:test';
import { requestAgain } from '../../../src/jobs/again.js';
import { spec } from './builders.js';

test('a job that runs again asks for all that it asked for before', () => {
  const place = { provider: 'ssh', destination: 'me@gpu1', identityFiles: ['/keys/id'] };
  const limits = { hours: 3, stallMinutes: 20, graceSeconds: 30 };
  assert.deepEqual(requestAgain(spec({ place, limits }), {}), {
    path: '/data/digits',
    name: 'digits',
    recipe: 'script',
    parameters: { epochs: 3 },
    provider: 'ssh:me@gpu1',
    identityFiles: ['/keys/id'],
    hours: 3,
    stallMinutes: 20,
    to: '/data/models',
    checkpoints: true,
    defaultTo: '/data/models',
  });
});

test('what is typed takes the kind of what was there', () => {
  const parameters = { epochs: 3, amp: false, note: 'one' };
  const typed = { epochs: '5', amp: 'yes', note: '7', more: '1' };
  assert.deepEqual(requestAgain(spec({ parameters }), typed).parameters, {
    epochs: 5,
    amp: true,
    note: '7',
    more: '1',
  });
});
