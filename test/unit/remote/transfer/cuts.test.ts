import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Readable, Writable } from 'node:stream';
import { test } from 'node:test';
import { ConnectionError } from '../../../../src/errors.js';
import type { Exit, HostProcess, Program } from '../../../../src/remote/host.js';
import { LocalHost } from '../../../../src/remote/localHost.js';
import { fetchFile } from '../../../../src/remote/transfer/fetch.js';
import { never, runtime, type TransferFixture, transferFixture } from '../../../support/transferFixture.js';
import { noise, sha256, snapshotTree } from '../../../support/trees.js';

// Where python3 is a script that looks for the real one, as pyenv's is, each start would take three times as long.
const python = execFileSync('python3', ['-c', 'import sys; print(sys.executable)'], {
  encoding: 'utf8',
}).trim();

const cutsEachWay = 100;
/** Several machines at once, since most of a cut is waiting for the next program. */
const atOnce = 4;
const treeBytes = 2_500_000 + 30 * 15_000;
/** What one cut may cost again: a slab or a block that was under way, and the telling. */
const againBytes = 1_700_000;

test('an upload that is cut at a hundred random bytes arrives whole', async (t) => {
  await Promise.all(
    Array.from({ length: atOnce }, async () => {
      const fixture = await transferFixture(t, (top) => new CutHost(join(top, 'root')));
      const host = fixture.host as CutHost;
      await writeFile(join(fixture.here, 'big'), noise(2_500_000));
      for (let i = 0; i < 30; i += 1) await writeFile(join(fixture.here, `small${i}`), noise(15_000, i + 2));
      const expected = await snapshotTree(fixture.here);
      for (let left = cutsEachWay / atOnce; left > 0;) {
        const cuts = await untilWhole(host, left, () => fixture.dataset());
        left -= cuts;
        const { path, sent } = await uncut(host, () => fixture.dataset());
        assert.equal(sent, 0);
        assert.deepEqual(await snapshotTree(path), expected, host.said);
        assert.ok(host.passed.up < treeBytes + 100_000 + (cuts + 1) * againBytes, host.said);
        await forget(fixture, path);
      }
    }),
  );
});

test('a download that is cut at a hundred random bytes comes home whole', async (t) => {
  await Promise.all(
    Array.from({ length: atOnce }, async () => {
      const fixture = await transferFixture(t, (top) => new CutHost(join(top, 'root')));
      const host = fixture.host as CutHost;
      const model = noise(2_500_000);
      const paths = { remotePath: join(fixture.there, 'model'), localPath: join(fixture.here, 'model') };
      await writeFile(paths.remotePath, model);
      for (let left = cutsEachWay / atOnce; left > 0;) {
        left -= await untilWhole(host, left, () => fetchFile(host, runtime, paths, {}, never));
        assert.equal(sha256(await readFile(paths.localPath)), sha256(model), host.said);
        assert.ok(host.passed.down < model.length + 500_000, host.said);
        await rm(paths.localPath);
        host.forget();
      }
    }),
  );
});

/** @returns how often it was cut; at most that often */
async function untilWhole(
  host: CutHost,
  mostCuts: number,
  transfer: () => Promise<unknown>,
): Promise<number> {
  for (let cuts = 0; ; cuts += 1) {
    host.cutsAfter = cuts < mostCuts ? Math.floor(Math.random() * treeBytes) : Number.POSITIVE_INFINITY;
    try {
      await transfer();
      return cuts;
    } catch (error) {
      assert.ok(error instanceof ConnectionError, String(error));
    }
  }
}

function uncut<T>(host: CutHost, transfer: () => Promise<T>): Promise<T> {
  host.cutsAfter = Number.POSITIVE_INFINITY;
  return transfer();
}

/** The machine has nothing any more, and we do not remember that it had. */
async function forget(fixture: TransferFixture, dataset: string): Promise<void> {
  await rm(dirname(dataset), { recursive: true });
  await rm(join(fixture.source.cacheDir, 'sent'), { recursive: true });
  (fixture.host as CutHost).forget();
}

/** This computer over a line that breaks once so many bytes have passed, those of both ways counted together. */
class CutHost extends LocalHost {
  cutsAfter = Number.POSITIVE_INFINITY;
  passed = { up: 0, down: 0 };
  #tried: number[] = [];

  constructor(root: string) {
    super({ root, python });
  }

  /** For a test that fails. */
  get said(): string {
    return `cut after ${this.#tried.join(', ')}; ${this.passed.up} bytes up, ${this.passed.down} down`;
  }

  forget(): void {
    this.passed = { up: 0, down: 0 };
    this.#tried = [];
  }

  override async python(program: Program, signal: AbortSignal): Promise<HostProcess> {
    const inner = await super.python(program, signal);
    this.#tried.push(this.cutsAfter);
    let left = this.cutsAfter;
    let lose: (exit: Exit) => void = () => undefined;
    const lost = new Promise<Exit>((resolve) => (lose = resolve));
    const stdout = new Readable({ read: () => inner.stdout.resume() });
    const stdin = new Writable({
      write: (chunk: Buffer, _encoding, done) => {
        const passing = take(chunk, 'up');
        if (passing.length === 0) done();
        else inner.stdin.write(passing, () => done());
      },
    });
    const take = (chunk: Buffer, way: 'up' | 'down'): Buffer => {
      const passing = chunk.subarray(0, Math.min(left, chunk.length));
      left -= passing.length;
      this.passed[way] += passing.length;
      if (left === 0) cut();
      return passing;
    };
    const cut = (): void => {
      lose({ kind: 'lost', error: new ConnectionError('The line was cut.', 'lost') });
      setImmediate(() => {
        inner.stdin.destroy();
        inner.stdout.resume();
        stdin.destroy();
        if (!stdout.readableEnded) stdout.push(null);
      });
    };
    inner.stdout.on('data', (chunk: Buffer) => {
      if (left > 0 && !stdout.push(take(chunk, 'down'))) inner.stdout.pause();
    });
    inner.stdout.once('end', () => left > 0 && stdout.push(null));
    return { ...inner, stdin, stdout, exit: Promise.race([inner.exit, lost]) };
  }
}
