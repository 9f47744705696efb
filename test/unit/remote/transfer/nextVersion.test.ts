import assert from 'node:assert/strict';
import { chmod, lstat, mkdir, readdir, rename, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import type { HostProcess, Program } from '../../../../src/remote/host.js';
import { LocalHost } from '../../../../src/remote/localHost.js';
import type { SyncProgress } from '../../../../src/remote/transfer/sync.js';
import type { CleanUp } from '../../../support/tempDir.js';
import { type TransferFixture, transferFixture } from '../../../support/transferFixture.js';
import { noise, snapshotTree } from '../../../support/trees.js';
import { waitFor } from '../../../support/waitFor.js';
import { withWatchedInput } from '../../../support/watchedInput.js';

const count = 600;

for (const standsBy of [false, true]) {
  describe(standsBy ? 'what stood by long enough to link files ahead' : 'what begins at once', () => {
    test('of what is as it was no more is told than where it stood', async (t) => {
      const { fixture, host } = await manyFiles(t, standsBy);
      const first = await fixture.dataset();
      const wholeBytes = host.takeBytes();
      await writeFile(join(fixture.here, 'sub', 'file7'), 'changed');
      const second = await fixture.dataset();
      assert.deepEqual(await snapshotTree(second.path), await snapshotTree(fixture.here));
      assert.deepEqual([second.sent, second.files], [1, count]);
      const changeBytes = host.takeBytes();
      assert.ok(
        changeBytes < wholeBytes / 4,
        `${changeBytes} bytes for a change, ${wholeBytes} for all of it`,
      );
      const [before, after] = await Promise.all(
        [first.path, second.path].map((path) => lstat(join(path, 'sub', 'file9'))),
      );
      assert.equal(after?.ino, before?.ino, 'the same file');
    });

    test('files that go, come or move change no other', async (t) => {
      const { fixture } = await manyFiles(t, standsBy);
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
      const { fixture, host } = await manyFiles(t, standsBy);
      const first = await fixture.dataset();
      const manifest = await lstat(`${first.path}.manifest`);
      host.takeBytes();
      const again = await fixture.dataset();
      assert.deepEqual([again.path, again.sent, again.bytes], [first.path, 0, 0]);
      assert.equal((await lstat(`${first.path}.manifest`)).ino, manifest.ino);
    });

    test('a machine that lost the last version is told all of the next one', async (t) => {
      const { fixture, host } = await manyFiles(t, standsBy);
      await fixture.dataset();
      await rm(join(host.root, 'datasets'), { recursive: true });
      await writeFile(join(fixture.here, 'sub', 'file7'), 'changed');
      const { path, sent } = await fixture.dataset();
      assert.ok(sent >= count, `${sent} files`);
      assert.deepEqual(await snapshotTree(path), await snapshotTree(fixture.here));
    });

    test('a last version that somebody touched is looked through, and nothing of that gets into the next one', async (t) => {
      const { fixture } = await manyFiles(t, standsBy);
      const { path: touched } = await fixture.dataset();
      await writeFile(join(touched, 'sub', 'file13'), 'something else');
      await rm(join(touched, 'other', 'file2'));
      await writeFile(join(fixture.here, 'sub', 'file7'), 'changed');
      const { path, sent } = await fixture.dataset();
      assert.ok(sent <= 4, `${sent} files`);
      assert.deepEqual(await snapshotTree(path), await snapshotTree(fixture.here));
    });

    test('a last version that somebody touched is mended when it is wanted again', async (t) => {
      const { fixture } = await manyFiles(t, standsBy);
      const { path } = await fixture.dataset();
      await rm(join(path, 'other', 'file2'));
      const again = await fixture.dataset();
      assert.deepEqual([again.path, again.sent], [path, 1]);
      assert.deepEqual(await snapshotTree(path), await snapshotTree(fixture.here));
    });

    test('what an upload left that was cut is not in the next version when it went here meanwhile', async (t) => {
      const { fixture } = await manyFiles(t, standsBy);
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

    test('names that stand for something else now get that, and nothing old stays', async (t) => {
      const { fixture } = await manyFiles(t, standsBy);
      const at = (...names: string[]): string => join(fixture.here, ...names);
      await mkdir(at('sub', 'deep'));
      await writeFile(at('sub', 'deep', 'inner'), 'x');
      await symlink('other', at('link'));
      await symlink('file1', at('sub', 'kept link'));
      const before = await fixture.dataset();
      const old = await snapshotTree(before.path);

      await rm(at('link'));
      await mkdir(at('link', 'further'), { recursive: true });
      await writeFile(at('link', 'further', 'file'), 'where a link was');
      await rm(at('sub', 'file1'));
      await mkdir(at('sub', 'file1'));
      await writeFile(at('sub', 'file1', 'file'), 'where a file was');
      await rm(at('sub', 'deep'), { recursive: true });
      await writeFile(at('sub', 'deep'), 'where a folder was');
      await rename(at('sub', 'file7'), at('sub', 'file9'));
      await rm(at('sub', 'file11'));
      await symlink('file13', at('sub', 'file11'));
      // Nothing of it shows but the time that nobody can set.
      await writeFile(at('sub', 'file15'), 'CONTENT 15');
      await utimes(at('sub', 'file15'), 1_000, 1_000);
      await chmod(at('sub', 'file17'), 0o755);
      await rm(at('other'), { recursive: true });
      const { path } = await fixture.dataset();
      assert.deepEqual(await snapshotTree(path), await snapshotTree(fixture.here));
      assert.deepEqual(await snapshotTree(before.path), old, 'the version before is as it was');
    });

    test('a version without a single file of the last one is whole', async (t) => {
      const { fixture } = await manyFiles(t, standsBy);
      await fixture.dataset();
      for (const folder of ['other', 'sub']) await rm(join(fixture.here, folder), { recursive: true });
      await writeFile(join(fixture.here, 'only'), 'x');
      const { path } = await fixture.dataset();
      assert.deepEqual(await snapshotTree(path), await snapshotTree(fixture.here));
    });

    test('nothing but versions stays on the machine, also of what was killed while it stood by', async (t) => {
      const { fixture, host } = await manyFiles(t, standsBy);
      const left = join(host.root, 'datasets', `${'0'.repeat(64)}.ahead-1234.partial`);
      await mkdir(join(left, 'tree'), { recursive: true });
      await writeFile(join(left, 'lock'), '');
      const first = await fixture.dataset();
      await writeFile(join(fixture.here, 'sub', 'file7'), 'changed');
      const second = await fixture.dataset();
      await fixture.dataset();
      const versions = [first, second].flatMap(({ hash }) => [hash, `${hash}.manifest`]).sort();
      await waitFor('the end of what stood by', async () => {
        assert.deepEqual((await readdir(join(host.root, 'datasets'))).sort(), versions);
        return true;
      });
    });
  });
}

/** A folder of many small files that are older than what is remembered, and a machine that counts. */
async function manyFiles(
  test: CleanUp,
  standsBy: boolean,
): Promise<{ readonly fixture: TransferFixture; readonly host: CountingHost }> {
  const fixture = await transferFixture(test, (top) => new CountingHost(join(top, 'root'), standsBy));
  for (const folder of ['other', 'sub']) await mkdir(join(fixture.here, folder));
  for (let made = 0; made < count; made += 1) {
    const path = join(fixture.here, made % 2 === 0 ? 'other' : 'sub', `file${made}`);
    await writeFile(path, `content ${made}`);
    await utimes(path, 1_000, 1_000);
  }
  for (const folder of ['other', 'sub']) await utimes(join(fixture.here, folder), 1_000, 1_000);
  return { fixture, host: fixture.host as CountingHost };
}

/** A machine that counts what it is told, and perhaps hears of the beginning only once it has linked files ahead. */
class CountingHost extends LocalHost {
  readonly #standsBy: boolean;
  #bytes = 0;

  constructor(root: string, standsBy: boolean) {
    super({ root });
    this.#standsBy = standsBy;
  }

  /** How many went to programs since this was asked last. */
  takeBytes(): number {
    const bytes = this.#bytes;
    this.#bytes = 0;
    return bytes;
  }

  override async python(program: Program, signal: AbortSignal): Promise<HostProcess> {
    let isBegun = !this.#standsBy;
    return withWatchedInput(await super.python(program, signal), (piece, letOn) => {
      this.#bytes += piece.length;
      const hasStoodBy = isBegun ? Promise.resolve() : this.#hasLinked();
      isBegun = true;
      void hasStoodBy.then(letOn);
    });
  }

  /** Resolves when all there is to link is linked, as far as that can be. */
  async #hasLinked(): Promise<void> {
    const datasets = join(this.root, 'datasets');
    const names = await readdir(datasets).catch(() => []);
    if (!names.some((name) => name.endsWith('.manifest'))) return;
    let before = -1;
    await waitFor(
      'the last link',
      async () => {
        const [ahead] = (await readdir(datasets)).filter((name) => name.includes('.ahead-'));
        if (ahead === undefined) return false;
        const linked = (await readdir(join(datasets, ahead), { recursive: true })).length;
        const isOver = linked === before;
        before = linked;
        return isOver;
      },
      { intervalMs: 100 },
    );
  }
}
