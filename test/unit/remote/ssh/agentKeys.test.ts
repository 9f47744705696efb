import assert from 'node:assert/strict';
import { test } from 'node:test';
import { agentSocket } from '../../../../src/remote/ssh/agentKeys.js';

test('the agent is where IdentityAgent says, else the environment, and an empty name is none', () => {
  const env = { SSH_AUTH_SOCK: '/run/agent' };
  assert.equal(agentSocket(env, undefined), '/run/agent');
  assert.equal(agentSocket(env, 'SSH_AUTH_SOCK'), '/run/agent');
  assert.equal(agentSocket(env, '/other'), '/other');
  assert.equal(agentSocket(env, 'none'), undefined);
  assert.equal(agentSocket({ SSH_AUTH_SOCK: '' }, undefined), agentSocket({}, undefined));
});
