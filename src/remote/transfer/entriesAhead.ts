import { lstatSync, type Stats } from 'node:fs';
import type { IgnoreRules } from '../../ignore.js';
import { type Logger, silentLogger } from '../../logger.js';
import { type BytePath, localPath, parentOf } from './bytePath.js';
import { sha256OfNothing } from './fileHash.js';
import { type FoundHash, HashLedger } from './hashLedger.js';
import type { ReadingRequest } from './readerMessages.js';
import { readSentHash } from './sentContents.js';
import { type LastTree, SentEntries } from './sentEntries.js';
import { identityOf } from './treeIdentity.js';
import type { WalkedEntry, WalkedFile, WalkedFolder } from './treeWalk.js';
import type { ToldItem } from './unchangedRun.js';
import { entryLine, largestSlabFileBytes } from './uploadFrames.js';
import { partOf, type TreeItem } from './treeItem.js';

/** Of more, nothing is kept: each takes half a kilobyte. */
const mostKept = 100_000;

/** An entry as a preparation found it, with what reading the folder makes of it: that holds as long as it is as it was. */
export interface EntryAhead {
  readonly name: BytePath;
  readonly told: ToldItem;
  readonly identity: string;
  /** Of a file that is not empty. */
  readonly hash: FoundHash | undefined;
  /** Where it stood in the tree that the place was left with. */
  readonly place: number | undefined;
  /** Whether what stands there now is the same, by all that changes with it. */
  isAsItWas(): boolean;
}

/**
 * What a preparation found in a folder, so that the upload has to look at most entries only once more. In the order of
 * paths; links are always looked at anew, and so is what a place was never sent by its hash.
 */
export class EntriesAhead {
  readonly #request: ReadingRequest;
  readonly #rules: IgnoreRules;
  readonly #last: LastTree | undefined;
  readonly #ledger: HashLedger;
  readonly #sent: SentEntries;
  readonly #byFolder = new Map<BytePath, EntryAhead[]>();
  readonly #byEntry = new Map<WalkedEntry, EntryAhead>();

  constructor(request: ReadingRequest, rules: IgnoreRules, log: Logger = silentLogger) {
    this.#request = request;
    this.#rules = rules;
    const hash = request.keepsTrees ? readSentHash(request.sentFile) : undefined;
    this.#last = hash === undefined ? undefined : { hash, isBase: request.usesBase };
    this.#ledger = HashLedger.toLookInto(request.ledgerFile, log);
    this.#sent = SentEntries.toLookInto(request.sentFile, this.#last, log);
  }

  /** Whether this is of use to a reading: of the same folder by the same rules. */
  isFor({ folder }: ReadingRequest, rules: IgnoreRules): boolean {
    return this.#request.folder === folder && this.#rules.patterns === rules.patterns;
  }

  /** Whether the places are those in this tree. */
  isFrom(last: LastTree | undefined): boolean {
    return this.#last?.hash === last?.hash && this.#last?.isBase === last?.isBase;
  }

  /** Each entry of the folder once, in order. */
  see(entry: WalkedEntry): void {
    if (this.#byEntry.size >= mostKept || entry.kind === 'link') return;
    const hash =
      entry.kind === 'file' && entry.sizeBytes > 0 ? this.#ledger.look(entry.path, entry) : undefined;
    const item = itemOf(entry, hash?.sha256);
    if (item === undefined) return;
    const path = localPath(this.#request.folder, entry.path);
    const stamp = stampOf(path);
    if (stamp === undefined || !isStampOf(stamp, entry)) return;

    const parent = parentOf(entry.path);
    const told = { item, line: entryLine(entry, 'sha256' in item ? item.sha256 : '') };
    const ahead: EntryAhead = {
      name: entry.path.slice(parent === '' ? 0 : parent.length + 1),
      told,
      identity: identityOf(item),
      hash,
      place: this.#sent.look(entry.path, told.line),
      isAsItWas: () => isSameStamp(stampOf(path), stamp),
    };
    const beside = this.#byFolder.get(parent);
    if (beside === undefined) this.#byFolder.set(parent, [ahead]);
    else beside.push(ahead);
    this.#byEntry.set(entry, ahead);
  }

  /** Those that stand directly in a folder, by their names. */
  in(folder: BytePath): readonly EntryAhead[] {
    return this.#byFolder.get(folder) ?? [];
  }

  /** What is known of an entry that was found to be as it was. */
  of(entry: WalkedEntry): EntryAhead | undefined {
    return this.#byEntry.get(entry);
  }

  /** Nothing more is looked up. */
  close(): void {
    this.#ledger.discard();
    this.#sent.discard();
  }
}

/** `undefined` of a file whose hash is not known. */
function itemOf(entry: WalkedFolder | WalkedFile, sha256: string | undefined): TreeItem | undefined {
  if (entry.kind === 'folder') return { entry };
  if (entry.sizeBytes === 0) return { entry, sha256: sha256OfNothing };
  if (sha256 === undefined) return undefined;
  return entry.sizeBytes > largestSlabFileBytes ? { entry, sha256, part: partOf(entry) } : { entry, sha256 };
}

/** What changes with an entry. Times in ms: finer than any clock of a file system, if not by the nanosecond. */
type Stamp = Pick<Stats, 'mode' | 'size' | 'mtimeMs' | 'ctimeMs' | 'ino'>;

const quietly = { throwIfNoEntry: false } as const;

function stampOf(path: string | Buffer): Stamp | undefined {
  try {
    return lstatSync(path, quietly);
  } catch {
    return undefined; // whoever looks closer says what is wrong
  }
}

function isSameStamp(a: Stamp | undefined, b: Stamp): boolean {
  return (
    a !== undefined &&
    a.ctimeMs === b.ctimeMs &&
    a.mtimeMs === b.mtimeMs &&
    a.size === b.size &&
    a.ino === b.ino &&
    a.mode === b.mode
  );
}

/** Whether an entry is still what it was when it was walked past. */
function isStampOf(stamp: Stamp, entry: WalkedFolder | WalkedFile): boolean {
  if (stamp.mtimeMs !== millisecondsOf(entry.mtimeNs)) return false;
  if (entry.kind === 'folder') return true;
  const { sizeBytes, ctimeNs, inode } = entry;
  return stamp.size === sizeBytes && stamp.ctimeMs === millisecondsOf(ctimeNs) && stamp.ino === Number(inode);
}

/** As Node counts them. */
function millisecondsOf(ns: bigint): number {
  return Number(ns / 1_000_000_000n) * 1000 + Number(ns % 1_000_000_000n) / 1e6;
}
