import { posix } from 'node:path';
import { parentOf, textOf } from './bytePath.js';
import { concurrently } from './concurrently.js';
import type { HostStore, StoredEntry } from '../hostStore.js';
import type { PlainStage } from './plainStage.js';
import { attributesOf } from './storedAttributes.js';
import { askedAtOnce, byDepth, removeEntries, type StoredTree } from './storedTree.js';
import type { WalkedEntry, WalkedFile, WalkedFolder, WalkedLink } from './treeWalk.js';

/** What its owner needs to work in a folder. */
const ownersAccess = 0o700;

/** A mirrored folder whose content has arrived. */
export interface Arrived {
  readonly store: HostStore;
  /** Where it is on the machine. */
  readonly path: string;
  readonly stage: PlainStage;
  /** All that it is to hold. */
  readonly entries: readonly WalkedEntry[];
  /** Those of the entries that are in the stage. */
  readonly staged: ReadonlySet<WalkedFile>;
  /** What it held before. */
  readonly found: StoredTree;
}

/** Gives everything of a mirrored folder its name, and removes what is not to be there. */
export class PlainSettling {
  readonly #arrived: Arrived;
  readonly #wanted: ReadonlyMap<string, WalkedEntry>;
  /** What stands there still. */
  readonly #found: StoredTree;
  /** Folders in which something changes, which is a change of their own time. */
  readonly #touched = new Set<string>();

  constructor(arrived: Arrived) {
    this.#arrived = arrived;
    this.#wanted = new Map(arrived.entries.map((entry) => [textOf(entry.path), entry]));
    this.#found = new Map(arrived.found);
  }

  /** Removes last, except what stands in the way. */
  async run(): Promise<void> {
    await this.#open();
    await this.#removeAll((path) => this.#isInTheWay(path));
    await this.#makeFolders();
    await this.#nameFiles();
    await this.#makeLinks();
    await this.#removeAll((path) => !this.#wanted.has(path));
    await this.#dressFolders();
  }

  /** A folder may be closed to its owner. */
  async #open(): Promise<void> {
    for (const level of byDepth(this.#found.keys()))
      await concurrently(level, askedAtOnce, async (path) => {
        const { kind, attributes } = this.#found.get(path) ?? { kind: 'other' };
        if (kind !== 'folder' || (attributes.mode & ownersAccess) === ownersAccess) return;
        const mode = attributes.mode | ownersAccess;
        await this.#arrived.store.setAttributes(this.#there(path), { mode });
        this.#touched.add(path);
      });
  }

  /** One of two with a name, or what is above it, is a folder and the other is not. */
  #isInTheWay(path: string): boolean {
    for (let above = path; above !== ''; above = parentOf(above)) {
      const [wanted, found] = [this.#wanted.get(above), this.#found.get(above)];
      if (wanted && found && (wanted.kind === 'folder') !== (found.kind === 'folder')) return true;
    }
    return false;
  }

  async #removeAll(goes: (path: string) => boolean): Promise<void> {
    const going = new Map<string, StoredEntry>();
    for (const [path, entry] of this.#found) if (goes(path)) going.set(path, entry);
    await removeEntries(this.#arrived.store, this.#arrived.path, going);
    for (const path of going.keys()) {
      this.#found.delete(path);
      this.#touched.add(parentOf(path));
    }
  }

  async #makeFolders(): Promise<void> {
    const missing = this.#paths('folder').filter((path) => !this.#found.has(path));
    for (const level of byDepth(missing))
      await concurrently(level, askedAtOnce, async (path) => {
        await this.#arrived.store.makeFolder(this.#there(path));
        this.#touched.add(path).add(parentOf(path));
      });
  }

  async #nameFiles(): Promise<void> {
    const { store, stage, staged } = this.#arrived;
    await concurrently(this.#paths('file'), askedAtOnce, async (path) => {
      const file = this.#wanted.get(path);
      if (file?.kind !== 'file') return;
      if (staged.has(file)) {
        await stage.release(file, this.#there(path));
        this.#touched.add(parentOf(path));
      } else if (this.#found.get(path)?.attributes.mode !== file.mode) {
        await store.setAttributes(this.#there(path), { mode: file.mode });
      }
    });
  }

  async #makeLinks(): Promise<void> {
    await concurrently(this.#paths('link').entries(), askedAtOnce, async ([index, path]) => {
      const link = this.#wanted.get(path);
      if (link?.kind !== 'link' || (await this.#hasLink(link))) return;
      await this.#arrived.stage.releaseLink(index, textOf(link.target), this.#there(path));
      this.#touched.add(parentOf(path));
    });
  }

  async #hasLink({ path, target }: WalkedLink): Promise<boolean> {
    if (this.#found.get(textOf(path))?.kind !== 'link') return false;
    return (await this.#arrived.store.target(this.#there(textOf(path)))) === textOf(target);
  }

  /** What is in a folder before the folder, which may be closed then. */
  async #dressFolders(): Promise<void> {
    for (const level of byDepth(this.#paths('folder')).reverse())
      await concurrently(level, askedAtOnce, async (path) => {
        const folder = this.#wanted.get(path);
        if (folder?.kind !== 'folder' || this.#isDressed(path, folder)) return;
        await this.#arrived.store.setAttributes(this.#there(path), attributesOf(folder));
      });
  }

  #isDressed(path: string, folder: WalkedFolder): boolean {
    const now = this.#found.get(path)?.attributes;
    const wanted = attributesOf(folder);
    const isSame = now?.mode === wanted.mode && now.modifiedSeconds === wanted.modifiedSeconds;
    return isSame && !this.#touched.has(path);
  }

  #paths(kind: WalkedEntry['kind']): string[] {
    return [...this.#wanted].filter(([, entry]) => entry.kind === kind).map(([path]) => path);
  }

  #there(path: string): string {
    return posix.join(this.#arrived.path, path);
  }
}
