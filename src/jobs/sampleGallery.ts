import type { ModelSample } from '../recipes/progress/index.js';
import { pathInOutput, type SampleImage } from './sampleImages.js';

/** What the model made at one moment, as it can be shown here. */
export interface GallerySample extends Omit<ModelSample, 'image'> {
  /** Stays the same when more becomes known of a sample; grows with every new one. */
  readonly id: number;
  /** A file in the job's `samples/` folder here; `null` when there is none (yet). */
  readonly image: string | null;
  /** What to call an image that came without a prompt. */
  readonly name: string | null;
}

/** Older samples are forgotten. */
const mostSamples = 1_000;

interface Entry extends Omit<GallerySample, 'image'> {
  /** Relative to `output/` on the machine. */
  readonly path: string | undefined;
}

/**
 * Puts together what the log says of samples and which of their images are here. An image that no line names is a
 * sample by itself; a line that comes later claims it.
 */
export class SampleGallery {
  readonly #jobId: string;
  readonly #entries = new Map<number, Entry>();
  /** The newest sample that shows the image of a path: a file that is written again is the newest's only. */
  readonly #ownerOf = new Map<string, number>();
  readonly #imageOf = new Map<string, SampleImage>();
  #lastId = 0;

  constructor(jobId: string) {
    this.#jobId = jobId;
  }

  get samples(): readonly GallerySample[] {
    return [...this.#entries.values()].map((entry) => this.#toSample(entry));
  }

  /** @returns the samples that are new or other than before */
  addSamples(samples: readonly ModelSample[]): readonly GallerySample[] {
    const changed = new Set<number>();
    for (const sample of samples) for (const id of this.#add(sample)) changed.add(id);
    return this.#shown(changed);
  }

  /** @returns the samples that are new or other than before */
  addImages(images: readonly SampleImage[]): readonly GallerySample[] {
    const changed = new Set<number>();
    for (const image of images) {
      this.#imageOf.set(image.path, image);
      changed.add(this.#ownerOf.get(image.path) ?? this.#addUnnamed(image.path));
    }
    return this.#shown(changed);
  }

  #add({ image, ...said }: ModelSample): number[] {
    const path = image === null ? undefined : pathInOutput(image, this.#jobId);
    const owner = path === undefined ? undefined : this.#ownerOf.get(path);
    const isUnnamed = owner !== undefined && this.#entries.get(owner)?.name !== null;
    const id = isUnnamed ? owner : this.#nextId();
    this.#entries.set(id, { ...said, id, name: null, path });
    if (path !== undefined) this.#ownerOf.set(path, id);
    return owner === undefined ? [id] : [owner, id];
  }

  #addUnnamed(path: string): number {
    const id = this.#nextId();
    const nothing = { prompt: null, generated: null, reference: null, step: null, epoch: null, scores: {} };
    this.#entries.set(id, { ...nothing, id, name: path.slice(path.lastIndexOf('/') + 1), path });
    this.#ownerOf.set(path, id);
    return id;
  }

  #nextId(): number {
    this.#lastId += 1;
    const [oldest] = this.#entries;
    if (oldest && this.#entries.size >= mostSamples) this.#entries.delete(oldest[0]);
    return this.#lastId;
  }

  #shown(ids: ReadonlySet<number>): GallerySample[] {
    return [...ids].flatMap((id) => {
      const entry = this.#entries.get(id);
      return entry ? [this.#toSample(entry)] : [];
    });
  }

  #toSample({ path, ...entry }: Entry): GallerySample {
    const isOwner = path !== undefined && this.#ownerOf.get(path) === entry.id;
    return { ...entry, image: isOwner ? (this.#imageOf.get(path)?.file ?? null) : null };
  }
}
