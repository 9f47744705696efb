import { type BigIntStats, constants } from 'node:fs';
import { lstat, readdir, readlink, realpath } from 'node:fs/promises';
import { InputError, hasCode, messageOf } from '../../errors.js';
import type { IgnoreRules } from '../../ignore.js';
import { type BytePath, joinBytePath, localPath, textOf } from './bytePath.js';
import { containedTarget, type LinkFolder } from './containedLink.js';
import { type FileVersion, versionOf } from './fileVersion.js';

/** What stands in a folder that is sent: no more kinds than these exist on a machine. */
export type WalkedEntry = WalkedFolder | WalkedFile | WalkedLink;

export interface WalkedFolder {
  readonly kind: 'folder';
  readonly path: BytePath;
  /** Permission bits. */
  readonly mode: number;
  readonly mtimeNs: bigint;
}

export interface WalkedFile extends FileVersion {
  readonly kind: 'file';
  readonly path: BytePath;
  readonly mode: number;
}

export interface WalkedLink {
  readonly kind: 'link';
  readonly path: BytePath;
  /** Relative, inside the folder. */
  readonly target: BytePath;
}

const lookAtOnce = 64;

/**
 * Everything below the folder that the rules do not leave behind, in no particular order.
 * @throws {InputError} no such folder; an entry that cannot be read; a link out of the folder; a socket, pipe or device
 */
export async function* walkTree(
  folder: string,
  rules: IgnoreRules,
  signal: AbortSignal,
): AsyncGenerator<WalkedEntry> {
  const top: LinkFolder = { path: folder, realPath: await realFolder(folder) };
  const pending: BytePath[] = [''];
  for (let path = pending.pop(); path !== undefined; path = pending.pop()) {
    const names = await namesIn(folder, path);
    for (let first = 0; first < names.length; first += lookAtOnce) {
      signal.throwIfAborted();
      const paths = names.slice(first, first + lookAtOnce).map((name) => joinBytePath(path, name));
      for (const entry of await Promise.all(paths.map((each) => lookAt(top, each, rules)))) {
        if (entry === undefined) continue;
        if (entry.kind === 'folder') pending.push(entry.path);
        yield entry;
      }
    }
  }
}

export async function realFolder(folder: string): Promise<string> {
  try {
    const real = await realpath(folder);
    if ((await lstat(real)).isDirectory()) return real;
  } catch (error) {
    throw new InputError(`${folder} cannot be read (${messageOf(error)}); name a folder that exists.`, {
      cause: error,
    });
  }
  throw new InputError(`${folder} is not a folder; name the folder that holds the files.`);
}

async function namesIn(folder: string, path: BytePath): Promise<BytePath[]> {
  try {
    const names = await readdir(path === '' ? folder : localPath(folder, path), { encoding: 'buffer' });
    return names.map((name) => name.toString('latin1'));
  } catch (error) {
    throw unreadable(folder, path, error);
  }
}

async function lookAt(top: LinkFolder, path: BytePath, rules: IgnoreRules): Promise<WalkedEntry | undefined> {
  const status = await statusOf(top.path, path);
  return status && entryOf(top, path, status, rules);
}

/** `undefined` when the entry went between listing and looking. */
async function statusOf(folder: string, path: BytePath): Promise<BigIntStats | undefined> {
  try {
    return await lstat(localPath(folder, path), { bigint: true });
  } catch (error) {
    if (isGone(error)) return undefined;
    throw unreadable(folder, path, error);
  }
}

export function isGone(error: unknown): boolean {
  return hasCode(error, 'ENOENT');
}

/** What was found under a path, or `undefined` when the rules leave it behind. Only a link takes a moment. */
export function entryOf(
  top: LinkFolder,
  path: BytePath,
  status: BigIntStats,
  rules: IgnoreRules,
): WalkedEntry | undefined | Promise<WalkedEntry> {
  const mode = Number(status.mode);
  const kind = mode & constants.S_IFMT;
  if (rules.ignores(textOf(path), kind === constants.S_IFDIR)) return undefined;
  if (kind === constants.S_IFREG) return fileOf(path, modeOf(mode, 0o644), versionOf(status));
  if (kind === constants.S_IFDIR)
    return { kind: 'folder', path, mode: modeOf(mode, 0o755), mtimeNs: status.mtimeNs };
  if (kind === constants.S_IFLNK) return linkOf(top, path);
  throw new InputError(
    `${localPath(top.path, path).toString()} is a socket, pipe or device, which cannot be sent; remove it or name it in .trainyardignore.`,
  );
}

/** Written out: there are many, and spreading takes longer. */
function fileOf(path: BytePath, mode: number, version: FileVersion): WalkedFile {
  const { sizeBytes, mtimeNs, ctimeNs, inode } = version;
  return { kind: 'file', path, mode, sizeBytes, mtimeNs, ctimeNs, inode };
}

async function linkOf(top: LinkFolder, path: BytePath): Promise<WalkedLink> {
  const target = (await readlink(localPath(top.path, path), { encoding: 'buffer' })).toString('latin1');
  return { kind: 'link', path, target: await containedTarget(top, path, target) };
}

/** Windows has no permission bits worth sending. */
function modeOf(mode: number, onWindows: number): number {
  return process.platform === 'win32' ? onWindows : mode & 0o777;
}

export function unreadable(folder: string, path: BytePath, cause: unknown): Error {
  if (cause instanceof InputError) return cause;
  const where = path === '' ? folder : localPath(folder, path).toString();
  return new InputError(
    `${where} cannot be read (${messageOf(cause)}); make it readable or name it in .trainyardignore.`,
    { cause },
  );
}
