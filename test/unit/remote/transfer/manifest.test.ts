import assert from 'node:assert/strict';
import { chmod, mkdir, readdir, readFile, utimes, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { InputError } from '../../../../src/errors.js';
import { readIgnoreRules } from '../../../../src/ignore.js';
import { silentLogger } from '../../../../src/logger.js';
import { HashCache } from '../../../../src/remote/transfer/hashCache.js';
import { type Manifest, readManifest } from '../../../../src/remote/transfer/manifest.js';
import { type CleanUp, tempDir } from '../../../support/tempDir.js';
import { hostileNames, makeHostileTree, sha256 } from '../../../support/trees.js';

const never = new AbortController().signal;

interface Source {
  readonly folder: string;
  readonly cacheDir: string;
}

async function emptySource(t: CleanUp): Promise<Source> {
  const top = await tempDir(t);
  await mkdir(join(top, 'folder'));
  return { folder: join(top, 'folder'), cacheDir: join(top, 'cache') };
}

async function manifestOf({ folder, cacheDir }: Source, signal = never): Promise<Manifest> {
  const cache = await HashCache.open(cacheDir, folder, silentLogger);
  const manifest = await readManifest({ folder, rules: await readIgnoreRules(folder), cache }, signal);
  await cache.save();
  return manifest;
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
  const { entries } = await manifestOf(source);
  const paths = entries.map(({ path }) => path);
  assert.deepEqual(paths, [...paths].sort());
  for (const name of hostileNames) assert.ok(paths.includes(name), name);
  const folders = new Set(['']);
  for (const { kind, path } of entries) {
    assert.ok(folders.has(path.includes('/') ? dirname(path) : ''), path);
    if (kind === 'folder') folders.add(path);
  }
});

test('a file is listed with its size, sha256 and permissions', async (t) => {
  const source = await emptySource(t);
  await writeFile(join(source.folder, 'run.sh'), 'echo', { mode: 0o755 });
  const { entries, files, sizeBytes } = await manifestOf(source);
  const [entry] = entries;
  assert.ok(entry?.kind === 'file');
  assert.deepEqual([entry.sizeBytes, entry.sha256, entry.mode], [4, sha256('echo'), 0o755]);
  assert.deepEqual([files, sizeBytes], [1, 4]);
});

test('folders that hold nothing, and where a line could be drawn otherwise, have different hashes', async (t) => {
  const [a, b, c] = await Promise.all([emptySource(t), emptySource(t), emptySource(t)]);
  await mkdir(join(a.folder, 'empty'));
  await writeFile(join(b.folder, 'a'), 'bc');
  await writeFile(join(c.folder, 'ab'), 'c');
  const hashes = await Promise.all([a, b, c].map(async (each) => (await manifestOf(each)).hash));
  assert.equal(new Set(hashes).size, 3);
});

test('an unreadable file or folder is named', async (t) => {
  const source = await emptySource(t);
  await chmod(dirname(source.folder), 0o755);
  const locked = join(source.folder, 'locked');
  const named = (error: unknown): boolean =>
    error instanceof InputError && error.message.startsWith(`${locked} cannot be read`);
  await writeFile(locked, 'secret', { mode: 0o000 });
  await asNobody(() => assert.rejects(manifestOf(source), named));
  await chmod(locked, 0o644);
  await asNobody(() => manifestOf(source));
});

test('a remembered hash is believed while size, times and inode stay, and no longer', async (t) => {
  const source = await emptySource(t);
  const file = join(source.folder, 'file');
  await writeFile(file, 'content');
  await utimes(file, 1000, 1000);
  const { hash } = await manifestOf(source);
  const [cache = ''] = await readdir(join(source.cacheDir, 'hashes'));
  const cacheFile = join(source.cacheDir, 'hashes', cache);
  const lines = await readFile(cacheFile, 'utf8');
  await writeFile(cacheFile, lines.replace(sha256('content'), sha256('another')));
  assert.notEqual((await manifestOf(source)).hash, hash, 'the file is not read');
  await utimes(file, 1000, 1000);
  assert.equal((await manifestOf(source)).hash, hash, 'its times were set anew: it is read');
});

test('a damaged cache only costs reading again', async (t) => {
  const source = await emptySource(t);
  await writeFile(join(source.folder, 'file'), 'content');
  await utimes(join(source.folder, 'file'), 1000, 1000);
  const { hash } = await manifestOf(source);
  const [cache = ''] = await readdir(join(source.cacheDir, 'hashes'));
  await writeFile(join(source.cacheDir, 'hashes', cache), 'not JSON\n');
  assert.equal((await manifestOf(source)).hash, hash);
});

test('a cache that cannot be written is no reason to fail', async (t) => {
  const source = await emptySource(t);
  await writeFile(source.cacheDir, 'a file where the folder should be');
  await writeFile(join(source.folder, 'file'), 'content');
  assert.equal((await manifestOf(source)).files, 1);
});

test('reading ends when aborted', async (t) => {
  const source = await emptySource(t);
  await writeFile(join(source.folder, 'file'), 'content');
  const ended = AbortSignal.abort();
  await assert.rejects(manifestOf(source, ended), { name: 'AbortError' });
});
