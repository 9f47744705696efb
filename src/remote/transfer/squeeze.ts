import { availableParallelism } from 'node:os';
import { deflateSync } from 'node:zlib';
import { LineRate } from './lineRate.js';
import { leastWaitingBytes, type Packed, type Packing, zlibPacking } from './packing.js';

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
  readonly #zstd: Packing | undefined;
  readonly #ask: () => void;
  /** What the machine is known to unpack. */
  #packing = zlibPacking;
  #hasAsked = false;
  #isFar = false;
  readonly #rate = new LineRate(rateWindowMs);
  #atWork = 0;
  /** Looks in a row at which nothing shrank, and pieces that go without another. */
  #stubborn = 0;
  #unseen = 0;

  /**
   * @param zstd where this computer has it
   * @param ask called once when it would pay: the answer is for {@link unpacksZstd}. The machine needs some
   * milliseconds to find out, so it is not asked for a line that may be fast.
   */
  constructor(zstd: Packing | undefined, ask: () => void) {
    this.#zstd = zstd;
    this.#ask = ask;
  }

  /** A round trip takes so long that the line is probably slow as well. */
  far(): void {
    this.#isFar = true;
  }

  /** The machine unpacks zstd. */
  unpacksZstd(): void {
    this.#packing = this.#zstd ?? this.#packing;
  }

  /** The line has taken so many bytes. */
  taken(bytes: number, nowMs: number): void {
    this.#rate.taken(bytes, nowMs);
  }

  /** Nothing waits for the line: how fast it is does not show. */
  rested(): void {
    this.#rate.rested();
  }

  /** Whether nothing more can be packed now. */
  get isFull(): boolean {
    return this.#atWork >= mostAtOnce;
  }

  /**
   * @param waitingBytes what the line has to carry meanwhile; while that is little, it must not wait for us
   * @returns `undefined` where they had better go as they are
   */
  pack(pieces: readonly Buffer[], waitingBytes: number): Promise<Packed> | undefined {
    if (this.isFull) return undefined;
    const level = this.#levelOf(this.#packing, waitingBytes);
    const asks = this.#wouldAsk(pieces, waitingBytes);
    if ((level === undefined && !asks) || !this.#seemsToShrink(pieces)) return undefined;
    if (asks) {
      this.#hasAsked = true;
      this.#ask();
    }
    return level === undefined ? undefined : this.#pack(Buffer.concat(pieces), level);
  }

  /** `undefined` where the line would wait for it. */
  #levelOf({ levels, firstLevel }: Packing, waitingBytes: number): number | undefined {
    const speed = this.#rate.bytesPerSecond;
    if (speed === undefined) return waitingBytes < leastWaitingBytes ? undefined : firstLevel;
    return levels.find((each) => speed <= each.bytesPerSecond && waitingBytes >= each.waitingBytes)?.level;
  }

  /** From far away at once: the answer takes a round trip, and the line has this piece to carry until then. */
  #wouldAsk(pieces: readonly Buffer[], waitingBytes: number): boolean {
    if (this.#zstd === undefined || this.#hasAsked) return false;
    if (!this.#isFar) {
      const isMeasured = this.#rate.bytesPerSecond !== undefined;
      return isMeasured && this.#levelOf(this.#zstd, waitingBytes) !== undefined;
    }
    const bytes = pieces.reduce((sum, { length }) => sum + length, 0);
    return this.#levelOf(this.#zstd, waitingBytes + bytes) !== undefined;
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

  async #pack(bytes: Buffer, level: number): Promise<Packed> {
    const { kind, pack } = this.#packing;
    this.#atWork += 1;
    try {
      return { kind, bytes: await pack(bytes, level) };
    } finally {
      this.#atWork -= 1;
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
