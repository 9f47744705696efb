import { Signal, type Disposable } from '../disposable.js';
import type { JobFolder } from '../home.js';
import { Poller } from '../poller.js';
import { ProgressReader, type ProgressPoint, type ProgressState } from '../recipes/progress/index.js';
import { parseSampleLine, type Sample } from '../remote/sample.js';
import { GrowingFile } from './growingFile.js';
import type { Job } from './job.js';
import { JobCheckpoints, type JobCheckpoint } from './jobCheckpoints.js';
import { LogClock } from './logClock.js';
import { Journal } from './journal.js';
import { readDriver, type Driver } from './lease.js';
import { SampleGallery, type GallerySample } from './sampleGallery.js';
import { parseSampleImage } from './sampleImages.js';

/** A point, and how long after the first sample of load it was reported: in seconds, `null` where nobody knows. */
export type TimedPoint = ProgressPoint & { readonly seconds: number | null };

/** What became known of a job since the last look. */
export type FeedUpdate =
  | { readonly kind: 'job'; readonly job: Job }
  | { readonly kind: 'driver'; readonly driver: Driver }
  | { readonly kind: 'log'; readonly bytes: Uint8Array }
  | { readonly kind: 'points'; readonly points: readonly TimedPoint[] }
  | { readonly kind: 'samples'; readonly samples: readonly Sample[] }
  /** Of what the model makes: those that are new or other than before. */
  | { readonly kind: 'modelSamples'; readonly samples: readonly GallerySample[] }
  /** All of them, oldest first. */
  | { readonly kind: 'checkpoints'; readonly checkpoints: readonly JobCheckpoint[] };

/**
 * Reads a job's files as they grow: journal, log, machine load, driver. Everybody who shows a job looks at the same
 * files this way, whether they drive it or not, so a view can be opened and closed at any time.
 */
export class JobFeed implements Disposable {
  readonly onUpdate = new Signal<FeedUpdate>();
  readonly #folder: JobFolder;
  readonly #journal: Journal;
  readonly #poller: Poller;
  readonly #log: GrowingFile;
  readonly #samples: GrowingFile;
  readonly #images: GrowingFile;
  readonly #gallery: SampleGallery;
  readonly #points: TimedPoint[] = [];
  readonly #clock = new LogClock();
  readonly #machineLoad: Sample[] = [];
  #reader: ProgressReader;
  #readerEnded = false;
  #logBytes = 0;
  #driver: Driver = { kind: 'none' };
  readonly #shelf: JobCheckpoints;
  #checkpoints: readonly JobCheckpoint[] = [];

  private constructor(folder: JobFolder, journal: Journal, pollMs: number) {
    this.#folder = folder;
    this.#journal = journal;
    this.#log = new GrowingFile(folder.log);
    this.#samples = new GrowingFile(folder.samples);
    this.#images = new GrowingFile(folder.modelSampleIndex);
    this.#gallery = new SampleGallery(journal.job.spec.id);
    this.#shelf = new JobCheckpoints(folder);
    this.#reader = new ProgressReader({ recipe: journal.job.spec.recipe });
    this.#poller = new Poller(pollMs, () => this.#read());
  }

  /** @throws {NotFoundError | InputError} there is no such job, or its journal cannot be read */
  static async open(folder: JobFolder, pollMs: number): Promise<JobFeed> {
    return new JobFeed(folder, await Journal.open(folder.journal), pollMs);
  }

  get job(): Job {
    return this.#journal.job;
  }

  get driver(): Driver {
    return this.#driver;
  }

  get progress(): ProgressState {
    return this.#reader.state;
  }

  get points(): readonly TimedPoint[] {
    return this.#points;
  }

  get samples(): readonly Sample[] {
    return this.#machineLoad;
  }

  /** What the model made so far, oldest first. */
  get modelSamples(): readonly GallerySample[] {
    return this.#gallery.samples;
  }

  /** Oldest first. */
  get checkpoints(): readonly JobCheckpoint[] {
    return this.#checkpoints;
  }

  /** Looks at the files now and then until disposed. */
  start(): void {
    this.#poller.start();
  }

  /** Reads everything there is now; listeners have been told when it resolves. */
  async read(): Promise<void> {
    // The first may be a look that was under way already.
    await this.#poller.now();
    await this.#poller.now();
  }

  /** Resolves once the feed is as wished; it must have been started. */
  until(isReached: (feed: JobFeed) => boolean, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      signal.throwIfAborted();
      const end = (): void => {
        listening.dispose();
        signal.removeEventListener('abort', onAbort);
      };
      const onAbort = (): void => {
        end();
        reject(signal.reason as Error);
      };
      const look = (): void => {
        if (!isReached(this)) return;
        end();
        resolve();
      };
      const listening = this.onUpdate.on(look);
      signal.addEventListener('abort', onAbort);
      look();
    });
  }

  dispose(): void {
    this.#poller.dispose();
    this.onUpdate.dispose();
  }

  async #read(): Promise<void> {
    const { attempt } = this.#journal.job;
    const changed = await this.#journal.refresh();
    const { job } = this.#journal;
    if (job.attempt !== attempt) this.#continueReading();
    // Samples first: they say when what is in the log was written.
    await this.#readSamples();
    await this.#readLog(job);
    await this.#readImages();
    await this.#readCheckpoints();
    if (changed) this.onUpdate.fire({ kind: 'job', job });
    await this.#readDriver();
  }

  async #readLog(job: Job): Promise<void> {
    for await (const bytes of this.#log.grown()) {
      this.onUpdate.fire({ kind: 'log', bytes });
      this.#readPoints(bytes);
      this.#announceModelSamples(this.#gallery.addSamples(this.#reader.takeModelSamples()));
    }
    if (job.stage.state === 'ended' && !this.#readerEnded) {
      this.#readerEnded = true;
      this.#addPoints(this.#reader.end().points, this.#logBytes);
      this.#announceModelSamples(this.#gallery.addSamples(this.#reader.takeModelSamples()));
    }
  }

  /** A resumed job goes on in the same log. A reader that has ended is replaced; the new one counts lines anew. */
  #continueReading(): void {
    if (!this.#readerEnded) return;
    this.#readerEnded = false;
    this.#reader = new ProgressReader({ recipe: this.job.spec.recipe });
  }

  /** In pieces that lie between two samples, so that each point gets a time between theirs. */
  #readPoints(bytes: Uint8Array): void {
    const begin = this.#logBytes;
    for (const cut of this.#clock.cuts(begin, begin + bytes.length)) {
      const from = this.#logBytes;
      this.#logBytes = cut;
      this.#addPoints(this.#reader.push(bytes.subarray(from - begin, cut - begin)), from);
    }
  }

  /** @param from where the part of the log begins that the points were read from */
  #addPoints(points: readonly ProgressPoint[], from: number): void {
    if (points.length === 0) return;
    const now = performance.now();
    const earliest = this.#clock.secondsAt(from, now);
    const latest = this.#clock.secondsAt(this.#logBytes, now);
    const timed = points.map((point, index): TimedPoint => {
      const share = (index + 1) / points.length;
      const seconds = earliest === null || latest === null ? null : earliest + share * (latest - earliest);
      return { ...point, seconds };
    });
    for (const point of timed) this.#points.push(point);
    this.onUpdate.fire({ kind: 'points', points: timed });
  }

  async #readSamples(): Promise<void> {
    const samples: Sample[] = [];
    for await (const line of this.#samples.grownLines()) {
      const sample = parseSampleLine(line);
      if (!sample) continue;
      samples.push(sample);
      this.#clock.add(sample, performance.now());
    }
    if (samples.length === 0) return;
    this.#machineLoad.push(...samples);
    this.onUpdate.fire({ kind: 'samples', samples });
  }

  async #readImages(): Promise<void> {
    for await (const line of this.#images.grownLines()) {
      const image = parseSampleImage(line);
      if (image) this.#announceModelSamples(this.#gallery.addImages([image]));
    }
  }

  async #readCheckpoints(): Promise<void> {
    const checkpoints = await this.#shelf.look();
    if (!checkpoints) return;
    const isOther = JSON.stringify(checkpoints) !== JSON.stringify(this.#checkpoints);
    this.#checkpoints = checkpoints;
    if (isOther) this.onUpdate.fire({ kind: 'checkpoints', checkpoints });
  }

  #announceModelSamples(samples: readonly GallerySample[]): void {
    if (samples.length > 0) this.onUpdate.fire({ kind: 'modelSamples', samples });
  }

  async #readDriver(): Promise<void> {
    const driver = await readDriver(this.#folder.path);
    if (JSON.stringify(driver) === JSON.stringify(this.#driver)) return;
    this.#driver = driver;
    this.onUpdate.fire({ kind: 'driver', driver });
  }
}
