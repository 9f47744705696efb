import { createHash } from 'node:crypto';
import { deflateSync } from 'node:zlib';
import { messageOf } from '../../errors.js';
import { type IgnoreRules, readIgnoreRules } from '../../ignore.js';
import type { Logger } from '../../logger.js';
import type { BytePath } from './bytePath.js';
import type { EntriesAhead, EntryAhead } from './entriesAhead.js';
import { type FileVersion, isSameVersion } from './fileVersion.js';
import { sha256Of, sha256OfNothing } from './fileHash.js';
import { FolderCount } from './folderCount.js';
import { HashLedger } from './hashLedger.js';
import { wideFromBytes } from './laneCount.js';
import { Questions } from './questions.js';
import type { ReaderInput, ReadingRequest } from './readerMessages.js';
import type { TellOutput } from './readerOutput.js';
import { ContentMarks } from './contentMarks.js';
import { ContentSending, mostWaitingBytes, nextTurn } from './contentSending.js';
import {
  readSentContents,
  type SentContents,
  type UnfinishedContents,
  writeSentContents,
} from './sentContents.js';
import { SentEntries } from './sentEntries.js';
import { SourceChanged } from './sourceChanged.js';
import { SourceFolder } from './sourceFolder.js';
import { memoryOf } from './spareMemory.js';
import { partOf, type TreeFile, type TreeItem } from './treeItem.js';
import { TreeIdentity } from './treeIdentity.js';
import type { WalkedEntry, WalkedFile } from './treeWalk.js';
import { type ToldItem, UnchangedRun } from './unchangedRun.js';
import {
  beginBlock,
  blockBytes,
  blockHeaderBytes,
  entriesInFrame,
  entriesInRun,
  entryLine,
  keptFrame,
  largestSlabFileBytes,
  packedFrame,
  partFrame,
  slabBytes,
  tellingFrame,
} from './uploadFrames.js';
import { walkInOrder } from './walkInOrder.js';

/** As many entries one behind the other that are as they were are not told anew. */
const shortestRun = 64;
const packedFromBytes = 16 * 1024;
/** What may be sent unasked to a place that probably lacks it, for the round trip that saves. */
const unaskedBytes = 4 * blockBytes;
/** To listen takes longer than to look at a hundred entries. */
const longestDeafMs = 5;
const readTries = 3;

/**
 * Reads a folder once, from its first name to its last, while it is being sent: tells its entries, packs what the
 * machine is known or likely to lack, and asks about the rest. Files are hashed as they are read, so what travels is
 * what was hashed.
 *
 * Holds some megabytes, however large the folder is. Blocks while it reads: for a thread of its own.
 */
export class FolderReading {
  readonly #request: ReadingRequest;
  readonly #tell: TellOutput;
  readonly #log: Logger;
  readonly #source: SourceFolder;
  readonly #ledger: HashLedger;
  readonly #sent: SentContents | undefined;
  readonly #entries: SentEntries | undefined;
  readonly #identity = new TreeIdentity();
  /** Contents so far; another file with one of them is asked about. */
  readonly #marks = new ContentMarks();
  readonly #questions = new Questions();
  readonly #content: ContentSending;
  /** Sizes of large files that went unasked. */
  readonly #sentSizes = new Set<number>();
  #isEmptyThere: boolean | undefined;
  #isNear = false;
  #isReady = false;
  #isOver = false;
  #isStopped = false;
  #rules: IgnoreRules = { ignores: () => false, patterns: '' };
  #count: FolderCount | undefined;
  readonly #ahead: EntriesAhead | undefined;
  #knowsPlaces = false;
  /** Nothing is left to be counted ahead. */
  #isCounted = false;
  #isMuch = false;
  #wake: () => void = () => undefined;
  #batch: ToldItem[] = [];
  #run = new UnchangedRun();
  #slab: Buffer;
  #slabUsed = 0;
  #told = 0;
  #files = 0;
  #bytes = 0;
  #unaskedLeft = unaskedBytes;

  /**
   * @param count of this folder, made a while ago
   * @param ahead of this folder, found a while ago
   */
  constructor(
    request: ReadingRequest,
    log: Logger,
    tell: TellOutput,
    count?: FolderCount,
    ahead?: EntriesAhead,
  ) {
    this.#request = request;
    this.#tell = tell;
    this.#log = log;
    this.#count = count;
    this.#ahead = ahead;
    const until = (holds: () => boolean): Promise<void> => this.#until(holds);
    this.#content = new ContentSending(tell, until, () => this.#wake());
    this.#slab = this.#content.take(slabBytes);
    this.#source = new SourceFolder(request.folder);
    this.#ledger = new HashLedger(request.ledgerFile, log);
    this.#sent = readSentContents(request.sentFile);
    const last = this.#sent && { hash: this.#sent.hash, isBase: request.usesBase };
    if (request.keepsTrees) this.#entries = new SentEntries(request.sentFile, last, log);
    this.#knowsPlaces = ahead?.isFrom(last) === true;
  }

  /** Resolves at the end, also a bad one: that is told. */
  async run(): Promise<void> {
    let isWhole = false;
    let contents: UnfinishedContents | undefined;
    try {
      await this.#readTree();
      this.#isCounted = true;
      await this.#until(() => !this.#content.isPacking);
      const hash = this.#identity.digest();
      this.#tell({ kind: 'tree', hash, files: this.#files, bytes: this.#bytes });
      isWhole = true;
      this.#ledger.save(true);
      await this.#sendUntil(() => this.#isAnswered() && !this.#content.isPacking);
      this.#tell({ kind: 'sent' });
      contents = this.#writeDown(hash);
      await this.#until(() => this.#isOver);
      this.#remember(contents, hash);
      this.#tell({ kind: 'over' });
    } catch (error) {
      if (!isWhole) this.#ledger.save(false);
      this.#entries?.discard();
      contents?.discard();
      if (error instanceof Stopped) return;
      const changed = error instanceof SourceChanged ? error.path : undefined;
      this.#tell({ kind: 'failed', changed, message: messageOf(error) });
    }
  }

  receive(input: ReaderInput): void {
    switch (input.kind) {
      case 'greeted':
        this.#isEmptyThere = input.isEmpty;
        this.#isNear = input.isFar === false;
        if (input.isFar === true) this.#content.far();
        break;
      case 'unpacksZstd':
        this.#content.unpacksZstd();
        break;
      case 'answered':
        this.#tell({ kind: 'found', ...this.#questions.answer(input.needed, input.late) });
        break;
      case 'ready':
        this.#isReady = true;
        break;
      case 'taken':
        this.#content.taken(input.bytes, input.lineBytes, input.memory);
        break;
      case 'done':
        this.#isReady = true;
        this.#isOver = true;
        break;
      case 'stop':
        this.#isStopped = true;
    }
    this.#wake();
  }

  /** Whether nothing more can be asked for. */
  #isAnswered(): boolean {
    return this.#isReady || this.#questions.areAnswered;
  }

  /** Read and not on the line, or waiting for an answer, whichever is more. */
  get #waitingBytes(): number {
    return Math.max(this.#questions.heldBytes, this.#content.untakenBytes);
  }

  /** What was sent, so that it has only to get its name once it is there. */
  #writeDown(hash: string): UnfinishedContents | undefined {
    this.#entries?.flush();
    return this.#losingTimeOnly(() =>
      writeSentContents(this.#request.sentFile, { hash, marks: this.#marks }),
    );
  }

  #remember(contents: UnfinishedContents | undefined, hash: string): void {
    this.#losingTimeOnly(() => {
      this.#entries?.save(hash);
      contents?.finish();
    });
  }

  #losingTimeOnly<T>(save: () => T): T | undefined {
    try {
      return save();
    } catch (error) {
      this.#log.warn(`sent contents save → ${messageOf(error)}`);
      return undefined;
    }
  }

  // The tree

  async #readTree(): Promise<void> {
    const { folder, ignored } = this.#request;
    this.#rules = await readIgnoreRules(folder, ignored);
    if (this.#count !== undefined) this.#noteCount(this.#count);
    const ahead = this.#ahead?.isFor(this.#request, this.#rules) === true ? this.#ahead : undefined;
    let heardAtMs = performance.now();
    for await (const entries of walkInOrder(folder, this.#rules, ahead)) {
      for (const entry of entries) {
        const known = ahead?.of(entry);
        // Where there is nothing to wait for, waiting all the same would take as long as the rest.
        const unread = this.#unread(entry, known);
        const item = unread ?? (entry.kind === 'file' ? await this.#readFile(entry) : undefined);
        const telling = item && this.#add(item, unread && known);
        if (telling !== undefined) await telling;
      }
      if (this.#batch.length >= entriesInFrame) {
        this.#endRun();
        await this.#closeBatch();
      }
      const isFull = this.#waitingBytes > mostWaitingBytes;
      if (!isFull && performance.now() - heardAtMs < longestDeafMs) continue;
      await this.#sendUntil(() => this.#waitingBytes <= mostWaitingBytes);
      heardAtMs = performance.now();
    }
    this.#endRun();
    await this.#closeBatch();
  }

  /** Of an entry whose content need not be read: most, where little changed. */
  #unread(entry: WalkedEntry, known: EntryAhead | undefined): TreeItem | undefined {
    const hash = known?.hash;
    if (known !== undefined && hash === undefined) return known.told.item;
    if (entry.kind !== 'file') return { entry };
    if (entry.sizeBytes === 0) return { entry, sha256: sha256OfNothing };
    if (this.#request.distrusted.includes(entry.path)) return undefined;
    const sha256 = hash === undefined ? this.#ledger.find(entry.path, entry) : this.#ledger.again(hash);
    if (sha256 === undefined || this.#isEmptyThere === true) return undefined;
    if (known !== undefined) return known.told.item;
    if (entry.sizeBytes > largestSlabFileBytes) return { entry, sha256, part: partOf(entry) };
    return { entry, sha256 };
  }

  /** Takes a moment where a frame ends with it. */
  #add(item: TreeItem, known: EntryAhead | undefined): Promise<void> | undefined {
    const { entry } = item;
    if (known === undefined) this.#identity.add(item);
    else this.#identity.addKnown(known.identity);
    const isFile = 'sha256' in item;
    if (isFile) {
      this.#files += 1;
      this.#bytes += item.entry.sizeBytes;
    }
    const told = known?.told ?? { item, line: entryLine(entry, isFile ? item.sha256 : '') };
    const place =
      known?.place !== undefined && this.#knowsPlaces
        ? this.#entries?.again(known.place, told.line)
        : this.#entries?.place(entry.path, told.line);
    if (place === undefined || !this.#run.continuesAt(place)) this.#endRun();
    if (place !== undefined && this.#isEmptyThere !== true) return this.#keep(place, told);
    this.#batch.push(told);
    return undefined;
  }

  /** The entry is as it was: of many of these, one behind the other, no more is told than where they stood. */
  #keep(place: number, told: ToldItem): Promise<void> | undefined {
    this.#run.add(place, told);
    if ('sha256' in told.item) this.#marks.add(told.item.sha256);
    if (this.#run.count === entriesInRun) this.#tellRun();
    if (this.#run.count !== shortestRun || this.#run.isLong) return undefined;
    return this.#closeBatch().then(() => this.#run.leaveOut());
  }

  #endRun(): void {
    if (this.#run.isLong) this.#tellRun();
    this.#batch.push(...this.#run.items);
    this.#run = new UnchangedRun();
  }

  #tellRun(): void {
    const { first, count, files, bytes } = this.#run;
    if (count === 0) return;
    this.#content.tellFrame(keptFrame(first, count));
    this.#told += count;
    this.#tell({ kind: 'found', files, bytes });
    this.#run.goOn();
  }

  /** `undefined` when it went meanwhile. */
  async #readFile(found: WalkedFile): Promise<TreeFile | undefined> {
    const isLarge = found.sizeBytes > largestSlabFileBytes;
    let entry = found;
    for (let tries = 0; tries < readTries; tries += 1) {
      const readAtMs = Date.now();
      const read = isLarge ? await this.#readLarge(entry) : await this.#readSmall(entry);
      if (read === undefined) return undefined;
      if (isSameVersion(read.version, entry)) {
        this.#ledger.remember(entry.path, entry, read.found.sha256, readAtMs);
        return { entry, ...read.found };
      }
      entry = { ...entry, ...read.version };
    }
    throw new SourceChanged(this.#request.folder, found.path);
  }

  async #readSmall(entry: WalkedFile): Promise<FileRead | undefined> {
    if (this.#slabUsed + entry.sizeBytes > this.#slab.length) {
      this.#endRun();
      await this.#closeBatch();
    }
    if (entry.sizeBytes > this.#slab.length) this.#slab = Buffer.allocUnsafeSlow(entry.sizeBytes);
    const content = this.#slab.subarray(this.#slabUsed, this.#slabUsed + entry.sizeBytes);
    const version = this.#source.read(entry.path, content, 0);
    if (version === undefined) return undefined;
    if (isSameVersion(version, entry)) this.#slabUsed += entry.sizeBytes;
    return { version, found: { content, sha256: sha256Of(content) } };
  }

  /** Hashes it, and sends it on the way where it is surely needed. */
  async #readLarge(entry: WalkedFile): Promise<FileRead | undefined> {
    await this.#until(() => this.#sent !== undefined || this.#isEmptyThere !== undefined);
    const part = partOf(entry);
    // One of this size may be a copy of one that is on its way: that is asked about.
    const isSent = this.#isEmptyThere === true && !this.#sentSizes.has(entry.sizeBytes);
    if (isSent) {
      this.#sentSizes.add(entry.sizeBytes);
      this.#content.tellFrame(partFrame(part, entry.sizeBytes));
    }
    const digest = createHash('sha256');
    for (let offset = 0; offset < entry.sizeBytes; offset += blockBytes) {
      const frame = this.#readBlock(entry, part, offset);
      if (frame === undefined) return undefined;
      digest.update(frame.subarray(blockHeaderBytes));
      if (isSent) await this.#content.sendBlock(entry, offset, frame);
      else {
        this.#content.giveBack(memoryOf([frame]));
        await nextTurn();
      }
    }
    const version = this.#source.read(entry.path, nothing, 0);
    return version && { version, found: { part, isSent, sha256: digest.digest('hex') } };
  }

  /** Tells the entries so far, those whose content goes along apart from those that are asked about. */
  async #closeBatch(): Promise<void> {
    const told = this.#batch;
    this.#batch = [];
    // Without a guess at what is there, the machine says first whether there is anything.
    if (told.length > 0)
      await this.#until(() => this.#sent !== undefined || this.#isEmptyThere !== undefined);
    const goes: boolean[] = [];
    // Where there is no content to ask about, an entry goes with its neighbours.
    for (const { item } of told)
      goes.push(
        'sha256' in item && item.entry.sizeBytes > 0 ? this.#goesUnasked(item) : (goes.at(-1) ?? true),
      );
    for (let first = 0; first < told.length;) {
      const isComing = goes[first] ?? false;
      let next = first + 1;
      while (next < told.length && goes[next] === isComing) next += 1;
      this.#tellEntries(isComing ? 'coming' : 'asked', told.slice(first, next));
      first = next;
    }
    await this.#sendSlab(told, goes);
  }

  #goesUnasked({ entry, sha256, content, isSent }: TreeFile): boolean {
    const isFirst = !this.#marks.has(sha256);
    this.#marks.add(sha256);
    if (isSent === true) return true;
    if (content === undefined || !isFirst) return false;
    const isLikelyNeeded =
      this.#sent !== undefined && !this.#sent.marks.has(sha256) && entry.sizeBytes <= this.#unaskedLeft;
    if (this.#isEmptyThere !== true && !isLikelyNeeded) return false;
    this.#unaskedLeft -= entry.sizeBytes;
    return true;
  }

  #tellEntries(how: 'asked' | 'coming', told: readonly ToldItem[]): void {
    const lines: string[] = [];
    const asked = new Map<number, TreeFile>();
    for (const { item, line } of told) {
      const isFile = 'sha256' in item;
      if (isFile) asked.set(this.#told, item);
      const isParted = isFile && item.part !== undefined;
      lines.push(isParted ? entryLine(item.entry, item.sha256, item.part) : line);
      this.#told += 1;
    }
    if (how === 'asked') this.#questions.ask(asked);
    const frame = tellingFrame(how, lines);
    // After a rest TCP carries little in a round trip, and of many entries half is spelling.
    const goesAsItIs = this.#isNear || frame.length < packedFromBytes;
    this.#content.tellFrame(
      goesAsItIs ? frame : packedFrame({ kind: 'Z', bytes: deflateSync(frame, { level: 1 }) }),
    );
  }

  /** What goes unasked of the slab. What is asked about keeps its bytes until the answer. */
  async #sendSlab(told: readonly ToldItem[], goes: readonly boolean[]): Promise<void> {
    const slab = this.#slab.subarray(0, this.#slabUsed);
    const going: TreeFile[] = [];
    let goingBytes = 0;
    let isHeld = false;
    for (const [at, { item }] of told.entries()) {
      if (!('sha256' in item) || item.content === undefined) continue;
      if (goes[at] === true) {
        going.push(item);
        goingBytes += item.content.length;
      } else isHeld = true;
    }
    // What waits is counted by its content, so it must not hold much more.
    const isFull = goingBytes === slab.length && goingBytes > slabBytes / 2 && slab.byteOffset === 0;
    const rest = isHeld ? this.#slab.subarray(this.#slabUsed) : this.#slab;
    this.#slab = isFull || rest.length < slabBytes / 2 ? this.#content.take(slabBytes) : rest;
    this.#slabUsed = 0;
    if (going.length === 0) return;
    await this.#content.sendFiles(going, isFull ? slab : joined(going.map(({ content }) => content)));
  }

  // Content

  /** Sends what was asked for, until nothing is and the condition holds. */
  async #sendUntil(isEnough: () => boolean): Promise<void> {
    await nextTurn();
    this.#goOn();
    for (;;) {
      while (this.#questions.isAnyNeeded) await this.#sendNeeded();
      if (isEnough()) return;
      await this.#until(() => this.#questions.isAnyNeeded || isEnough());
    }
  }

  async #sendNeeded(): Promise<void> {
    const batch = this.#questions.next();
    const [first] = batch;
    if (first?.file.part !== undefined) await this.#sendBlocks(first.file, first.blocks ?? []);
    else {
      const files = batch.map(({ file }) => file);
      await this.#content.sendFiles(
        files,
        joined(files.map((each) => each.content ?? this.#readAsListed(each))),
      );
    }
  }

  async #sendBlocks(file: TreeFile, runs: readonly (readonly [number, number])[]): Promise<void> {
    const { entry, part = '' } = file;
    for (const [first, count] of runs) {
      for (let block = first; block < first + count; block += 1) {
        const offset = block * blockBytes;
        const frame = this.#readBlock(entry, part, offset, entry);
        if (frame === undefined) throw this.#changed(entry.path);
        await this.#content.sendBlock(entry, offset, frame);
      }
    }
  }

  /** The content that was told, read now. */
  #readAsListed({ entry, sha256 }: TreeFile): Buffer {
    const content = Buffer.allocUnsafeSlow(entry.sizeBytes);
    this.#source.read(entry.path, content, 0);
    if (sha256Of(content) !== sha256) throw this.#changed(entry.path);
    return content;
  }

  /** A block in its frame; `undefined` when the file is gone or, where a version is asked for, another one. */
  #readBlock(entry: WalkedFile, part: string, offset: number, version?: FileVersion): Buffer | undefined {
    const frame = this.#content.take(blockHeaderBytes + Math.min(blockBytes, entry.sizeBytes - offset));
    beginBlock(frame, part, offset);
    const found = this.#source.read(entry.path, frame.subarray(blockHeaderBytes), offset);
    if (found === undefined || (version !== undefined && !isSameVersion(found, version))) return undefined;
    return frame;
  }

  #changed(path: BytePath): SourceChanged {
    return new SourceChanged(this.#request.folder, path);
  }

  /** Uses the time for counting what is to come. */
  async #until(holds: () => boolean): Promise<void> {
    while (!holds()) {
      this.#goOn();
      if (this.#isCounted) await new Promise<void>((resolve) => (this.#wake = resolve));
      else await this.#countMore();
    }
  }

  #goOn(): void {
    if (this.#isStopped && !this.#isOver) throw new Stopped();
  }

  async #countMore(): Promise<void> {
    this.#count ??= new FolderCount(this.#request.folder, this.#rules);
    await this.#count.goOn();
    this.#noteCount(this.#count);
    await nextTurn();
  }

  #noteCount({ files, bytes, isOver }: FolderCount): void {
    this.#isCounted = isOver;
    if (isOver) this.#tell({ kind: 'counted', files, bytes });
    if (this.#sent === undefined && !this.#isMuch && bytes >= wideFromBytes) {
      this.#isMuch = true;
      this.#tell({ kind: 'much', bytes });
    }
  }
}

class Stopped extends Error {}

const nothing = Buffer.alloc(0);

interface FileRead {
  /** What it was when it had been read. */
  readonly version: FileVersion;
  readonly found: Omit<TreeFile, 'entry'>;
}

function joined(contents: readonly (Buffer | undefined)[]): Buffer {
  const bytes = Buffer.allocUnsafeSlow(contents.reduce((sum, each) => sum + (each?.length ?? 0), 0));
  let at = 0;
  for (const each of contents) at += each?.copy(bytes, at) ?? 0;
  return bytes;
}
