import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SshEndpoint } from '../../../src/remote/host.js';
import { sshCommand } from '../../../src/views/sshCommand.js';

const endpoint = (overrides: Partial<SshEndpoint> = {}): SshEndpoint => ({
  kind: 'ssh',
  host: 'gpu1',
  port: 22,
  user: 'me',
  identityFiles: [],
  ...overrides,
});

test('the usual port is left out', () => {
  assert.equal(sshCommand(endpoint()), 'ssh me@gpu1');
});

test('port and keys are named', () => {
  const command = sshCommand(endpoint({ port: 2222, identityFiles: ['/keys/id'] }));
  assert.equal(command, 'ssh -p 2222 -i /keys/id me@gpu1');
});

test('a path with a space or a quote is quoted', () => {
  const command = sshCommand(endpoint({ identityFiles: ["/keys/my 'own' key"] }));
  assert.equal(command, `ssh -i '/keys/my '\\''own'\\'' key' me@gpu1`);
});

test('jump hosts come in the order of the way', () => {
  const first = endpoint({ host: 'gate' });
  const second = endpoint({ host: '::1', port: 2200, via: first });
  assert.equal(sshCommand(endpoint({ via: second })), "ssh -J 'me@gate:22,me@[::1]:2200' me@gpu1");
});
