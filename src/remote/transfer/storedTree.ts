import { posix } from 'node:path';
import { InputError, NotFoundError } from '../../errors.js';
import { concurrently } from './concurrently.js';
import type { HostStore, StoredEntry } from '../hostStore.js';

/** Folders, or entries of one level, that are asked about at once. */
export const askedAtOnce = 64;

/** What stands below a folder of a machine, by path from there. */
export type StoredTree = Map<string, StoredEntry>;

/** Lists it, folder by folder, many at once. @param skipped an entry of the folder itself that is not looked at */
export async function listStoredTree(
  store: HostStore,
  folder: string,
  skipped: string,
  signal: AbortSignal,
): Promise<StoredTree> {
  const tree: StoredTree = new Map();
  for (let level = ['']; level.length > 0;) {
    const next: string[] = [];
    await concurrently(level, askedAtOnce, async (path) => {
      signal.throwIfAborted();
      for (const entry of await store.list(posix.join(folder, path))) {
        const below = posix.join(path, entry.name);
        if (below === skipped) continue;
        tree.set(below, entry);
        if (entry.kind === 'folder') next.push(below);
      }
    });
    level = next;
  }
  return tree;
}

/** Groups paths by their depth, parents before what is in them. */
export function byDepth(paths: Iterable<string>): string[][] {
  const levels: string[][] = [];
  for (const path of paths) (levels[path.split('/').length] ??= []).push(path);
  return levels.filter(Boolean);
}

/** Removes these entries, what is in a folder before the folder. */
export async function removeEntries(
  store: HostStore,
  folder: string,
  entries: ReadonlyMap<string, StoredEntry>,
): Promise<void> {
  for (const level of byDepth(entries.keys()).reverse())
    await concurrently(level, askedAtOnce, (path) => {
      const isFolder = entries.get(path)?.kind === 'folder';
      return isFolder ? store.removeFolder(posix.join(folder, path)) : store.remove(posix.join(folder, path));
    });
}

/** A folder of a machine that may not be there yet. */
export interface StoredPlace {
  /** Absolute, without links. */
  readonly path: string;
  /** The folders of the path that are missing, the uppermost first. */
  readonly missing: readonly string[];
}

/** @throws {InputError} something that is no folder stands there */
export async function findPlace(store: HostStore, machine: string, path: string): Promise<StoredPlace> {
  try {
    const real = await store.real(path);
    const { kind } = await store.look(real);
    if (kind === 'folder') return { path: real, missing: [] };
    throw new InputError(`On ${machine}, ${real} is not a folder.`);
  } catch (error) {
    if (!(error instanceof NotFoundError) || path === '/') throw error;
    const above = await findPlace(store, machine, posix.dirname(path));
    const here = posix.join(above.path, posix.basename(path));
    return { path: here, missing: [...above.missing, here] };
  }
}
