import * as v from 'valibot';
import { InputError } from '../../errors.js';
import { readIgnoreRules } from '../../ignore.js';
import { type Logger, silentLogger } from '../../logger.js';
import { textOf, toBytePath } from './bytePath.js';
import { frame } from './frames.js';
import { HashCache } from './hashCache.js';
import type { Host } from '../host.js';
import { type Manifest, type ManifestEntry, readManifest } from './manifest.js';
import { packFiles, type Slab, type WantedFile } from './packing.js';
import type { RuntimeFiles } from '../runtimeFiles.js';
import { SourceChanged } from './sourceChanged.js';
import { RejectedFiles, TransferProcess } from './transferProcess.js';

export interface SyncSource {
  /** Absolute path of the folder to send; what its `.trainyardignore` and the usual junk name stays here. */
  readonly folder: string;
  /** Patterns of what else stays here; its `.trainyardignore` may take them back. */
  readonly ignored?: readonly string[];
  /** Where hashes of files are remembered between syncs. */
  readonly cacheDir: string;
}

export interface SyncOptions {
  readonly onProgress?: (progress: SyncProgress) => void;
  readonly logger?: Logger;
}

export interface SyncProgress {
  /**
   * `reading` hashes the folder here; `waiting` is for another sync to the same place; `checking` finds what is there;
   * `finishing` gives everything its name.
   */
  readonly phase: 'reading' | 'waiting' | 'checking' | 'sending' | 'finishing';
  readonly files: number;
  readonly bytes: number;
  /** What `files` and `bytes` grow to in this phase; `null` where nobody knows yet. */
  readonly totalFiles: number | null;
  readonly totalBytes: number | null;
}

export interface SyncResult {
  /** Absolute path of the folder on the machine. */
  readonly path: string;
  /** Names the content, see {@link Manifest}. */
  readonly hash: string;
  /** Files in the folder. */
  readonly files: number;
  /** Files of which anything was sent. */
  readonly sent: number;
  /** Bytes of files that were sent. */
  readonly bytes: number;
  readonly seconds: number;
}

const syncTries = 3;

/**
 * Makes the folder's content a dataset on the machine, under the name of its content, and sends only what the machine
 * does not have in any dataset. Safe to repeat after any interruption, and while another sync does the same.
 * @throws {InputError} the folder, see {@link readManifest}
 * @throws {MachineError} its disk is too full (said before anything is sent, where it can be known)
 * @throws {ConnectionError} the connection broke; the next try goes on where this one ended
 */
export function syncDataset(
  host: Host,
  runtime: RuntimeFiles,
  source: SyncSource,
  options: SyncOptions,
  signal: AbortSignal,
): Promise<SyncResult> {
  return new Sync(host, runtime, source, options, signal).run(({ hash }) => ({
    op: 'upload',
    root: toBytePath(host.root),
    dataset: hash,
  }));
}

/**
 * Makes a folder of the machine a mirror of the folder here: what is not here is deleted there, after everything else
 * is in place. Until all content has arrived nothing there changes. Errors as {@link syncDataset}.
 * @param remoteFolder absolute, or beginning with `~/`; made if it is not there
 * @throws {InputError} also when that is the home folder or one above it
 */
export function syncFolder(
  host: Host,
  runtime: RuntimeFiles,
  source: SyncSource,
  remoteFolder: string,
  options: SyncOptions,
  signal: AbortSignal,
): Promise<SyncResult> {
  if (!/^(\/|~\/)/.test(remoteFolder))
    return Promise.reject(new InputError(`${remoteFolder} is not an absolute path; begin it with / or ~/.`));
  return new Sync(host, runtime, source, options, signal).run(() => ({
    op: 'upload',
    folder: toBytePath(remoteFolder),
  }));
}

const progressAnswer = v.variant('event', [
  v.object({ event: v.literal('waiting') }),
  v.object({ event: v.literal('send') }),
  v.object({ event: v.literal('complete'), path: v.string() }),
]);
const needAnswer = v.variant('event', [
  v.object({
    event: v.literal('need'),
    files: v.array(v.tuple([v.number(), v.number(), v.string()])),
  }),
  v.object({ event: v.literal('ready') }),
]);
const doneAnswer = v.object({ event: v.literal('done'), path: v.string() });

const entriesInFrame = 2000;

class Sync {
  readonly #host: Host;
  readonly #runtime: RuntimeFiles;
  readonly #source: SyncSource;
  readonly #options: SyncOptions;
  readonly #signal: AbortSignal;
  readonly #startedMs = performance.now();
  #sentFiles = 0;
  #sentBytes = 0;

  constructor(
    host: Host,
    runtime: RuntimeFiles,
    source: SyncSource,
    options: SyncOptions,
    signal: AbortSignal,
  ) {
    this.#host = host;
    this.#runtime = runtime;
    this.#source = source;
    this.#options = options;
    this.#signal = signal;
  }

  /** Looks at the folder again when it changed under way, a few times. */
  async run(request: (manifest: Manifest) => unknown): Promise<SyncResult> {
    const { folder, cacheDir } = this.#source;
    const log = this.#options.logger ?? silentLogger;
    const cache = await HashCache.open(cacheDir, folder, log);
    for (let tries = 1; ; tries += 1) {
      const manifest = await this.#manifest(cache);
      try {
        return this.#result(manifest, await this.#upload(manifest, request(manifest)));
      } catch (error) {
        const changed = this.#changed(error, manifest, cache);
        if (changed === undefined) throw error;
        if (tries === syncTries) throw changed;
        log.info(`sync ${folder} → a file changed, looking again`);
      }
    }
  }

  async #manifest(cache: HashCache): Promise<Manifest> {
    const { folder, ignored } = this.#source;
    const rules = await readIgnoreRules(folder, ignored);
    const onFile = (files: number, bytes: number): void => this.#report('reading', files, bytes);
    const manifest = await readManifest({ folder, rules, cache, onFile }, this.#signal);
    await cache.save();
    return manifest;
  }

  #changed(error: unknown, manifest: Manifest, cache: HashCache): SourceChanged | undefined {
    if (error instanceof SourceChanged) return error;
    if (!(error instanceof RejectedFiles)) return undefined;
    const paths = error.indexes.map((index) => fileAt(manifest, index)?.path ?? '');
    for (const path of paths) cache.forget(path);
    return new SourceChanged(this.#source.folder, paths[0] ?? '');
  }

  /** Brings the content there and returns its place. */
  async #upload(manifest: Manifest, request: unknown): Promise<string> {
    const transfer = await TransferProcess.start(this.#host, this.#runtime, request, this.#signal);
    try {
      const place = await this.#placeIfComplete(transfer);
      if (place !== undefined) return place;
      transfer.stayAlive();
      this.#report('checking', 0, 0);
      const [wanted] = await Promise.all([
        this.#wanted(transfer, manifest),
        this.#sendManifest(transfer, manifest),
      ]);
      const [done] = await Promise.all([transfer.message(doneAnswer), this.#sendFiles(transfer, wanted)]);
      return done.path;
    } finally {
      transfer.close();
    }
  }

  async #placeIfComplete(transfer: TransferProcess): Promise<string | undefined> {
    for (;;) {
      const answer = await transfer.message(progressAnswer);
      if (answer.event === 'complete') return answer.path;
      if (answer.event === 'send') return undefined;
      this.#report('waiting', 0, 0);
    }
  }

  async #sendManifest(transfer: TransferProcess, { entries }: Manifest): Promise<void> {
    for (let first = 0; first < entries.length; first += entriesInFrame) {
      const lines = entries.slice(first, first + entriesInFrame).map(toWire);
      if (!(await transfer.send(frame('M', Buffer.from(JSON.stringify(lines)))))) return;
    }
    await transfer.send(frame('M', Buffer.from('[]')));
  }

  async #wanted(transfer: TransferProcess, manifest: Manifest): Promise<WantedFile[]> {
    const wanted: WantedFile[] = [];
    for (;;) {
      const answer = await transfer.message(needAnswer);
      if (answer.event === 'ready') return wanted;
      for (const [index, offset, prefix] of answer.files) {
        const file = fileAt(manifest, index);
        if (file === undefined) throw transfer.foreign(`file ${index} of ${manifest.entries.length}`);
        wanted.push({ index, file, offset, prefix });
      }
    }
  }

  async #sendFiles(transfer: TransferProcess, wanted: readonly WantedFile[]): Promise<void> {
    const totals = {
      totalFiles: wanted.length,
      totalBytes: wanted.reduce((sum, { file, offset }) => sum + file.sizeBytes - offset, 0),
    };
    let files = 0;
    let bytes = 0;
    for await (const slab of readAhead(packFiles(this.#source.folder, wanted, this.#signal))) {
      if (!(await transfer.send(slab.bytes))) return;
      files += slab.files;
      bytes += slab.content;
      this.#sentFiles += slab.files;
      this.#sentBytes += slab.content;
      this.#options.onProgress?.({ phase: 'sending', files, bytes, ...totals });
    }
    await transfer.send(frame('Q', Buffer.alloc(0)));
    this.#options.onProgress?.({ phase: 'finishing', files, bytes, ...totals });
  }

  #report(phase: SyncProgress['phase'], files: number, bytes: number): void {
    this.#options.onProgress?.({ phase, files, bytes, totalFiles: null, totalBytes: null });
  }

  #result(manifest: Manifest, path: string): SyncResult {
    return {
      path: textOf(path),
      hash: manifest.hash,
      files: manifest.files,
      sent: this.#sentFiles,
      bytes: this.#sentBytes,
      seconds: (performance.now() - this.#startedMs) / 1000,
    };
  }
}

function fileAt(manifest: Manifest, index: number): WantedFile['file'] | undefined {
  const entry = manifest.entries[index];
  return entry?.kind === 'file' ? entry : undefined;
}

function toWire(entry: ManifestEntry): readonly (string | number)[] {
  switch (entry.kind) {
    case 'folder':
      return ['d', entry.path, entry.mode, String(entry.mtimeNs)];
    case 'file':
      return ['f', entry.path, entry.mode, String(entry.mtimeNs), entry.sizeBytes, entry.sha256];
    case 'link':
      return ['l', entry.path, entry.target];
  }
}

/** The same values, the next one being made while the caller works on this one. */
async function* readAhead(slabs: AsyncGenerator<Slab>): AsyncGenerator<Slab> {
  let next = settled(slabs.next());
  for (;;) {
    const { result, error } = await next;
    if (result === undefined) throw error;
    if (result.done === true) return;
    next = settled(slabs.next());
    yield result.value;
  }
}

/** A failure as a value, so that one that nobody waits for any more disturbs nobody. */
async function settled(
  next: Promise<IteratorResult<Slab>>,
): Promise<{ result?: IteratorResult<Slab>; error?: unknown }> {
  try {
    return { result: await next };
  } catch (error) {
    return { error };
  }
}
