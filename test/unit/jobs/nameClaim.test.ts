import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { test } from 'node:test';
import { NameClaim } from '../../../src/jobs/nameClaim.js';
import { tempDir } from '../../support/tempDir.js';

test('a name belongs to one owner until it is released, and leaves nothing behind', async (t) => {
  const folder = await tempDir(t);
  const first = await NameClaim.take(folder, 'model', 'digits-1');
  assert.ok(first);
  assert.equal(await NameClaim.take(folder, 'model', 'digits-2'), undefined);
  await first.release();
  const second = await NameClaim.take(folder, 'model', 'digits-2');
  assert.ok(second);
  await second.release();
  assert.deepEqual(await readdir(folder), []);
});

test('an owner finds its own name again after a crash', async (t) => {
  const folder = await tempDir(t);
  assert.ok(await NameClaim.take(folder, 'model', 'digits-1'));
  assert.ok(await NameClaim.take(folder, 'model', 'digits-1'));
});
