import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import ssh2 from 'ssh2';
import { ensureKey, newPrivateKey } from '../../../../src/remote/ssh/newKey.js';
import { tempDir } from '../../../support/tempDir.js';

const run = promisify(execFile);

test('makes a key that OpenSSH reads, and nobody else may', async (t) => {
  const file = join(await tempDir(t), 'id_ed25519');
  const line = await ensureKey(file);
  assert.equal((await run('ssh-keygen', ['-y', '-f', file])).stdout.trim(), line);
  assert.equal((await stat(file)).mode & 0o777, 0o600);
});

test('keeps the key that is there, and agrees when several make it at once', async (t) => {
  const file = join(await tempDir(t), 'id_ed25519');
  const lines = await Promise.all(Array.from({ length: 8 }, () => ensureKey(file)));
  assert.equal(new Set(lines).size, 1);
  const before = await readFile(file, 'utf8');
  assert.equal(await ensureKey(file), lines[0]);
  assert.equal(await readFile(file, 'utf8'), before);
});

test('makes no key in two thousand that cannot be read', () => {
  for (let made = 0; made < 2000; made += 1) {
    assert.ok(!(ssh2.utils.parseKey(newPrivateKey()) instanceof Error));
  }
});

test('says so when something else stands in its place', async (t) => {
  const file = join(await tempDir(t), 'id_ed25519');
  await writeFile(file, 'not a key');
  await assert.rejects(ensureKey(file));
});
