import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { lstat, open } from 'node:fs/promises';
import type { IgnoreRules } from '../../ignore.js';
import { localPath } from './bytePath.js';
import { concurrently } from './concurrently.js';
import { type FileVersion, isSameVersion, versionOf } from './fileVersion.js';
import type { HashCache } from './hashCache.js';
import { SourceChanged } from './sourceChanged.js';
import { unreadable, walkTree, type WalkedFile, type WalkedFolder, type WalkedLink } from './treeWalk.js';

export type ManifestEntry = WalkedFolder | ManifestFile | WalkedLink;

export interface ManifestFile extends WalkedFile {
  readonly sha256: string;
}

/** What a folder holds, by content. */
export interface Manifest {
  /** Sorted by path bytes, so a folder stands before what is in it. */
  readonly entries: readonly ManifestEntry[];
  /** Names the content: paths, kinds, executable bits and bytes; neither times nor where the folder stands. */
  readonly hash: string;
  readonly files: number;
  readonly sizeBytes: number;
}

export interface ManifestSource {
  /** Absolute. */
  readonly folder: string;
  readonly rules: IgnoreRules;
  readonly cache: HashCache;
  /** Told after each file: bytes and files known so far. */
  readonly onFile?: (files: number, bytes: number) => void;
}

const readAtOnce = 4;
const readTries = 3;
const pieceBytes = 256 * 1024;

/**
 * Reads what the cache does not know.
 * @throws {InputError} as {@link walkTree}; {@link SourceChanged} when a file does not come to rest
 */
export async function readManifest(source: ManifestSource, signal: AbortSignal): Promise<Manifest> {
  const entries: ManifestEntry[] = [];
  const files: WalkedFile[] = [];
  for await (const entry of walkTree(source.folder, source.rules, signal)) {
    if (entry.kind === 'file') files.push(entry);
    else entries.push(entry);
  }
  let known = 0;
  let sizeBytes = 0;
  await concurrently(files, readAtOnce, async (file) => {
    const hashed = await hashedFile(source, file, signal);
    entries.push(hashed);
    sizeBytes += hashed.sizeBytes;
    known += 1;
    source.onFile?.(known, sizeBytes);
  });
  entries.sort((a, b) => (a.path < b.path ? -1 : 1));
  return { entries, hash: contentHash(entries), files: files.length, sizeBytes };
}

async function hashedFile(
  source: ManifestSource,
  found: WalkedFile,
  signal: AbortSignal,
): Promise<ManifestFile> {
  const known = source.cache.find(found.path, found);
  if (known !== undefined) return { ...found, sha256: known };
  let expected: FileVersion = found;
  for (let tries = 0; tries < readTries; tries += 1) {
    const read = await readVersion(source, found, expected, signal);
    if (isSameVersion(read.version, expected)) return { ...found, ...read.version, sha256: read.sha256 };
    expected = read.version;
  }
  throw new SourceChanged(source.folder, found.path);
}

/** Reads the file as it was expected to be, and tells which version it is afterwards. */
async function readVersion(
  source: ManifestSource,
  { path }: WalkedFile,
  expected: FileVersion,
  signal: AbortSignal,
): Promise<{ version: FileVersion; sha256: string }> {
  const local = localPath(source.folder, path);
  const readAtMs = Date.now();
  try {
    const sha256 = await sha256OfFile(local, expected.sizeBytes, signal);
    const version = versionOf(await lstat(local, { bigint: true }));
    if (isSameVersion(version, expected)) source.cache.remember(path, version, sha256, readAtMs);
    return { version, sha256 };
  } catch (error) {
    signal.throwIfAborted();
    throw unreadable(source.folder, path, error);
  }
}

/** sha256 of the first `length` bytes, or of all there are. */
export function sha256OfFile(path: string | Buffer, length: number, signal: AbortSignal): Promise<string> {
  return sha256OfPart(path, { start: 0, bytes: length }, signal);
}

/** sha256 of `bytes` bytes from `start` on, or of all there are. */
export async function sha256OfPart(
  path: string | Buffer,
  part: { readonly start: number; readonly bytes: number },
  signal: AbortSignal,
): Promise<string> {
  const file = await open(path, constants.O_RDONLY);
  try {
    const digest = createHash('sha256');
    const piece = Buffer.allocUnsafe(Math.max(1, Math.min(pieceBytes, part.bytes)));
    for (let done = 0; done < part.bytes;) {
      signal.throwIfAborted();
      const wanted = Math.min(piece.length, part.bytes - done);
      const { bytesRead } = await file.read(piece, 0, wanted, part.start + done);
      if (bytesRead === 0) break;
      digest.update(piece.subarray(0, bytesRead));
      done += bytesRead;
    }
    return digest.digest('hex');
  } finally {
    await file.close();
  }
}

const identityVersion = 'trainyard dataset 1';

function contentHash(entries: readonly ManifestEntry[]): string {
  const digest = createHash('sha256').update(`${identityVersion}\n`);
  for (const entry of entries) digest.update(`${JSON.stringify(identityOf(entry))}\n`);
  return digest.digest('hex');
}

function identityOf(entry: ManifestEntry): readonly (string | number | boolean)[] {
  switch (entry.kind) {
    case 'folder':
      return ['d', entry.path];
    case 'file':
      return ['f', entry.path, (entry.mode & 0o100) !== 0, entry.sizeBytes, entry.sha256];
    case 'link':
      return ['l', entry.path, entry.target];
  }
}
