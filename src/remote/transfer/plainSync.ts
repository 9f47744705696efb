import { lstat } from 'node:fs/promises';
import { posix } from 'node:path';
import { InputError } from '../../errors.js';
import { silentLogger } from '../../logger.js';
import { localPath, textOf } from './bytePath.js';
import { concurrently } from './concurrently.js';
import { diskFullThere } from './diskRoom.js';
import { sha256OfFile } from './fileHash.js';
import { isSameVersion, versionOf } from './fileVersion.js';
import { HashLedger, hashLedgerFile } from './hashLedger.js';
import type { HostStore } from '../hostStore.js';
import { PlainSettling } from './plainSettling.js';
import { readPlainSource } from './plainSource.js';
import { PlainStage } from './plainStage.js';
import { SourceChanged } from './sourceChanged.js';
import { attributesOf } from './storedAttributes.js';
import { findPlace, listStoredTree, type StoredPlace, type StoredTree } from './storedTree.js';
import type { SyncOptions, SyncProgress, SyncResult, SyncSource } from './sync.js';
import { TreeIdentity } from './treeIdentity.js';
import { isGone, unreadable, type WalkedEntry, type WalkedFile } from './treeWalk.js';

/** What goes where. */
export interface PlainSyncOptions {
  /** What a person calls the machine. */
  readonly machine: string;
  readonly store: HostStore;
  readonly source: SyncSource;
  readonly options: SyncOptions;
  /** The folder of the machine that is to mirror it: absolute, or beginning with `~/`. */
  readonly folder: string;
}

/** As of an upload by our programs, so that one leaves nothing behind that the other does not remove. */
const stageName = '.trainyard-partial';
const tries = 3;
const filesAtOnce = 64;
/** What stands for the bytes of a name that are not UTF-8. */
const unsayable = '\ufffd';

/** Makes a folder of a machine that runs none of our programs a mirror: see {@link syncFolder}. */
export class PlainSync {
  readonly #what: PlainSyncOptions;
  readonly #signal: AbortSignal;
  readonly #startedMs = performance.now();
  /** Nothing was read before, as `Date.now()`. */
  readonly #readFromMs = Date.now();
  readonly #sent = { files: 0, bytes: 0 };
  #there = { files: 0, bytes: 0 };
  #total: { files: number; bytes: number } | undefined;

  constructor(what: PlainSyncOptions, signal: AbortSignal) {
    this.#what = what;
    this.#signal = signal;
  }

  /** Looks at the folder again when it changed under way, a few times. */
  async run(): Promise<SyncResult> {
    for (let count = 1; ; count += 1) {
      try {
        return await this.#sync();
      } catch (error) {
        if (!(error instanceof SourceChanged) || count === tries) throw error;
      }
    }
  }

  async #sync(): Promise<SyncResult> {
    const { store, source, machine, folder } = this.#what;
    this.#report('reading');
    const entries = await readPlainSource(source, stageName, this.#signal);
    const files = entries.filter((entry) => entry.kind === 'file');
    this.#total = totalOf(files);

    this.#report('checking');
    const place = await findPlace(store, machine, await store.absolute(folder));
    await this.#refusePrecious(place);
    const found = await this.#listPlace(place);
    this.#requireSayable(found, entries);
    const missing = files.filter((file) => !isThere(file, found));

    const { path } = place;
    const stagePath = posix.join(path, stageName);
    const stage = new PlainStage({ machine, store, source: source.folder, path: stagePath }, this.#signal);
    await this.#requireRoom(place, await stage.look(missing));
    for (const each of place.missing) await store.makeFolder(each);
    await stage.make();
    const sent = await this.#send(stage, files, missing);

    this.#report('finishing');
    const hash = await this.#identify(entries, sent);
    await new PlainSettling({ store, path, stage, entries, staged: new Set(missing), found }).run();
    await stage.dispose();
    const seconds = (performance.now() - this.#startedMs) / 1000;
    return { path, hash, files: files.length, sent: this.#sent.files, bytes: this.#sent.bytes, seconds };
  }

  /** As `runtime/upload.py` does: a mirror deletes what its source does not have. */
  async #refusePrecious({ path }: StoredPlace): Promise<void> {
    const { store, machine } = this.#what;
    const home = await store.real(await store.absolute('~'));
    if (path !== '/' && !`${home}/`.startsWith(`${path}/`)) return;
    throw new InputError(
      `On ${machine}, ${path} holds the home folder; name a folder of its own, everything else in it would be deleted.`,
    );
  }

  #listPlace({ path, missing }: StoredPlace): StoredTree | Promise<StoredTree> {
    if (missing.length > 0) return new Map();
    return listStoredTree(this.#what.store, path, stageName, this.#signal);
  }

  /** @throws {InputError} something would have to be removed whose name is not UTF-8 */
  #requireSayable(found: StoredTree, entries: readonly WalkedEntry[]): void {
    const wanted = new Set(entries.map((entry) => textOf(entry.path)));
    for (const path of found.keys())
      if (path.includes(unsayable) && !wanted.has(path))
        throw new InputError(
          `On ${this.#what.machine}, the name of ${path} is not UTF-8, which SFTP cannot say; rename or remove it there.`,
        );
  }

  async #requireRoom({ path, missing }: StoredPlace, neededBytes: number): Promise<void> {
    const { store, machine } = this.#what;
    const [first] = missing;
    const free = await store.freeBytes(first === undefined ? path : posix.dirname(first));
    if (free !== undefined && free < neededBytes) throw diskFullThere(machine, path, neededBytes, free);
  }

  /** @returns the sha256 of what was read for it */
  async #send(
    stage: PlainStage,
    files: readonly WalkedFile[],
    missing: readonly WalkedFile[],
  ): Promise<ReadonlyMap<WalkedFile, string>> {
    const [all, lacking] = [totalOf(files), totalOf(missing)];
    this.#there = { files: all.files - lacking.files, bytes: all.bytes - lacking.bytes };
    this.#report('sending');
    const hashes = new Map<WalkedFile, string>();
    await concurrently(missing, filesAtOnce, async (file) => {
      let sentBytes = 0;
      const sha256 = await stage.send(file, (bytes, isSent) => {
        if (isSent) {
          sentBytes += bytes;
          this.#sent.bytes += bytes;
        }
        this.#there.bytes += bytes;
        this.#report('sending');
      });
      if (sha256 !== undefined) hashes.set(file, sha256);
      if (sentBytes > 0) this.#sent.files += 1;
      this.#there.files += 1;
    });
    return hashes;
  }

  /** Names the content. Files that were not read are, unless it is remembered what they hold. */
  async #identify(entries: readonly WalkedEntry[], sent: ReadonlyMap<WalkedFile, string>): Promise<string> {
    const { source, options } = this.#what;
    const identity = new TreeIdentity();
    const file = hashLedgerFile(source.cacheDir, source.folder);
    const ledger = new HashLedger(file, options.logger ?? silentLogger);
    let isWhole = false;
    try {
      for (const entry of entries) {
        if (entry.kind !== 'file') {
          identity.add({ entry });
          continue;
        }
        const known = sent.has(entry) ? undefined : ledger.find(entry.path, entry);
        const sha256 = known ?? sent.get(entry) ?? (await this.#hash(entry));
        if (known === undefined) ledger.remember(entry.path, entry, sha256, this.#readFromMs);
        identity.add({ entry, sha256 });
      }
      isWhole = true;
      return identity.digest();
    } finally {
      ledger.save(isWhole);
    }
  }

  async #hash(file: WalkedFile): Promise<string> {
    const { folder } = this.#what.source;
    try {
      const path = localPath(folder, file.path);
      const sha256 = await sha256OfFile(path, file.sizeBytes, this.#signal);
      if (isSameVersion(versionOf(await lstat(path, { bigint: true })), file)) return sha256;
    } catch (error) {
      if (!isGone(error)) throw unreadable(folder, file.path, error);
    }
    throw new SourceChanged(folder, file.path);
  }

  #report(phase: SyncProgress['phase']): void {
    const { files: totalFiles = null, bytes: totalBytes = null } = this.#total ?? {};
    this.#what.options.onProgress?.({ phase, ...this.#there, totalFiles, totalBytes });
  }
}

function totalOf(files: readonly WalkedFile[]): { files: number; bytes: number } {
  return { files: files.length, bytes: files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0) };
}

/** By size and time, as nobody there says more of it. */
function isThere(file: WalkedFile, found: StoredTree): boolean {
  const there = found.get(textOf(file.path));
  if (there?.kind !== 'file' || there.bytes !== file.sizeBytes) return false;
  return there.attributes.modifiedSeconds === attributesOf(file).modifiedSeconds;
}
