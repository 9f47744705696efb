import assert from 'node:assert/strict';
import { chmod, mkdir, readdir, readFile, utimes, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { inflateSync } from 'node:zlib';
import { InputError } from '../../../../src/errors.js';
import { silentLogger } from '../../../../src/logger.js';
import { FolderReading } from '../../../../src/remote/transfer/folderReading.js';
import { hashLedgerFile } from '../../../../src/remote/transfer/hashLedger.js';
import type { ReaderOutput, ReadingRequest } from '../../../../src/remote/transfer/readerMessages.js';
import { type CleanUp, tempDir } from '../../../support/tempDir.js';
import { hostileNames, makeHostileTree, noise, sha256 } from '../../../support/trees.js';

interface Source {
  readonly folder: string;
  readonly cacheDir: string;
}

async function emptySource(t: CleanUp): Promise<Source> {
  const top = await tempDir(t);
  await mkdir(join(top, 'folder'));
  return { folder: join(top, 'folder'), cacheDir: join(top, 'cache') };
}

interface Reading {
  readonly hash: string;
  readonly files: number;
  readonly sizeBytes: number;
  /** The entries as the machine is told them: kind, path and the rest. */
  readonly entries: readonly (readonly (string | number)[])[];
}

const requestFor = ({ folder, cacheDir }: Source): ReadingRequest => ({
  folder,
  ignored: [],
  ledgerFile: hashLedgerFile(cacheDir, folder),
  sentFile: join(cacheDir, 'sent'),
  keepsTrees: false,
  usesBase: false,
  distrusted: [],
});

/** Reads the folder for a machine that has something. */
function reading(source: Source): Promise<Reading> {
  const entries: (string | number)[][] = [];
  return new Promise((resolve, reject) => {
    const folderReading = new FolderReading(requestFor(source), silentLogger, (output) => {
      if (output.kind === 'told')
        entries.push(...(JSON.parse(unpacked(output.frame).toString('utf8', 5)) as (string | number)[][]));
      else if (output.kind === 'tree') {
        resolve({ ...output, sizeBytes: output.bytes, entries });
        folderReading.receive({ kind: 'stop' });
      } else if (output.kind === 'failed') reject(new InputError(output.message));
    });
    folderReading.receive({ kind: 'greeted', isEmpty: false });
    void folderReading.run();
  });
}

/** A frame as it was before it was packed, if it was. */
function unpacked(frame: Uint8Array): Buffer {
  const bytes = Buffer.from(frame);
  return bytes.toString('latin1', 0, 1) === 'Z' ? inflateSync(bytes.subarray(5)) : bytes;
}

/** Does it as somebody who may not read everything, also when the tests run as root. */
async function asNobody<T>(action: () => Promise<T>): Promise<T> {
  if (process.geteuid?.() !== 0) return action();
  process.seteuid?.(65_534);
  try {
    return await action();
  } finally {
    process.seteuid?.(0);
  }
}

test('every name is listed as its bytes, folders before what is in them', async (t) => {
  const source = await emptySource(t);
  await makeHostileTree(source.folder);
  const { entries } = await reading(source);
  const paths = entries.map(([, path]) => String(path));
  assert.deepEqual(paths, [...paths].sort());
  for (const name of hostileNames) assert.ok(paths.includes(name), name);
  const folders = new Set(['']);
  for (const [kind, path = ''] of entries) {
    const name = String(path);
    assert.ok(folders.has(name.includes('/') ? dirname(name) : ''), name);
    if (kind === 'd') folders.add(name);
  }
});

test('a file is listed with its size, sha256 and permissions', async (t) => {
  const source = await emptySource(t);
  await writeFile(join(source.folder, 'run.sh'), 'echo', { mode: 0o755 });
  const { entries, files, sizeBytes } = await reading(source);
  const [kind, path, mode, , size, hash] = entries[0] ?? [];
  assert.deepEqual([kind, path, mode, size, hash], ['f', 'run.sh', 0o755, 4, sha256('echo')]);
  assert.deepEqual([files, sizeBytes], [1, 4]);
});

test('folders that hold nothing, and where a line could be drawn otherwise, have different hashes', async (t) => {
  const [a, b, c] = await Promise.all([emptySource(t), emptySource(t), emptySource(t)]);
  await mkdir(join(a.folder, 'empty'));
  await writeFile(join(b.folder, 'a'), 'bc');
  await writeFile(join(c.folder, 'ab'), 'c');
  const hashes = await Promise.all([a, b, c].map(async (each) => (await reading(each)).hash));
  assert.equal(new Set(hashes).size, 3);
});

test('an unreadable file or folder is named', async (t) => {
  const source = await emptySource(t);
  await chmod(dirname(source.folder), 0o755);
  const locked = join(source.folder, 'locked');
  const named = (error: unknown): boolean =>
    error instanceof InputError && error.message.startsWith(`${locked} cannot be read`);
  await writeFile(locked, 'secret', { mode: 0o000 });
  await asNobody(() => assert.rejects(reading(source), named));
  await chmod(locked, 0o644);
  await asNobody(() => reading(source));
});

test('a remembered hash is believed while size, times and inode stay, and no longer', async (t) => {
  const source = await emptySource(t);
  const file = join(source.folder, 'file');
  await writeFile(file, 'content');
  await utimes(file, 1000, 1000);
  const { hash } = await reading(source);
  const [cache = ''] = await readdir(join(source.cacheDir, 'hashes'));
  const cacheFile = join(source.cacheDir, 'hashes', cache);
  const lines = await readFile(cacheFile, 'utf8');
  await writeFile(cacheFile, lines.replace(sha256('content'), sha256('another')));
  assert.notEqual((await reading(source)).hash, hash, 'the file is not read');
  await utimes(file, 1000, 1000);
  assert.equal((await reading(source)).hash, hash, 'its times were set anew: it is read');
});

test('a damaged cache only costs reading again', async (t) => {
  const source = await emptySource(t);
  await writeFile(join(source.folder, 'file'), 'content');
  await utimes(join(source.folder, 'file'), 1000, 1000);
  const { hash } = await reading(source);
  const [cache = ''] = await readdir(join(source.cacheDir, 'hashes'));
  await writeFile(join(source.cacheDir, 'hashes', cache), 'not JSON\n');
  assert.equal((await reading(source)).hash, hash);
});

test('a cache that cannot be written is no reason to fail', async (t) => {
  const source = await emptySource(t);
  await writeFile(source.cacheDir, 'a file where the folder should be');
  await writeFile(join(source.folder, 'file'), 'content');
  assert.equal((await reading(source)).files, 1);
});

test('what was read before it was stopped need not be read again', async (t) => {
  const source = await emptySource(t);
  for (const name of ['a', 'b']) {
    await writeFile(join(source.folder, name), noise(1_000_000, name.charCodeAt(0)));
    await utimes(join(source.folder, name), 1000, 1000);
  }
  const ledgerFile = hashLedgerFile(source.cacheDir, source.folder);
  const stopped = new FolderReading(
    {
      folder: source.folder,
      ignored: [],
      ledgerFile,
      sentFile: join(source.cacheDir, 'sent'),
      keepsTrees: false,
      usesBase: false,
      distrusted: [],
    },
    silentLogger,
    ({ kind }) => {
      if (kind === 'content') stopped.receive({ kind: 'stop' });
    },
  );
  stopped.receive({ kind: 'greeted', isEmpty: true });
  await stopped.run();
  assert.match(await readFile(ledgerFile, 'utf8'), /^\["a"/);
});

const tinyBytes = 100;

async function tinyFiles(t: CleanUp, count: number): Promise<Source> {
  const source = await emptySource(t);
  for (let at = 0; at < count; at += 1)
    await writeFile(join(source.folder, String(at)), String(at).padEnd(tinyBytes));
  return source;
}

type Content = Extract<ReaderOutput, { kind: 'content' }>;

/** What goes of the folder while nothing is answered. */
async function sent(source: Source, isEmpty: boolean): Promise<readonly Content[]> {
  const content: Content[] = [];
  await new Promise<void>((resolve, reject) => {
    const folderReading = new FolderReading(requestFor(source), silentLogger, (output) => {
      if (output.kind === 'failed') reject(new Error(output.message));
      if (output.kind === 'content') content.push(output);
      if (output.kind !== 'tree') return;
      resolve();
      folderReading.receive({ kind: 'stop' });
    });
    folderReading.receive({ kind: 'greeted', isEmpty });
    void folderReading.run();
  });
  return content;
}

test('what goes of tiny files holds little more memory than they have bytes', async (t) => {
  const count = 5_000;
  const source = await tinyFiles(t, count);
  const content = await sent(source, true);
  const files = content.reduce((sum, each) => sum + each.files, 0);
  assert.equal(files, count);
  for (const { pieces, bytes } of content) {
    const heldBytes = pieces.at(-1)?.buffer.byteLength ?? 0;
    assert.ok(heldBytes <= 2 * bytes, `${heldBytes} for ${bytes}`);
  }
});

test('tiny files that are asked about hold little more memory than they have bytes', async (t) => {
  const count = 15_000;
  const source = await tinyFiles(t, count);
  const before = process.memoryUsage().arrayBuffers;
  await sent(source, false);
  const heldBytes = process.memoryUsage().arrayBuffers - before;
  assert.ok(heldBytes < 2 * count * tinyBytes + 2e6, `${heldBytes}`);
});
