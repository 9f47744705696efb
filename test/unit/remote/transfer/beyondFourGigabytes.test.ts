import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, open, readdir, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { fetchFile } from '../../../../src/remote/transfer/fetch.js';
import type { SyncProgress } from '../../../../src/remote/transfer/sync.js';
import { type CleanUp, removeFolder } from '../../../support/tempDir.js';
import { never, runtime, TransferFixture } from '../../../support/transferFixture.js';
import { noise } from '../../../support/trees.js';

/** Further than 32 bits count. What is before it is zeros, which take no room on the disk. */
const tailAt = 2 ** 32 + 4321;
const tail = noise(3_000_001);
const size = tailAt + tail.length;
const blockBytes = 1024 * 1024;

/** In memory where there is such a place: what a disk reads of a hole is written to its cache, which takes longer. */
async function largeFixture(test: CleanUp): Promise<TransferFixture> {
  const memory = '/dev/shm';
  const top = await mkdtemp(join(existsSync(memory) ? memory : tmpdir(), 'trainyard-'));
  test.after(() => removeFolder(top));
  const fixture = new TransferFixture(top);
  await mkdir(fixture.here);
  await mkdir(fixture.there);
  return fixture;
}

async function makeLargeFile(path: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const handle = await open(path, 'w');
  await handle.write(tail, 0, tail.length, tailAt);
  await handle.close();
}

async function assertLargeFile(path: string): Promise<void> {
  const handle = await open(path);
  const read = Buffer.alloc(tail.length + 1000);
  const { bytesRead } = await handle.read(read, 0, read.length, tailAt - 500);
  assert.equal((await handle.stat()).size, size);
  await handle.close();
  assert.ok(read.subarray(0, bytesRead).equals(Buffer.concat([Buffer.alloc(500), tail])));
}

test('a download goes on behind 4 GiB', async (t) => {
  const fixture = await largeFixture(t);
  const paths = { remotePath: join(fixture.there, 'model.pt'), localPath: join(fixture.here, 'model.pt') };
  await makeLargeFile(paths.remotePath);
  await writeFile(`${paths.localPath}.part`, '');
  await truncate(`${paths.localPath}.part`, 2 ** 32 - 1_000_000);
  const { bytes } = await fetchFile(fixture.host, runtime, paths, {}, never);
  assert.equal(bytes, size);
  await assertLargeFile(paths.localPath);
});

test('an upload goes on behind 4 GiB, where blocks are missing', async (t) => {
  const fixture = await largeFixture(t);
  await makeLargeFile(join(fixture.here, 'model.pt'));
  const ending = new AbortController();
  const onProgress = ({ phase, bytes }: SyncProgress): void => {
    if (phase === 'sending' && bytes > 3_000_000) ending.abort();
  };
  await assert.rejects(fixture.dataset({ onProgress }, ending.signal), { name: 'AbortError' });

  // As after nearly all of it had arrived.
  const datasets = join(fixture.host.root, 'datasets');
  const [stage = ''] = await readdir(datasets);
  const parts = join(datasets, stage, 'parts');
  const part = (await readdir(parts)).find((name) => !name.endsWith('.done')) ?? '';
  const blocks = Math.floor(2 ** 32 / blockBytes) - 1;
  await truncate(join(parts, part), blocks * blockBytes);
  await writeFile(join(parts, `${part}.done`), '1'.repeat(blocks));

  const { path, bytes } = await fixture.dataset();
  assert.equal(bytes, size - blocks * blockBytes);
  await assertLargeFile(join(path, 'model.pt'));
});
