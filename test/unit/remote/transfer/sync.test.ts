import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { appendFileSync } from 'node:fs';
import {
  chmod,
  link,
  mkdir,
  open,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  symlink,
  truncate,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { createServer } from 'node:net';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { Writable } from 'node:stream';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { ConnectionError, InputError, MachineError } from '../../../../src/errors.js';
import type { Host, HostProcess, Program } from '../../../../src/remote/host.js';
import { LocalHost } from '../../../../src/remote/localHost.js';
import {
  syncDataset,
  syncFolder,
  type SyncProgress,
  type SyncResult,
} from '../../../../src/remote/transfer/sync.js';
import { LimitedHost } from '../../../support/limitedHost.js';
import { tempDir } from '../../../support/tempDir.js';
import { never, runtime, TransferFixture, transferFixture } from '../../../support/transferFixture.js';
import { makeHostileTree, noise, sha256, snapshotTree } from '../../../support/trees.js';

const run = promisify(execFile);

test('a dataset arrives byte for byte, whatever its files are called', async (t) => {
  const fixture = await transferFixture(t);
  await makeHostileTree(fixture.here);
  const result = await fixture.dataset();
  assert.deepEqual(await snapshotTree(result.path), await snapshotTree(fixture.here));
  assert.equal(dirname(result.path), join(fixture.host.root, 'datasets'));
});

test('a dataset that is there is not sent again, and leaves nothing unfinished', async (t) => {
  const fixture = await transferFixture(t);
  await writeFile(join(fixture.here, 'data.csv'), 'a,b\n');
  const first = await fixture.dataset();
  const again = await fixture.dataset();
  assert.deepEqual([first.files, first.sent, first.bytes], [1, 1, 4]);
  assert.deepEqual([again.files, again.sent, again.bytes], [1, 0, 0]);
  assert.equal(again.path, first.path);
  assert.deepEqual((await readdir(join(fixture.host.root, 'datasets'))).sort(), [
    first.hash,
    `${first.hash}.manifest`,
  ]);
});

test('a dataset is named by its content, not by times or by where it stands', async (t) => {
  const fixture = await transferFixture(t);
  await writeFile(join(fixture.here, 'a'), 'one');
  const first = await fixture.dataset();
  await utimes(join(fixture.here, 'a'), 1, 1);
  assert.equal((await fixture.dataset()).hash, first.hash);
  await chmod(join(fixture.here, 'a'), 0o755);
  assert.notEqual((await fixture.dataset()).hash, first.hash);
});

test('only what changed travels to a new version of a dataset', async (t) => {
  const fixture = await transferFixture(t);
  for (let i = 0; i < 20; i += 1) await writeFile(join(fixture.here, `file${i}`), noise(50_000, i + 1));
  await fixture.dataset();
  await writeFile(join(fixture.here, 'file7'), 'changed');
  await rename(join(fixture.here, 'file8'), join(fixture.here, 'renamed'));
  await writeFile(join(fixture.here, 'copy of 9'), noise(50_000, 10));
  const result = await fixture.dataset();
  assert.deepEqual([result.sent, result.bytes], [1, 7]);
  assert.deepEqual(await snapshotTree(result.path), await snapshotTree(fixture.here));
});

test('a copy of a file within the folder is sent once', async (t) => {
  const fixture = await transferFixture(t);
  await writeFile(join(fixture.here, 'a'), noise(400_000));
  await mkdir(join(fixture.here, 'sub'));
  await writeFile(join(fixture.here, 'sub', 'a'), noise(400_000));
  await writeFile(join(fixture.here, 'executable a'), noise(400_000), { mode: 0o755 });
  const result = await fixture.dataset();
  assert.deepEqual([result.sent, result.bytes], [1, 400_000]);
  assert.deepEqual(await snapshotTree(result.path), await snapshotTree(fixture.here));
});

test('a dataset that was damaged on the machine is made whole in place', async (t) => {
  const fixture = await transferFixture(t);
  await writeFile(join(fixture.here, 'kept'), 'kept');
  await writeFile(join(fixture.here, 'damaged'), 'right');
  const { path } = await fixture.dataset();
  await writeFile(join(path, 'damaged'), 'wrong');
  await writeFile(join(path, 'labels.cache'), 'made by a training');
  const result = await fixture.dataset();
  assert.equal(result.sent, 1);
  assert.equal(await readFile(join(path, 'damaged'), 'utf8'), 'right');
  assert.equal(await readFile(join(path, 'labels.cache'), 'utf8'), 'made by a training');
});

test('a damaged dataset gives none of its damage to another one', async (t) => {
  const fixture = await transferFixture(t);
  await writeFile(join(fixture.here, 'shared'), 'right');
  const { path } = await fixture.dataset();
  await writeFile(join(path, 'shared'), 'wrong');
  await writeFile(join(fixture.here, 'more'), 'more');
  const result = await fixture.dataset();
  assert.equal(await readFile(join(result.path, 'shared'), 'utf8'), 'right');
});

test('a mirror becomes the folder, with what the folder lacks deleted', async (t) => {
  const fixture = await transferFixture(t);
  await makeHostileTree(fixture.here);
  await writeFile(join(fixture.there, 'extra'), 'extra');
  await mkdir(join(fixture.there, 'extra folder', 'deep'), { recursive: true });
  await mkdir(join(fixture.there, 'run.sh', 'was a folder'), { recursive: true });
  await writeFile(join(fixture.there, 'empty'), 'was a file');
  await fixture.mirror();
  assert.deepEqual(await snapshotTree(fixture.there), await snapshotTree(fixture.here));
  const times = await Promise.all([fixture.here, fixture.there].map((top) => stat(join(top, 'run.sh'))));
  assert.equal(times[0]?.mtimeMs, times[1]?.mtimeMs);
  assert.deepEqual([(await fixture.mirror()).sent, (await fixture.mirror()).bytes], [0, 0]);
});

test('a renamed folder of a mirror is sent once', async (t) => {
  const fixture = await transferFixture(t);
  await mkdir(join(fixture.here, 'old'));
  await writeFile(join(fixture.here, 'old', 'big'), noise(300_000));
  await fixture.mirror();
  await rename(join(fixture.here, 'old'), join(fixture.here, 'new'));
  assert.equal((await fixture.mirror()).bytes, 0);
  assert.deepEqual(await snapshotTree(fixture.there), await snapshotTree(fixture.here));
});

test('a mirror writes through no link that stands on the machine', async (t) => {
  const fixture = await transferFixture(t);
  const outside = join(dirname(fixture.there), 'outside');
  await mkdir(outside);
  await writeFile(join(outside, 'file'), 'untouched');
  await symlink(outside, join(fixture.there, 'folder'));
  await symlink(join(outside, 'file'), join(fixture.there, 'file'));
  await mkdir(join(fixture.here, 'folder'));
  await writeFile(join(fixture.here, 'folder', 'file'), 'mine');
  await writeFile(join(fixture.here, 'file'), 'mine');
  await fixture.mirror();
  assert.deepEqual(await readdir(outside), ['file']);
  assert.equal(await readFile(join(outside, 'file'), 'utf8'), 'untouched');
  assert.deepEqual(await snapshotTree(fixture.there), await snapshotTree(fixture.here));
});

test('a mirror notices a file changed on the machine with its size kept', async (t) => {
  const fixture = await transferFixture(t);
  await writeFile(join(fixture.here, 'file'), 'right');
  await fixture.mirror();
  await writeFile(join(fixture.there, 'file'), 'wrong');
  await fixture.mirror();
  assert.equal(await readFile(join(fixture.there, 'file'), 'utf8'), 'right');
});

test('the home folder is never mirrored over', async (t) => {
  const fixture = await transferFixture(t);
  for (const precious of ['/', '~/', homedir(), dirname(homedir())])
    await assert.rejects(
      syncFolder(fixture.host, runtime, fixture.source, precious, {}, never),
      (error) => error instanceof InputError && error.message.includes('home folder'),
    );
});

test('what .trainyardignore and the usual junk name stays here', async (t) => {
  const fixture = await transferFixture(t);
  await mkdir(join(fixture.here, '__pycache__'));
  await writeFile(join(fixture.here, '__pycache__', 'x.pyc'), '');
  await writeFile(join(fixture.here, '.trainyardignore'), '*.tmp\n');
  await writeFile(join(fixture.here, 'a.tmp'), '');
  await writeFile(join(fixture.here, 'kept'), '');
  const { path } = await fixture.dataset();
  assert.deepEqual(await readdir(path), ['kept']);
});

test('a link out of the folder is refused with its path and target', async (t) => {
  const fixture = await transferFixture(t);
  for (const target of ['../secret', '/etc/passwd', 'sub/../../secret']) {
    await symlink(target, join(fixture.here, 'leak'));
    await assert.rejects(
      fixture.dataset(),
      (error) =>
        error instanceof InputError &&
        error.message.includes(join(fixture.here, 'leak')) &&
        error.message.includes(target),
    );
    await rm(join(fixture.here, 'leak'));
  }
});

test('a link that leaves the folder only through another link is refused', async (t) => {
  const fixture = await transferFixture(t);
  await mkdir(join(fixture.here, 'a', 'b'), { recursive: true });
  await symlink('../..', join(fixture.here, 'a', 'b', 'top'));
  await symlink('a/b/top/../there', join(fixture.here, 'leak'));
  await assert.rejects(fixture.dataset(), InputError);
});

test('an absolute link into the folder arrives as a relative one', async (t) => {
  const fixture = await transferFixture(t);
  await mkdir(join(fixture.here, 'sub'));
  await writeFile(join(fixture.here, 'file'), 'content');
  await symlink(join(fixture.here, 'file'), join(fixture.here, 'sub', 'link'));
  const { path } = await fixture.dataset();
  assert.equal(await readFile(join(path, 'sub', 'link'), 'utf8'), 'content');
  assert.equal((await snapshotTree(path))['sub/link'], 'link ../file');
});

test('sockets and pipes are refused with their path', async (t) => {
  const fixture = await transferFixture(t);
  await run('mkfifo', [join(fixture.here, 'pipe')]);
  await assert.rejects(fixture.dataset(), /here\/pipe is a socket, pipe or device/);
  await rm(join(fixture.here, 'pipe'));
  const server = createServer().listen(join(fixture.here, 'socket'));
  t.after(() => server.close());
  await assert.rejects(fixture.dataset(), /here\/socket is a socket, pipe or device/);
});

test('a folder that is missing, or a file, is refused', async (t) => {
  const fixture = await transferFixture(t);
  await rm(fixture.here, { recursive: true });
  await assert.rejects(fixture.dataset(), InputError);
  await writeFile(fixture.here, 'a file');
  await assert.rejects(fixture.dataset(), InputError);
});

test('a file that changes while it is sent is read again', async (t) => {
  const fixture = await transferFixture(t);
  const file = join(fixture.here, 'growing');
  await writeFile(file, noise(9_000_000));
  const grow = onceWhile('sending', () => appendFileSync(file, 'more'));
  const result = await fixture.mirror({ onProgress: grow });
  assert.equal(result.files, 1);
  assert.deepEqual(await snapshotTree(fixture.there), await snapshotTree(fixture.here));
});

test('a file that never comes to rest is given up with its name, and nothing there changes', async (t) => {
  const fixture = await transferFixture(t);
  const file = join(fixture.here, 'growing');
  await writeFile(file, noise(9_000_000));
  await assert.rejects(
    fixture.mirror({ onProgress: () => appendFileSync(file, 'more') }),
    (error) => error instanceof InputError && error.message.startsWith(`${file} changes while it is read`),
  );
  assert.deepEqual(await readdir(fixture.there), ['.trainyard-partial']);
});

test('a remembered hash that is wrong is noticed when the file is read to be sent', async (t) => {
  const fixture = await transferFixture(t);
  for (const name of ['file', 'other']) {
    await writeFile(join(fixture.here, name), name);
    await utimes(join(fixture.here, name), 1000, 1000);
  }
  const { hash } = await fixture.dataset();
  const cacheDir = join(fixture.source.cacheDir, 'hashes');
  const [ledger = ''] = await readdir(cacheDir);
  const lines = await readFile(join(cacheDir, ledger), 'utf8');
  await writeFile(join(cacheDir, ledger), lines.replace(sha256('file'), sha256('another')));
  assert.equal((await fixture.dataset()).hash, hash);
});

test('content that is not what its times say is found by the machine and read again', async (t) => {
  const fixture = await transferFixture(t);
  const file = join(fixture.here, 'file');
  await writeFile(file, 'first');
  await utimes(file, 1000, 1000);
  const { hash } = await fixture.dataset();
  const cacheDir = join(fixture.source.cacheDir, 'hashes');
  const [cache = ''] = await readdir(cacheDir);
  const lines = await readFile(join(cacheDir, cache), 'utf8');
  await writeFile(join(cacheDir, cache), lines.replace(sha256('first'), sha256('other')));
  await rm(join(fixture.host.root, 'datasets'), { recursive: true });
  const again = await fixture.dataset();
  assert.equal(again.hash, hash);
  assert.equal(await readFile(join(again.path, 'file'), 'utf8'), 'first');
});

test('a large file that is not what its times say is found out by the machine and sent again', async (t) => {
  const fixture = await transferFixture(t);
  const file = join(fixture.here, 'model');
  await writeFile(file, noise(3_000_000));
  await utimes(file, 1000, 1000);
  const first = await fixture.dataset();
  const cacheDir = join(fixture.source.cacheDir, 'hashes');
  const [cache = ''] = await readdir(cacheDir);
  const lines = await readFile(join(cacheDir, cache), 'utf8');
  await writeFile(join(cacheDir, cache), lines.replace(sha256(noise(3_000_000)), sha256('another')));
  await rm(join(fixture.host.root, 'datasets'), { recursive: true });
  await rm(join(fixture.source.cacheDir, 'sent'), { recursive: true });
  await writeFile(join(fixture.here, 'first'), 'read before the machine is heard');
  const again = await fixture.dataset();
  assert.equal(again.bytes, 6_000_032);
  assert.deepEqual(await snapshotTree(again.path), await snapshotTree(fixture.here));
  await rm(join(fixture.here, 'first'));
  assert.equal((await fixture.dataset()).hash, first.hash);
});

test('a part of an earlier upload that was damaged on the machine is sent again', async (t) => {
  const fixture = await transferFixture(t);
  await writeFile(join(fixture.here, 'big'), noise(8_000_000));
  const ending = new AbortController();
  const onProgress = ({ phase, bytes }: SyncProgress): void => {
    if (phase === 'sending' && bytes > 5_000_000) ending.abort();
  };
  await assert.rejects(fixture.dataset({ onProgress }, ending.signal), { name: 'AbortError' });
  const datasets = join(fixture.host.root, 'datasets');
  const [stage = ''] = await readdir(datasets);
  const [part = ''] = await readdir(join(datasets, stage, 'parts'));
  const handle = await open(join(datasets, stage, 'parts', part), 'r+');
  await handle.write('damaged', 1_000_000);
  await handle.close();
  const { path } = await fixture.dataset();
  assert.deepEqual(await snapshotTree(path), await snapshotTree(fixture.here));
});

test('hashes are remembered while size, times and inode stay, and not for files that just changed', async (t) => {
  const fixture = await transferFixture(t);
  await writeFile(join(fixture.here, 'settled'), 'old');
  await utimes(join(fixture.here, 'settled'), 1000, 1000);
  await writeFile(join(fixture.here, 'fresh'), 'new');
  await fixture.dataset();
  const [cache = ''] = await readdir(join(fixture.source.cacheDir, 'hashes'));
  const lines = await readFile(join(fixture.source.cacheDir, 'hashes', cache), 'utf8');
  assert.match(lines, /settled/);
  assert.doesNotMatch(lines, /fresh/);
});

test('several syncs of one dataset at once end with one whole dataset', async (t) => {
  const fixture = await transferFixture(t);
  // An empty machine is sent everything unasked, by each that found it so.
  const before = new TransferFixture(await tempDir(t), fixture.host);
  await mkdir(before.here);
  await before.dataset();
  for (let i = 0; i < 200; i += 1) await writeFile(join(fixture.here, `file${i}`), noise(20_000, i + 1));
  await writeFile(join(fixture.here, 'big'), noise(3_000_000, 999));
  const phases: SyncProgress['phase'][] = [];
  const onProgress = ({ phase }: SyncProgress): unknown => phases.push(phase);
  const results = await Promise.all([1, 2, 3].map(() => fixture.dataset({ onProgress })));
  assert.equal(new Set(results.map(({ path }) => path)).size, 1);
  assert.equal(
    results.reduce((sum, { sent }) => sum + sent, 0),
    201,
    'each file travels once',
  );
  assert.ok(phases.includes('waiting'));
  assert.deepEqual(await snapshotTree(results[0]?.path ?? ''), await snapshotTree(fixture.here));
});

test('a sync that was broken off anywhere goes on, and sends a large file from where it stood', async (t) => {
  const fixture = await transferFixture(t);
  await writeFile(join(fixture.here, 'big'), noise(8_000_000));
  await writeFile(join(fixture.here, 'another'), noise(100_000, 2));
  const ending = new AbortController();
  const onProgress = ({ phase, bytes }: SyncProgress): void => {
    if (phase === 'sending' && bytes > 5_000_000) ending.abort();
  };
  await assert.rejects(fixture.dataset({ onProgress }, ending.signal), { name: 'AbortError' });
  const result = await fixture.dataset();
  assert.ok(result.bytes < 6_000_000, `${result.bytes} bytes went in the second try`);
  assert.deepEqual(await snapshotTree(result.path), await snapshotTree(fixture.here));
});

test('a sync whose program is killed while it gives names goes on, and sends nothing twice', async (t) => {
  for (const [last, isMirror] of [
    ['self.dress_folders(tree)', false],
    ['self.dress_folders(tree)', true],
    ['os.rename(tree, path)', false],
  ] as const) {
    const fixture = await transferFixture(t);
    await writeFile(join(fixture.here, 'big'), noise(3_000_000));
    await writeFile(join(fixture.here, 'small'), noise(100_000, 2));
    const killed = new KilledHost(fixture.host.root, last);
    const sync = (host: Host): Promise<SyncResult> =>
      isMirror
        ? syncFolder(host, runtime, fixture.source, fixture.there, {}, never)
        : syncDataset(host, runtime, fixture.source, {}, never);
    await assert.rejects(sync(killed), ConnectionError);
    const { path, bytes } = await sync(fixture.host);
    assert.equal(bytes, 0);
    assert.deepEqual(await snapshotTree(path), await snapshotTree(fixture.here));
  }
});

test('what was kept of a file is not believed when it is no longer its beginning', async (t) => {
  const fixture = await transferFixture(t);
  await writeFile(join(fixture.here, 'big'), noise(4_000_000));
  const { hash, path } = await fixture.dataset();
  await rm(join(fixture.host.root, 'datasets'), { recursive: true });
  await mkdir(`${path}.partial`, { recursive: true });
  await writeFile(join(`${path}.partial`, `${sha256(noise(4_000_000))}.part`), Buffer.alloc(2_000_000));
  const result = await fixture.dataset();
  assert.deepEqual([result.hash, result.bytes], [hash, 4_000_000]);
  assert.deepEqual(await snapshotTree(path), await snapshotTree(fixture.here));
});

test('a hard link to a remembered file and a sparse file arrive as files', async (t) => {
  const fixture = await transferFixture(t);
  await writeFile(join(fixture.here, 'a'), 'twice');
  await link(join(fixture.here, 'a'), join(fixture.here, 'b'));
  await writeFile(join(fixture.here, 'sparse'), '');
  await truncate(join(fixture.here, 'sparse'), 5_000_000);
  const { path } = await fixture.dataset();
  assert.deepEqual(await snapshotTree(path), await snapshotTree(fixture.here));
});

test('a full disk is one sentence with the bytes, and the previous mirror stays whole', async (t) => {
  const fixture = await transferFixture(
    t,
    (top) => new LimitedHost(new LocalHost({ root: join(top, 'root') }), 1_000_000),
  );
  await writeFile(join(fixture.here, 'small'), 'before');
  await fixture.mirror();
  await writeFile(join(fixture.here, 'small'), 'after');
  await writeFile(join(fixture.here, 'big'), noise(3_000_000));
  const before = await snapshotTree(fixture.there);
  await assert.rejects(
    fixture.mirror(),
    (error) =>
      error instanceof MachineError &&
      /too full for .*2\.9 MB are needed and .* are free/.test(error.message),
  );
  const { small } = await snapshotTree(fixture.there);
  assert.equal(small, before.small);
});

test('a sender that fell silent is given up there, and the next one goes on', async (t) => {
  const fixture = await transferFixture(t);
  await writeFile(join(fixture.here, 'big'), noise(4_000_000));
  let passed = 0;
  const silenced = new ImpatientHost(fixture.host.root, (piece, stdin) => {
    passed += piece.length;
    if (passed <= 2_000_000) stdin.write(piece);
  });
  const sync = (host: Host): Promise<SyncResult> =>
    syncFolder(host, runtime, fixture.source, fixture.there, {}, never);
  await assert.rejects(sync(silenced), ConnectionError);
  const result = await sync(fixture.host);
  assert.ok(result.bytes < 4_000_000);
  assert.deepEqual(await snapshotTree(fixture.there), await snapshotTree(fixture.here));
});

test('a sender over a slow line is not silent, however long a piece takes', async (t) => {
  const fixture = await transferFixture(t);
  await writeFile(join(fixture.here, 'file'), noise(150_000));
  const slow = new ImpatientHost(fixture.host.root, async (piece, stdin) => {
    for (let at = 0; at < piece.length; at += 8_000) {
      await new Promise((resolve) => setTimeout(resolve, 100));
      stdin.write(piece.subarray(at, at + 8_000));
    }
  });
  await syncFolder(slow, runtime, fixture.source, fixture.there, {}, never);
  assert.deepEqual(await snapshotTree(fixture.there), await snapshotTree(fixture.here));
});

test('a program that fails is reported with what it said', async (t) => {
  const fixture = await transferFixture(t);
  const broken = new OtherProgramHost(fixture.host.root, 'raise SystemExit("no luck")');
  await assert.rejects(
    syncFolder(broken, runtime, fixture.source, fixture.there, {}, never),
    (error) => error instanceof MachineError && error.message.includes('no luck'),
  );
});

/** This computer, running another program than the one it is given. */
class OtherProgramHost extends LocalHost {
  readonly #source: string;

  constructor(root: string, source: string) {
    super({ root });
    this.#source = source;
  }

  override python(program: Program, signal: AbortSignal): Promise<HostProcess> {
    return super.python({ ...program, source: this.#source }, signal);
  }
}

/** This computer, where the program that receives is killed before a line of it. */
class KilledHost extends LocalHost {
  readonly #line: string;

  constructor(root: string, line: string) {
    super({ root });
    this.#line = line;
  }

  override python(program: Program, signal: AbortSignal): Promise<HostProcess> {
    const source = program.source.replace(` ${this.#line}\n`, ' os.kill(os.getpid(), signal.SIGKILL)\n');
    assert.notEqual(source, program.source);
    return super.python({ ...program, source }, signal);
  }
}

function onceWhile(awaited: SyncProgress['phase'], act: () => void): (progress: SyncProgress) => void {
  let isDone = false;
  return ({ phase }) => {
    if (phase !== awaited || isDone) return;
    isDone = true;
    act();
  };
}

/** A machine that soon takes silence for the sender's end, over a line that carries what it likes of each piece. */
class ImpatientHost extends LocalHost {
  readonly #carry: (piece: Buffer, stdin: Writable) => Promise<void> | void;

  constructor(root: string, carry: (piece: Buffer, stdin: Writable) => Promise<void> | void) {
    super({ root });
    this.#carry = carry;
  }

  override async python(program: Program, signal: AbortSignal): Promise<HostProcess> {
    const source = program.source.replace('SILENCE_SECONDS = 20', 'SILENCE_SECONDS = 1');
    const process = await super.python({ ...program, source }, signal);
    const stdin = new Writable({
      // A copy: once this is done, the memory is the writer's again.
      write: (piece: Buffer, _encoding, done) =>
        void Promise.resolve(this.#carry(Buffer.from(piece), process.stdin)).then(() => done(), done),
    });
    return { ...process, stdin };
  }
}
