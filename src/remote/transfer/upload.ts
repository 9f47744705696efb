import { randomBytes } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import * as v from 'valibot';
import { abortable } from '../../abortable.js';
import { InputError, messageOf } from '../../errors.js';
import { silentLogger } from '../../logger.js';
import { textOf } from './bytePath.js';
import type { Host } from '../host.js';
import { Outbox } from './outbox.js';
import { type FolderReader, startFolderReader } from './readerThread.js';
import type { ReaderOutput, ReadingRequest } from './readerMessages.js';
import { endPreparation } from './prepareUpload.js';
import type { RuntimeFiles } from '../runtimeFiles.js';
import { SourceChanged } from './sourceChanged.js';
import type { SyncOptions, SyncProgress, SyncResult, SyncSource } from './sync.js';
import { BaseRejected, ContentRejected, TransferProcess } from './transferProcess.js';
import { memoryOf } from './spareMemory.js';
import { beginFrame, endFrame, finishFrame } from './uploadFrames.js';
import { UploadLanes } from './uploadLanes.js';
import { readingRequest, uploadRequest } from './uploadRequest.js';

/** What goes from where to where. */
export interface UploadOptions {
  readonly host: Host;
  readonly runtime: RuntimeFiles;
  readonly source: SyncSource;
  readonly options: SyncOptions;
  /** The folder of the machine that is to mirror it; without one, a dataset is made there. */
  readonly folder: string | undefined;
}

const greeting = v.variant('event', [
  v.object({
    event: v.literal('found'),
    stage: v.string(),
    empty: v.boolean(),
    door: v.nullable(v.string()),
  }),
  v.object({ event: v.literal('waiting') }),
  v.object({ event: v.literal('send'), empty: v.boolean() }),
]);
const neededFile = v.union([
  v.pipe(
    v.strictTuple([v.number()]),
    v.transform(([index]) => ({ index })),
  ),
  v.pipe(
    v.tuple([v.number(), v.array(v.tuple([v.number(), v.number()]))]),
    v.transform(([index, blocks]) => ({ index, blocks })),
  ),
]);
const answer = v.variant('event', [
  v.object({ event: v.literal('need'), files: v.array(neededFile), late: v.array(v.number()) }),
  v.object({ event: v.literal('unpacks'), zstd: v.boolean() }),
  v.object({ event: v.literal('ready') }),
  v.object({ event: v.literal('done'), path: v.string() }),
]);

const tries = 3;
const tokenBytes = 16;
/** Beyond a local network, round trips take longer. */
const farFromMs = 5;
/** Each lane that opens or is waited for listens for the end. */
const listenersOfLanes = 50;

/** One folder on its way to a machine: see {@link syncDataset}. */
export class Upload {
  readonly #what: UploadOptions;
  readonly #signal: AbortSignal;
  readonly #startedMs = performance.now();
  readonly #distrusted: string[] = [];
  readonly #sent = { files: 0, bytes: 0 };
  #usesBase = true;

  constructor(what: UploadOptions, signal: AbortSignal) {
    this.#what = what;
    this.#signal = signal;
  }

  /** Looks at the folder again when it changed under way, a few times. */
  async run(): Promise<SyncResult> {
    const { host, runtime, options } = this.#what;
    try {
      return await this.#upload();
    } finally {
      endPreparation(host, runtime).catch((error: unknown) => {
        options.logger?.debug(`upload preparation end → ${messageOf(error)}`);
      });
    }
  }

  async #upload(): Promise<SyncResult> {
    const { host, source, folder } = this.#what;
    const first = readingRequest(host, source, folder);
    for (let count = 1; ; count += 1) {
      this.#signal.throwIfAborted();
      const reading = { ...first, usesBase: this.#usesBase, distrusted: this.#distrusted };
      const attempt = new UploadAttempt(this.#what, reading, this.#sent, this.#signal);
      try {
        const { path, hash, files } = await attempt.run();
        const seconds = (performance.now() - this.#startedMs) / 1000;
        return { path, hash, files, sent: this.#sent.files, bytes: this.#sent.bytes, seconds };
      } catch (error) {
        this.#learnFrom(error, count === tries);
      }
    }
  }

  /** @throws the error, unless another try may do better */
  #learnFrom(caught: unknown, isLast: boolean): void {
    const { source, options } = this.#what;
    const error = caught instanceof ContentRejected ? new SourceChanged(source.folder, caught.path) : caught;
    if (error instanceof BaseRejected && this.#usesBase) {
      this.#usesBase = false;
      options.logger?.info(`sync ${source.folder} → the last version of it is gone there, telling all of it`);
    } else if (error instanceof SourceChanged && !isLast) {
      this.#distrusted.push(error.path);
      options.logger?.info(`sync ${source.folder} → a file changed, looking again`);
    } else throw error;
  }
}

interface Arrived {
  readonly path: string;
  readonly hash: string;
  readonly files: number;
}

class UploadAttempt {
  readonly #what: UploadOptions;
  readonly #reading: ReadingRequest;
  readonly #sent: { files: number; bytes: number };
  readonly #signal: AbortSignal;
  /** Names this attempt to the lanes that carry for it. */
  readonly #token = randomBytes(tokenBytes).toString('hex');
  readonly #outbox = new Outbox();
  readonly #over = new AbortController();
  readonly #onTree = new Happening();
  readonly #onSent = new Happening();
  readonly #onOver = new Happening();
  #isDone = false;
  #fail: (error: unknown) => void = () => undefined;
  #reader: FolderReader | undefined;
  readonly #lanes: UploadLanes;
  #phase: SyncProgress['phase'] = 'reading';
  readonly #there = { files: 0, bytes: 0 };
  #total: { files: number; bytes: number } | undefined;
  #tree: { readonly hash: string; readonly files: number } | undefined;

  constructor(
    what: UploadOptions,
    reading: ReadingRequest,
    sent: { files: number; bytes: number },
    signal: AbortSignal,
  ) {
    this.#what = what;
    this.#reading = reading;
    this.#sent = sent;
    this.#signal = AbortSignal.any([signal, this.#over.signal]);
    setMaxListeners(listenersOfLanes, this.#signal);
    this.#lanes = new UploadLanes(what, this.#outbox, (error) => this.#fail(error), this.#signal);
  }

  async run(): Promise<Arrived> {
    const failed = new Promise<never>((_resolve, reject) => (this.#fail = reject));
    failed.catch(() => undefined);
    const { host, runtime, source, folder } = this.#what;
    this.#report('reading');
    this.#reader = this.#read();
    let control: TransferProcess | undefined;
    try {
      const request = uploadRequest(host, source, folder);
      // The distance is known then.
      host.reached?.(this.#signal).then(() => this.#lanes.widen(0), nothing);
      const started = TransferProcess.start(host, runtime, request, this.#signal, 'upload.py');
      control = await Promise.race([failed, started]);
      await control.send(beginFrame(this.#token));
      const path = await Promise.race([failed, this.#talk(control)]);
      await Promise.race([failed, this.#remembered()]);
      const { hash = '', files = 0 } = this.#tree ?? {};
      return { path: textOf(path), hash, files };
    } finally {
      this.#over.abort();
      this.#lanes.close();
      control?.close();
      this.#reader.close();
    }
  }

  #read(): FolderReader {
    const log = this.#what.options.logger ?? silentLogger;
    return startFolderReader(this.#reading, log, (output) => this.#onRead(output));
  }

  #onRead(output: ReaderOutput): void {
    switch (output.kind) {
      case 'told': {
        const { frame } = output;
        const onTaken = (): void => this.#taken(frame.length, frame.length, undefined);
        this.#outbox.addOrdered({ pieces: [frame], onTaken });
        break;
      }
      case 'content':
        this.#addContent(output);
        this.#lanes.widen(output.bytes);
        break;
      case 'much':
        this.#lanes.widen(output.bytes);
        break;
      case 'found':
        this.#there.files += output.files;
        this.#there.bytes += output.bytes;
        this.#report(this.#phase === 'sending' ? 'sending' : 'checking');
        break;
      case 'counted':
        this.#total = { files: output.files, bytes: output.bytes };
        break;
      case 'tree':
        this.#tree = output;
        this.#total = { files: output.files, bytes: output.bytes };
        this.#onTree.resolve();
        break;
      case 'sent':
        this.#onSent.resolve();
        break;
      case 'over':
        this.#onOver.resolve();
        break;
      case 'failed':
        this.#fail(this.#readingError(output));
        break;
      case 'prepared':
      case 'log':
        break;
    }
  }

  #addContent(output: Extract<ReaderOutput, { kind: 'content' }>): void {
    // Counted now: what a thread hands on is gone here once it is written.
    const lineBytes = output.pieces.reduce((sum, { length }) => sum + length, 0);
    this.#outbox.add({ pieces: output.pieces, onTaken: () => this.#contentTaken(output, lineBytes) });
  }

  #readingError({ changed, message }: Extract<ReaderOutput, { kind: 'failed' }>): Error {
    return changed === undefined
      ? new InputError(message)
      : new SourceChanged(this.#what.source.folder, changed);
  }

  #taken(bytes: number, lineBytes: number, memory: ArrayBuffer | undefined): void {
    this.#reader?.receive({ kind: 'taken', bytes, lineBytes, memory }, memory);
  }

  #contentTaken(content: Extract<ReaderOutput, { kind: 'content' }>, lineBytes: number): void {
    const { bytes, files, pieces } = content;
    this.#taken(bytes, lineBytes, memoryOf(pieces));
    this.#lanes.taken(lineBytes);
    this.#sent.bytes += bytes;
    this.#sent.files += files;
    this.#there.bytes += bytes;
    this.#there.files += files;
    this.#report('sending');
  }

  /** Says and answers until the machine has all of it, and returns its place there. */
  async #talk(control: TransferProcess): Promise<string> {
    const carrying = this.#outbox.carry(
      () => ({ ordered: true, free: !this.#lanes.areOpen }),
      (pieces) => control.send(...pieces),
    );
    try {
      const [path] = await Promise.all([this.#listen(control), this.#finish(control, carrying)]);
      return path;
    } finally {
      this.#outbox.close();
    }
  }

  async #listen(control: TransferProcess): Promise<string> {
    await this.#greeted(control);
    for (;;) {
      const told = await control.message(answer);
      switch (told.event) {
        case 'need':
          this.#reader?.receive({ kind: 'answered', needed: told.files, late: told.late });
          break;
        case 'unpacks':
          if (told.zstd) this.#reader?.receive({ kind: 'unpacksZstd' });
          break;
        case 'ready':
          this.#reader?.receive({ kind: 'ready' });
          break;
        case 'done':
          this.#isDone = true;
          this.#onSent.resolve();
          return told.path;
      }
    }
  }

  async #greeted(control: TransferProcess): Promise<void> {
    for (;;) {
      const told = await control.message(greeting);
      if (told.event === 'waiting') {
        this.#report('waiting');
        continue;
      }
      const isFar = (this.#what.host.roundTripMs ?? 0) >= farFromMs;
      this.#reader?.receive({ kind: 'greeted', isEmpty: told.empty, isFar });
      if (told.event === 'found') {
        this.#lanes.admit(told.stage, this.#token, told.door ?? undefined);
        continue;
      }
      control.stayAlive();
      this.#report('checking');
      return;
    }
  }

  /** Ends the tree, then, unless the machine is done with that, the content. */
  async #finish(control: TransferProcess, carrying: Promise<void>): Promise<void> {
    const lanes = this.#lanes;
    await abortable(this.#onTree.promise, this.#signal);
    if (!lanes.areOpen) await abortable(this.#outbox.emptied(), this.#signal);
    const hasLanded = !lanes.areOpen;
    this.#outbox.addOrdered({ pieces: [endFrame(this.#tree?.hash ?? '', hasLanded)], onTaken: nothing });
    await abortable(this.#onSent.promise, this.#signal);
    await abortable(this.#outbox.taken(), this.#signal);
    const count = this.#isDone ? 0 : lanes.finish();
    this.#outbox.close();
    await abortable(carrying, this.#signal);
    if (this.#isDone) return;
    this.#report('finishing');
    await control.send(finishFrame(count));
  }

  async #remembered(): Promise<void> {
    this.#reader?.receive({ kind: 'done' });
    await abortable(this.#onOver.promise, this.#signal);
  }

  #report(phase: SyncProgress['phase']): void {
    this.#phase = phase;
    const { files, bytes } = this.#there;
    const { files: totalFiles = null, bytes: totalBytes = null } = this.#total ?? {};
    this.#what.options.onProgress?.({ phase, files, bytes, totalFiles, totalBytes });
  }
}

const nothing = (): void => undefined;

/** Something that will have happened. */
class Happening {
  readonly promise: Promise<void>;
  resolve: () => void = nothing;

  constructor() {
    this.promise = new Promise((resolve) => (this.resolve = resolve));
  }
}
