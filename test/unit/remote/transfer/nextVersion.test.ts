import assert from 'node:assert/strict';
import { lstat, mkdir, readdir, rename, rm, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { test } from 'node:test';
import type { HostProcess, Program } from '../../../../src/remote/host.js';
import { LocalHost } from '../../../../src/remote/localHost.js';
import type { SyncProgress } from '../../../../src/remote/transfer/sync.js';
import type { CleanUp } from '../../../support/tempDir.js';
import { type TransferFixture, transferFixture } from '../../../support/transferFixture.js';
import { noise, snapshotTree } from '../../../support/trees.js';

const count = 600;

test('of what is as it was no more is told than where it stood', async (t) => {
  const { fixture, host } = await manyFiles(t);
  const first = await fixture.dataset();
  const wholeBytes = host.takeBytes();
  await writeFile(join(fixture.here, 'sub', 'file7'), 'changed');
  const second = await fixture.dataset();
  assert.deepEqual(await snapshotTree(second.path), await snapshotTree(fixture.here));
  assert.deepEqual([second.sent, second.files], [1, count]);
  const changeBytes = host.takeBytes();
  assert.ok(changeBytes < wholeBytes / 4, `${changeBytes} bytes for a change, ${wholeBytes} for all of it`);
  const [before, after] = await Promise.all(
    [first.path, second.path].map((path) => lstat(join(path, 'sub', 'file9'))),
  );
  assert.equal(after?.ino, before?.ino, 'the same file');
});

test('files that go, come or move change no other', async (t) => {
  const { fixture } = await manyFiles(t);
  await fixture.dataset();
  await rm(join(fixture.here, 'sub', 'file501'));
  await writeFile(join(fixture.here, 'sub', 'file501 and a half'), 'new');
  await rename(join(fixture.here, 'other', 'file4'), join(fixture.here, 'sub', 'moved'));
  await mkdir(join(fixture.here, 'empty'));
  const { path, sent } = await fixture.dataset();
  assert.equal(sent, 1);
  assert.deepEqual(await snapshotTree(path), await snapshotTree(fixture.here));
  // What was only deleted leaves nothing to tell but the rest.
  await rm(join(fixture.here, 'other'), { recursive: true });
  const { path: last } = await fixture.dataset();
  assert.deepEqual(await snapshotTree(last), await snapshotTree(fixture.here));
});

test('a dataset that is as it was is left as it is', async (t) => {
  const { fixture, host } = await manyFiles(t);
  const first = await fixture.dataset();
  const manifest = await lstat(`${first.path}.manifest`);
  host.takeBytes();
  const again = await fixture.dataset();
  assert.deepEqual([again.path, again.sent, again.bytes], [first.path, 0, 0]);
  assert.equal((await lstat(`${first.path}.manifest`)).ino, manifest.ino);
  assert.deepEqual(await readdir(join(host.root, 'datasets')), [first.hash, `${first.hash}.manifest`].sort());
});

test('a machine that lost the last version is told all of the next one', async (t) => {
  const { fixture, host } = await manyFiles(t);
  await fixture.dataset();
  await rm(join(host.root, 'datasets'), { recursive: true });
  await writeFile(join(fixture.here, 'sub', 'file7'), 'changed');
  const { path, sent } = await fixture.dataset();
  assert.ok(sent >= count, `${sent} files`);
  assert.deepEqual(await snapshotTree(path), await snapshotTree(fixture.here));
});

test('a last version that somebody touched is looked through, and nothing of that gets into the next one', async (t) => {
  const { fixture } = await manyFiles(t);
  const { path: touched } = await fixture.dataset();
  await writeFile(join(touched, 'sub', 'file13'), 'something else');
  await rm(join(touched, 'other', 'file2'));
  await writeFile(join(fixture.here, 'sub', 'file7'), 'changed');
  const { path, sent } = await fixture.dataset();
  assert.ok(sent <= 4, `${sent} files`);
  assert.deepEqual(await snapshotTree(path), await snapshotTree(fixture.here));
});

test('a last version that somebody touched is mended when it is wanted again', async (t) => {
  const { fixture } = await manyFiles(t);
  const { path } = await fixture.dataset();
  await rm(join(path, 'other', 'file2'));
  const again = await fixture.dataset();
  assert.deepEqual([again.path, again.sent], [path, 1]);
  assert.deepEqual(await snapshotTree(path), await snapshotTree(fixture.here));
});

test('what an upload left that was cut is not in the next version when it went here meanwhile', async (t) => {
  const { fixture } = await manyFiles(t);
  await fixture.dataset();
  await writeFile(join(fixture.here, 'sub', 'gone soon'), noise(100_000));
  await writeFile(join(fixture.here, 'sub', 'large'), noise(12_000_000));
  await writeFile(join(fixture.here, 'other', 'late'), noise(100_000, 2));
  const cut = new AbortController();
  const onProgress = ({ phase, bytes }: SyncProgress): void => {
    if (phase === 'sending' && bytes > 6_000_000) cut.abort();
  };
  await assert.rejects(fixture.dataset({ onProgress }, cut.signal), { name: 'AbortError' });
  await rm(join(fixture.here, 'sub', 'gone soon'));
  const { path } = await fixture.dataset();
  assert.deepEqual(await snapshotTree(path), await snapshotTree(fixture.here));
});

/** A folder of many small files that are older than what is remembered, and a machine that counts. */
async function manyFiles(
  test: CleanUp,
): Promise<{ readonly fixture: TransferFixture; readonly host: CountingHost }> {
  const fixture = await transferFixture(test, (top) => new CountingHost({ root: join(top, 'root') }));
  for (const folder of ['other', 'sub']) await mkdir(join(fixture.here, folder));
  for (let made = 0; made < count; made += 1) {
    const path = join(fixture.here, made % 2 === 0 ? 'other' : 'sub', `file${made}`);
    await writeFile(path, `content ${made}`);
    await utimes(path, 1_000, 1_000);
  }
  for (const folder of ['other', 'sub']) await utimes(join(fixture.here, folder), 1_000, 1_000);
  return { fixture, host: fixture.host as CountingHost };
}

class CountingHost extends LocalHost {
  #bytes = 0;

  /** How many went to programs since this was asked last. */
  takeBytes(): number {
    const bytes = this.#bytes;
    this.#bytes = 0;
    return bytes;
  }

  override async python(program: Program, signal: AbortSignal): Promise<HostProcess> {
    const inner = await super.python(program, signal);
    const stdin = new Writable({
      write: (chunk: Buffer, _encoding, done) => {
        this.#bytes += chunk.length;
        inner.stdin.write(chunk, () => done());
      },
    });
    return { ...inner, stdin };
  }
}
