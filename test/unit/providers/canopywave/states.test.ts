import assert from 'node:assert/strict';
import { test } from 'node:test';
import { stateOf } from '../../../../src/providers/canopywave/states.js';
import type { InstanceState } from '../../../../src/providers/provider.js';

const expected: Readonly<Record<string, InstanceState>> = {
  ACTIVE: 'running',
  BUILD: 'starting',
  DELETED: 'gone',
  ERROR: 'failed',
  HARD_REBOOT: 'starting',
  MIGRATING: 'running',
  PASSWORD: 'running',
  PAUSED: 'stopped',
  REBOOT: 'starting',
  REBUILD: 'starting',
  RESCUE: 'failed',
  RESIZE: 'starting',
  REVERT_RESIZE: 'starting',
  SHELVED: 'stopped',
  SHELVED_OFFLOADED: 'stopped',
  SHUTOFF: 'stopped',
  SOFT_DELETED: 'gone',
  SUSPENDED: 'stopped',
  UNKNOWN: 'unknown',
  VERIFY_RESIZE: 'running',
};

test('every state of Nova has a meaning, in any case of its letters', () => {
  for (const [word, state] of Object.entries(expected)) {
    assert.equal(stateOf(word), state, word);
    assert.equal(stateOf(word.toLowerCase()), state, word);
  }
});

test('a word that nobody knows is unknown, and never gone', () => {
  for (const word of ['', 'hibernating', 'ACTIVE?', 'constructor', '__proto__', 'gone-ish'])
    assert.equal(stateOf(word), 'unknown', word);
});
