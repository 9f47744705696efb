import assert from 'node:assert/strict';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { UserError } from '../../../src/errors.js';
import { bringFile } from '../../../src/jobs/bringFile.js';
import { never, runtime, transferFixture } from '../../support/transferFixture.js';
import { noise, sha256 } from '../../support/trees.js';

const largeBytes = 32 * 1024 * 1024;

test('a file is brought here whole, and replaces what was there', async (t) => {
  const { host, here, there } = await transferFixture(t);
  const paths = { remotePath: join(there, 'model.pt'), localPath: join(here, 'mine.pt') };
  const content = noise(3_000_000);
  await writeFile(paths.remotePath, content);
  await writeFile(paths.localPath, 'of another day');
  let total: number | null = 0;
  const result = await bringFile(host, runtime, paths, ({ totalBytes }) => (total = totalBytes), never);
  assert.deepEqual([result.sha256, result.bytes, total], [sha256(content), content.length, content.length]);
  assert.ok(content.equals(await readFile(paths.localPath)));
  assert.deepEqual(await readdir(here), ['mine.pt']);
});

test('of a download that is cancelled nothing is left, and what was there stays', async (t) => {
  const { host, here, there } = await transferFixture(t);
  const paths = { remotePath: join(there, 'model.pt'), localPath: join(here, 'mine.pt') };
  await writeFile(paths.remotePath, noise(largeBytes));
  await writeFile(paths.localPath, 'of another day');
  const cancelling = new AbortController();
  const bringing = bringFile(host, runtime, paths, () => cancelling.abort(), cancelling.signal);
  await assert.rejects(bringing, { name: 'AbortError' });
  assert.deepEqual(await readdir(here), ['mine.pt']);
  assert.equal(await readFile(paths.localPath, 'utf8'), 'of another day');
});

test('a file that is not there any more is told in a sentence, and leaves nothing here', async (t) => {
  const { host, here, there } = await transferFixture(t);
  const paths = { remotePath: join(there, 'gone.pt'), localPath: join(here, 'gone.pt') };
  await assert.rejects(
    bringFile(host, runtime, paths, () => undefined, never),
    (error) => error instanceof UserError && error.message.includes('gone.pt'),
  );
  assert.deepEqual(await readdir(here), []);
});
