import { chmod, lstat, mkdir, readdir, rename, rm, symlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import { type BytePath, joinBytePath, localPath, toBytePath } from './bytePath.js';
import { requireRoom } from './diskRoom.js';
import { download, type DownloadProgress, type WantedDownload } from './download.js';
import { hasCode } from '../../errors.js';
import { alreadyThere, type FetchPaths, requireAbsent } from './fetch.js';
import type { Host } from '../host.js';
import { PartFile } from './partFile.js';
import { listRemoteTree, type RemoteEntry } from './remoteTree.js';
import type { RuntimeFiles } from '../runtimeFiles.js';

export interface FetchTreeOptions {
  readonly onProgress?: (progress: DownloadProgress) => void;
}

export interface FetchTreeResult {
  readonly files: number;
  readonly bytes: number;
  readonly seconds: number;
}

type RemoteFile = RemoteEntry & { readonly kind: 'file' };

/**
 * Brings a folder home. It grows as `<localPath>.part`, which the next try goes on with, and gets its name only when
 * whole; links come last, so nothing is ever written through one. Nothing outside is touched, whatever the machine
 * says its files are called. Errors as `fetchFile`.
 */
export async function fetchTree(
  host: Host,
  runtime: RuntimeFiles,
  { remotePath, localPath: target }: FetchPaths,
  options: FetchTreeOptions,
  signal: AbortSignal,
): Promise<FetchTreeResult> {
  const startedMs = performance.now();
  await requireAbsent(target);
  const entries = await listRemoteTree(host, runtime, remotePath, signal);
  const files = entries.filter((entry): entry is RemoteFile => entry.kind === 'file');
  const bytes = files.reduce((sum, { size }) => sum + size, 0);

  const top = `${target}.part`;
  await mkdir(dirname(target), { recursive: true });
  await prepareFolders(top, entries);
  const wanted = await findParts(top, toBytePath(remotePath), files, signal);
  let here = wanted.reduce((sum, { part }) => sum + part.length, 0);
  await requireRoom(localPath(top, 'files'), bytes - here);

  const onDownloaded = (change: number): void => {
    here += change;
    options.onProgress?.({ bytes: here, totalBytes: bytes });
  };
  await download(host, runtime, wanted, { onDownloaded }, signal);
  await finish(top, entries);
  await publishFolder(top, target);
  return { files: files.length, bytes, seconds: (performance.now() - startedMs) / 1000 };
}

/** Leaves in the unfinished folder only what an earlier try made of the same entries, and makes the folders. */
async function prepareFolders(top: string, entries: readonly RemoteEntry[]): Promise<void> {
  await keepOnly(top, '', new Map(entries.map(({ path, kind }) => [path, kind])));
  await mkdir(top, { recursive: true });
  for (const entry of entries)
    if (entry.kind === 'folder') await mkdir(localPath(top, entry.path), { recursive: true });
}

async function keepOnly(
  top: string,
  path: BytePath,
  kinds: ReadonlyMap<BytePath, RemoteEntry['kind']>,
): Promise<void> {
  const here = path === '' ? top : localPath(top, path);
  const kind = await kindOf(here);
  if (kind === undefined) return;
  if (kind !== (path === '' ? 'folder' : kinds.get(path)) || kind === 'link') {
    await rm(here, { recursive: true });
    return;
  }
  if (kind !== 'folder') return;
  for (const name of await readdir(here, { encoding: 'buffer' }))
    await keepOnly(top, joinBytePath(path, name.toString('latin1')), kinds);
}

async function kindOf(path: string | Buffer): Promise<RemoteEntry['kind'] | 'other' | undefined> {
  try {
    const status = await lstat(path);
    if (status.isDirectory()) return 'folder';
    if (status.isSymbolicLink()) return 'link';
    return status.isFile() ? 'file' : 'other';
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw error;
  }
}

async function findParts(
  top: string,
  remoteTop: BytePath,
  files: readonly RemoteFile[],
  signal: AbortSignal,
): Promise<WantedDownload[]> {
  const wanted: WantedDownload[] = [];
  for (const { path, size } of files)
    wanted.push({
      remotePath: `${remoteTop}/${path}`,
      part: await PartFile.find(localPath(top, path), signal),
      size,
    });
  return wanted;
}

async function finish(top: string, entries: readonly RemoteEntry[]): Promise<void> {
  for (const entry of entries) {
    const path = localPath(top, entry.path);
    if (entry.kind === 'file' && (entry.mode & 0o100) !== 0) await chmod(path, 0o755);
    if (entry.kind === 'link') await symlink(Buffer.from(entry.target, 'latin1'), path);
  }
}

/** Of two at once, one fails: making the folder reserves the name, which rename then takes. Windows renames only to a free name. */
async function publishFolder(part: string, target: string): Promise<void> {
  try {
    if (process.platform !== 'win32') await mkdir(target);
    await rename(part, target);
  } catch (error) {
    if (hasCode(error, 'EEXIST') || hasCode(error, 'EPERM')) throw alreadyThere(target);
    throw error;
  }
}
