import { deflateSync } from 'node:zlib';

/** Where a line carries more than this, packing the content takes longer than sending it as it is. */
const slowBytesPerSecond = 40e6;
/** On a slower one there is time to pack better. */
const verySlowBytesPerSecond = 15e6;
const [quickLevel, thoroughLevel] = [1, 5];

const sampleBytes = 16 * 1024;
/** What shrinks by less than this is sent as it is. */
const worthwhile = 0.8;

const rateWindowMs = 500;

/** Decides for each piece of content whether packing it brings it there sooner, and packs it then. */
export class Squeeze {
  #takenBytes = 0;
  #sinceMs: number | undefined;
  #bytesPerSecond = Number.POSITIVE_INFINITY;

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

  /** @returns the bytes in zlib's format; `undefined` where they had better go as they are */
  pack(pieces: readonly Buffer[]): Buffer | undefined {
    if (this.#bytesPerSecond > slowBytesPerSecond) return undefined;
    const [largest = Buffer.alloc(0)] = [...pieces].sort((a, b) => b.length - a.length);
    const middle = Math.max(0, Math.floor((largest.length - sampleBytes) / 2));
    const sample = largest.subarray(middle, middle + sampleBytes);
    if (deflateSync(sample, { level: quickLevel }).length > sample.length * worthwhile) return undefined;
    const level = this.#bytesPerSecond < verySlowBytesPerSecond ? thoroughLevel : quickLevel;
    return deflateSync(Buffer.concat(pieces), { level });
  }
}
