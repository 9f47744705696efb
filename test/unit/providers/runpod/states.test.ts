import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { stateOf } from '../../../../src/providers/runpod/states.js';

describe('stateOf', () => {
  it('knows every status of a pod', () => {
    const states = ['PROVISIONING', 'STARTING', 'RUNNING', 'EXITED', 'ERROR', 'TERMINATED'].map((status) =>
      stateOf(status, false),
    );
    assert.deepEqual(states, ['starting', 'starting', 'running', 'stopped', 'failed', 'gone']);
  });

  it('takes a spot pod that has exited for one that was taken back', () => {
    assert.equal(stateOf('EXITED', true), 'interrupted');
    assert.equal(stateOf('RUNNING', true), 'running');
  });

  it('takes a word it does not know for unknown, and an absent one too', () => {
    for (const word of ['HIBERNATING', '', 'DELETED']) assert.equal(stateOf(word, false), 'unknown');
  });
});
