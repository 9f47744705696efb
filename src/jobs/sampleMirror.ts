import { appendFile, mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { ConnectionError } from '../errors.js';
import type { JobFolder } from '../home.js';
import { readModelSampleLine } from '../recipes/progress/index.js';
import type { Agent, RunImage } from '../remote/agent.js';
import type { Host } from '../remote/host.js';
import type { RuntimeFiles } from '../remote/runtimeFiles.js';
import { toBytePath } from '../remote/transfer/bytePath.js';
import { download, type WantedDownload } from '../remote/transfer/download.js';
import { PartFile } from '../remote/transfer/partFile.js';
import { GrowingFile } from './growingFile.js';
import { endingOf, localNameOf, parseSampleImage } from './sampleImages.js';

export interface SampleSource {
  readonly jobId: string;
  readonly folder: JobFolder;
  readonly host: Host;
  readonly agent: Agent;
  readonly runtime: RuntimeFiles;
}

/** The machine is asked this often for images that no line of the log names. */
const unnamedEveryMs = 15_000;
const mostImageBytes = 20 * 1024 * 1024;
/** So many are kept of one job, and brought at one look. */
const mostImages = 2_000;
const mostAtOnce = 40;
const mostNamesAsked = 200;

/**
 * Brings the images that a model draws while it trains into the job's `samples/` folder here: those that the log names
 * in `output/`, and whatever appears in `output/samples/`.
 */
export class SampleMirror {
  readonly #source: SampleSource;
  readonly #log: GrowingFile;
  readonly #index: GrowingFile;
  /** Newest last. */
  #named: string[] = [];
  #hasNews = true;
  #askedAtMs = 0;
  /** Names of those that are here, and of those that could not be brought. */
  readonly #here = new Set<string>();
  readonly #failed = new Set<string>();

  constructor(source: SampleSource) {
    this.#source = source;
    this.#log = new GrowingFile(source.folder.log);
    this.#index = new GrowingFile(source.folder.modelSampleIndex);
  }

  /**
   * Brings what is not here yet, and asks the machine only when there may be something.
   * @returns how many came
   */
  async look(signal: AbortSignal): Promise<number> {
    await this.#readLog();
    if (!this.#hasNews && Date.now() - this.#askedAtMs < unnamedEveryMs) return 0;
    return this.#bringSome(signal);
  }

  /** Brings all that is not here yet. To be called when no {@link look} is under way. */
  async finish(signal: AbortSignal): Promise<number> {
    await this.#readLog();
    let count = 0;
    do count += await this.#bringSome(signal);
    while (this.#hasNews);
    return count;
  }

  async #bringSome(signal: AbortSignal): Promise<number> {
    const { agent, jobId } = this.#source;
    const images = await agent.sampleImages(jobId, this.#named, signal);
    this.#askedAtMs = Date.now();
    await this.#readIndex();
    const wanted = images.filter((image) => this.#isWanted(image));
    const room = Math.max(0, mostImages - this.#here.size);
    const now = wanted.slice(0, Math.min(mostAtOnce, room));
    const count = now.length === 0 ? 0 : await this.#bring(now, signal);
    this.#hasNews = count < wanted.length && room > count;
    return count;
  }

  async #readLog(): Promise<void> {
    for await (const line of this.#log.grownLines('"sample"')) {
      const sample = readModelSampleLine(line);
      if (sample?.image == null) continue;
      this.#hasNews = true;
      this.#named = [...this.#named, sample.image].slice(-mostNamesAsked);
    }
  }

  async #readIndex(): Promise<void> {
    for await (const line of this.#index.grownLines()) {
      const image = parseSampleImage(line);
      if (image) this.#here.add(image.file);
    }
  }

  #isWanted({ path, bytes, modified }: RunImage): boolean {
    if (endingOf(path) === '' || bytes === 0 || bytes > mostImageBytes) return false;
    const file = localNameOf(path, bytes, modified);
    return !this.#here.has(file) && !this.#failed.has(file);
  }

  /**
   * One that is gone or changes meanwhile is passed over: it has another name when it is whole.
   * @throws {ConnectionError} the machine cannot be reached
   */
  async #bring(images: readonly RunImage[], signal: AbortSignal): Promise<number> {
    const { host, runtime, folder } = this.#source;
    await mkdir(folder.modelSamples, { recursive: true });
    const coming: Coming[] = [];
    for (const image of images) {
      const file = localNameOf(image.path, image.bytes, image.modified);
      const part = await PartFile.find(join(folder.modelSamples, `${file}.part`), signal);
      coming.push({ image, file, part, remotePath: toBytePath(image.absolutePath) });
    }
    let hasFailed = false;
    try {
      await download(host, runtime, coming, { onDownloaded: () => undefined }, signal);
    } catch (error) {
      if (signal.aborted || error instanceof ConnectionError) throw error;
      hasFailed = true;
    }
    return this.#keep(coming, hasFailed);
  }

  /** Those that are whole. Of a transfer that failed, the first that is not was the reason; the others come later. */
  async #keep(coming: readonly Coming[], hasFailed: boolean): Promise<number> {
    let count = 0;
    for (const { image, file, part } of coming) {
      if (part.length === image.bytes) {
        await this.#publish(image, file, part);
        count += 1;
        continue;
      }
      this.#failed.add(file);
      await rm(part.path, { force: true });
      if (hasFailed) break;
    }
    return count;
  }

  /** The line of the index comes last: what it names is whole. */
  async #publish({ path, bytes, modified }: RunImage, file: string, part: PartFile): Promise<void> {
    const { folder } = this.#source;
    await rename(part.path, join(folder.modelSamples, file));
    await appendFile(folder.modelSampleIndex, `${JSON.stringify({ path, file, bytes, modified })}\n`);
    this.#here.add(file);
  }
}

/** An image on its way here. */
interface Coming extends WantedDownload {
  readonly image: RunImage;
  /** What it will be called. */
  readonly file: string;
}
