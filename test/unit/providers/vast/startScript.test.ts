import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { InputError } from '../../../../src/errors.js';
import { startScript } from '../../../../src/providers/vast/startScript.js';
import { tempDir } from '../../../support/tempDir.js';

const key = `ssh-ed25519 ${'A'.repeat(68)}`;

test('run twice it lets the key in once, and starts the boot line each time', async (t) => {
  const home = await tempDir(t);
  const script = startScript(key, 'echo "up again" >> "$HOME/boots"').replace(
    '/etc/environment',
    '~/environment',
  );
  for (let boot = 0; boot < 2; boot += 1)
    await promisify(execFile)('/bin/sh', ['-c', script], { env: { HOME: home, PATH: process.env.PATH } });
  const lines = (await readFile(join(home, '.ssh', 'authorized_keys'), 'utf8')).split('\n');
  assert.deepEqual(
    lines.filter((line) => line !== ''),
    [key],
  );
  assert.equal(await readFile(join(home, 'boots'), 'utf8'), 'up again\nup again\n');
  assert.match(await readFile(join(home, 'environment'), 'utf8'), /^HOME=/m);
  await readFile(join(home, '.no_auto_tmux'));
});

test('a boot line of the greatest length fits, and nothing longer than Vast.ai takes', () => {
  assert.ok(startScript(key, 'x'.repeat(3400)).length <= 4048);
  assert.throws(() => startScript(key, 'x'.repeat(4000)), InputError);
  assert.doesNotMatch(startScript(key, null), /null|undefined/);
});

test('only a bare key gets into it', () => {
  for (const bad of [
    '',
    'ssh-ed25519',
    `${key} me@laptop`,
    `${key}"; reboot`,
    `${key}\nssh-rsa AAAA`,
    'ssh-ed25519 $(id)',
  ])
    assert.throws(() => startScript(bad, null), InputError, bad);
});
