import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { posix } from 'node:path';
import { InputError, MachineError, NotFoundError } from '../../errors.js';
import { ByteBudget } from './byteBudget.js';
import { localPath, textOf } from './bytePath.js';
import { concurrently } from './concurrently.js';
import { diskFullThere } from './diskRoom.js';
import { type FileVersion, isSameVersion, versionOf } from './fileVersion.js';
import type { HostStore, StoredEntry, StoredFile } from '../hostStore.js';
import { SourceChanged } from './sourceChanged.js';
import { askedAtOnce, listStoredTree, removeEntries } from './storedTree.js';
import { attributesOf } from './storedAttributes.js';
import { partOf } from './treeItem.js';
import { isGone, unreadable, type WalkedFile } from './treeWalk.js';

const pieceBytes = 256 * 1024;
/** So much is on its way at once. Requests are answered in any order, so of a file that was cut so much may be missing. */
const windowBytes = 4 * 1024 * 1024;
/** A disk with less room than this is why nothing can be written. */
const nearlyFullBytes = windowBytes;
/** What is behind the name of a part once all of it has come. */
const whole = '.whole';

/** Where what is sent is before it gets its name. */
export interface PlainStageOptions {
  /** What a person calls the machine. */
  readonly machine: string;
  readonly store: HostStore;
  /** The folder that is sent. */
  readonly source: string;
  /** Its folder on the machine. */
  readonly path: string;
}

/** Called with how many bytes more of a file are there. @param isSent they were not found there */
export type OnArrived = (bytes: number, isSent: boolean) => void;

/**
 * The stage of a mirror by SFTP: a part for each version of a file, which an upload that was cut leaves for the next one.
 */
export class PlainStage {
  readonly #options: PlainStageOptions;
  readonly #signal: AbortSignal;
  readonly #budget = new ByteBudget(windowBytes);
  /** What an earlier upload has brought, by name. */
  readonly #found = new Map<string, number>();
  #isThere = false;
  /** How much room all of it took when it was begun. */
  #missingBytes = 0;

  constructor(options: PlainStageOptions, signal: AbortSignal) {
    this.#options = options;
    this.#signal = signal;
  }

  /** Looks what is there of the files, and removes all else. @returns how much room the rest of them takes */
  async look(files: readonly WalkedFile[]): Promise<number> {
    const wanted = new Set(files.map(partOf).flatMap((part) => [part, part + whole]));
    const left = await this.#list();
    this.#found.clear();
    for (const { name, kind, bytes } of left)
      if (kind === 'file' && wanted.has(name)) this.#found.set(name, bytes);
    await concurrently(left, askedAtOnce, async (entry) => {
      if (!this.#found.has(entry.name)) await this.#discard(entry);
    });
    this.#missingBytes = files.reduce((sum, file) => sum + file.sizeBytes - this.#bytesThere(file), 0);
    return this.#missingBytes;
  }

  /** Makes its folder where there is none yet. */
  async make(): Promise<void> {
    const { store, path } = this.#options;
    if (!this.#isThere) await store.makeFolder(path);
    this.#isThere = true;
  }

  /**
   * Brings all that is missing of a file.
   * @returns its sha256; `undefined` where all of it was there already
   * @throws {SourceChanged}
   */
  async send(file: WalkedFile, onArrived: OnArrived): Promise<string | undefined> {
    if (this.#found.has(partOf(file) + whole)) {
      onArrived(file.sizeBytes, false);
      return undefined;
    }
    const { store, source } = this.#options;
    const here = await openSource(source, file);
    try {
      const there = await this.#writing(store.openToWrite(this.#pathOf(partOf(file))));
      let sha256: string;
      try {
        sha256 = await this.#fill(file, here, there, onArrived);
        await this.#finish(file, there);
      } finally {
        await there.close().catch(() => undefined); // a lost connection has closed it
      }
      const part = this.#pathOf(partOf(file));
      await store.rename(part, part + whole);
      return sha256;
    } finally {
      await here.close();
    }
  }

  /** Gives a file its name. */
  release(file: WalkedFile, path: string): Promise<void> {
    return this.#options.store.rename(this.#pathOf(partOf(file)) + whole, path);
  }

  /** Makes a link under the path, whatever else has it. */
  async releaseLink(index: number, target: string, path: string): Promise<void> {
    const link = this.#pathOf(`link-${index}`);
    await this.#options.store.makeLink(link, target);
    await this.#options.store.rename(link, path);
  }

  /** Removes it. */
  async dispose(): Promise<void> {
    await this.look([]);
    await this.#options.store.removeFolder(this.#options.path);
  }

  async #list(): Promise<readonly StoredEntry[]> {
    const { store, path } = this.#options;
    try {
      const entries = await store.list(path);
      this.#isThere = true;
      return entries;
    } catch (error) {
      if (error instanceof NotFoundError) return [];
      throw error;
    }
  }

  async #fill(file: WalkedFile, here: FileHandle, there: StoredFile, onArrived: OnArrived): Promise<string> {
    // Its end may have come in pieces.
    const start = Math.max(0, this.#bytesThere(file) - windowBytes);
    const digest = createHash('sha256');
    const going: { readonly position: number; readonly done: Promise<void> }[] = [];
    try {
      for (let position = 0; position < file.sizeBytes; position += pieceBytes) {
        for (let first = going[0]; first && position - first.position >= windowBytes; first = going[0]) {
          await first.done;
          going.shift();
        }
        const piece = await this.#read(file, here, position);
        digest.update(piece);
        const skipped = Math.min(piece.length, Math.max(0, start - position));
        const done = this.#write(there, piece, skipped, position, onArrived);
        done.catch(() => undefined); // heard of when its turn comes
        going.push({ position, done });
      }
      for (const { done } of going) await done;
      await this.#requireUnchanged(file, here);
      return digest.digest('hex');
    } finally {
      await Promise.allSettled(going.map(({ done }) => done));
    }
  }

  /** Waits for its turn before it reads: memory holds no more than may be on its way. */
  async #read(file: WalkedFile, here: FileHandle, position: number): Promise<Buffer> {
    const bytes = Math.min(pieceBytes, file.sizeBytes - position);
    await this.#budget.take(bytes);
    try {
      this.#signal.throwIfAborted();
      const piece = Buffer.allocUnsafeSlow(bytes);
      for (let filled = 0; filled < bytes;) {
        const { bytesRead } = await here.read(piece, filled, bytes - filled, position + filled);
        if (bytesRead === 0) throw new SourceChanged(this.#options.source, file.path);
        filled += bytesRead;
      }
      return piece;
    } catch (error) {
      this.#budget.giveBack(bytes);
      throw error;
    }
  }

  /** @param skipped how much of the piece is there already */
  async #write(
    there: StoredFile,
    piece: Buffer,
    skipped: number,
    position: number,
    onArrived: OnArrived,
  ): Promise<void> {
    try {
      if (skipped > 0) onArrived(skipped, false);
      if (skipped === piece.length) return;
      await this.#writing(there.write(piece.subarray(skipped), position + skipped));
      onArrived(piece.length - skipped, true);
    } finally {
      this.#budget.giveBack(piece.length);
    }
  }

  /** SFTP has no word for a full disk. */
  async #writing<T>(request: Promise<T>): Promise<T> {
    try {
      return await request;
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      const { machine, store, path } = this.#options;
      const folder = posix.dirname(path);
      const free = await store.freeBytes(folder).catch(() => undefined);
      if (free === undefined || free >= nearlyFullBytes) throw error;
      throw diskFullThere(machine, folder, this.#missingBytes, free);
    }
  }

  async #finish(file: WalkedFile, there: StoredFile): Promise<void> {
    const [{ bytes }] = await Promise.all([there.look(), there.setAttributes(attributesOf(file))]);
    if (bytes !== file.sizeBytes) {
      const { machine } = this.#options;
      throw new MachineError(
        `${textOf(file.path)} did not arrive on ${machine} as it is here; sync it again.`,
      );
    }
  }

  async #requireUnchanged(file: WalkedFile, here: FileHandle): Promise<void> {
    if (!isSameVersion(await versionNow(here), file))
      throw new SourceChanged(this.#options.source, file.path);
  }

  /** How long what an earlier upload brought of a file is. */
  #bytesThere(file: WalkedFile): number {
    const part = partOf(file);
    return this.#found.get(part + whole) ?? this.#found.get(part) ?? 0;
  }

  async #discard({ name, kind }: StoredEntry): Promise<void> {
    const { store } = this.#options;
    const path = this.#pathOf(name);
    if (kind !== 'folder') return store.remove(path);
    await removeEntries(store, path, await listStoredTree(store, path, '', this.#signal));
    await store.removeFolder(path);
  }

  #pathOf(name: string): string {
    return posix.join(this.#options.path, name);
  }
}

/** @throws {SourceChanged} it is another one now, or gone */
async function openSource(folder: string, file: WalkedFile): Promise<FileHandle> {
  try {
    const handle = await open(localPath(folder, file.path), constants.O_RDONLY);
    if (isSameVersion(await versionNow(handle), file)) return handle;
    await handle.close();
  } catch (error) {
    if (!isGone(error)) throw unreadable(folder, file.path, error);
  }
  throw new SourceChanged(folder, file.path);
}

async function versionNow(handle: FileHandle): Promise<FileVersion> {
  return versionOf(await handle.stat({ bigint: true }));
}
