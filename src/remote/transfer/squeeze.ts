import { availableParallelism } from 'node:os';
import { promisify } from 'node:util';
import { deflate, deflateSync } from 'node:zlib';

const packInThread = promisify<Buffer, { level: number }, Buffer>(deflate);

/** Where a line carries more than this, packing the content takes longer than sending it as it is. */
const slowBytesPerSecond = 40e6;
/** From so many bytes that wait for the line on there is time to pack that well. Beyond 5 it takes longer for nothing. */
const levels = [
  { waitingBytes: 768 * 1024, level: 5 },
  { waitingBytes: 256 * 1024, level: 1 },
] as const;
/** Of a line that was not measured yet: it may be a fast one. */
const firstLevel = 1;
/** At once; Node has four threads for that and for all files, and one of them is left to others. */
const mostAtOnce = Math.min(3, availableParallelism());

const sampleBytes = 16 * 1024;
const sampleLevel = 1;
/** What shrinks by less than this is sent as it is. */
const worthwhile = 0.8;

/** After what does not shrink, so many pieces at most go unseen. */
const mostUnseen = 7;

const rateWindowMs = 500;

/** Decides for each piece of content whether packing it brings it there sooner, and packs it then, beside other work. */
export class Squeeze {
  #takenBytes = 0;
  #sinceMs: number | undefined;
  #bytesPerSecond: number | undefined;
  #packing = 0;
  /** Looks in a row at which nothing shrank, and pieces that go without another. */
  #stubborn = 0;
  #unseen = 0;

  /** The line has taken so many bytes. */
  taken(bytes: number, nowMs: number): void {
    this.#sinceMs ??= nowMs;
    this.#takenBytes += bytes;
    const pastMs = nowMs - this.#sinceMs;
    if (pastMs < rateWindowMs) return;
    this.#bytesPerSecond = (this.#takenBytes / pastMs) * 1000;
    this.#sinceMs = nowMs;
    this.#takenBytes = 0;
  }

  /** Nothing waits for the line: how fast it is does not show. */
  rested(): void {
    this.#sinceMs = undefined;
    this.#takenBytes = 0;
  }

  /** Whether nothing more can be packed now. */
  get isFull(): boolean {
    return this.#packing >= mostAtOnce;
  }

  /**
   * @param waitingBytes what the line has to carry meanwhile; while that is little, it must not wait for us
   * @returns the bytes in zlib's format; `undefined` where they had better go as they are
   */
  pack(pieces: readonly Buffer[], waitingBytes: number): Promise<Buffer> | undefined {
    if (this.isFull || (this.#bytesPerSecond ?? 0) > slowBytesPerSecond) return undefined;
    const best = levels.find((each) => waitingBytes >= each.waitingBytes)?.level;
    if (best === undefined || !this.#seemsToShrink(pieces)) return undefined;
    return this.#pack(Buffer.concat(pieces), this.#bytesPerSecond === undefined ? firstLevel : best);
  }

  /** What comes one behind the other is mostly alike, so less is looked at while nothing shrinks. */
  #seemsToShrink(pieces: readonly Buffer[]): boolean {
    if (this.#unseen > 0) {
      this.#unseen -= 1;
      return false;
    }
    const shrinking = shrinks(pieces);
    this.#stubborn = shrinking ? 0 : this.#stubborn + 1;
    this.#unseen = Math.min(this.#stubborn, mostUnseen);
    return shrinking;
  }

  async #pack(bytes: Buffer, level: number): Promise<Buffer> {
    this.#packing += 1;
    try {
      return await packInThread(bytes, { level });
    } finally {
      this.#packing -= 1;
    }
  }
}

/** Judged by a sample from the middle of the largest piece. */
function shrinks(pieces: readonly Buffer[]): boolean {
  const [largest = Buffer.alloc(0)] = [...pieces].sort((a, b) => b.length - a.length);
  const middle = Math.max(0, Math.floor((largest.length - sampleBytes) / 2));
  const sample = largest.subarray(middle, middle + sampleBytes);
  return deflateSync(sample, { level: sampleLevel }).length <= sample.length * worthwhile;
}
