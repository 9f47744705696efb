/** A piece of a file that one lane is asked for. */
export interface FileRange {
  readonly offset: number;
  readonly length: number;
}

const rangeBytes = 256 * 1024;
/**
 * How far what is asked for may be ahead of what has come without a gap: kept in memory, and lost when the download is
 * cut. Covers what eight lanes have in flight.
 */
const windowBytes = 32 * 1024 * 1024;

/** Gives out the ranges of a file, and puts what comes of them, from many lanes, in order. */
export class RangeOrder {
  readonly #size: number;
  readonly #deliver: (bytes: Buffer) => Promise<void>;
  /** Given back by lanes that broke; the first comes first. */
  #returned: FileRange[] = [];
  #asked: number;
  #complete: number;
  readonly #early = new Map<number, Buffer>();
  #isDelivering = false;

  /** @param deliver takes the file's bytes from `offset` on, in order */
  constructor(offset: number, size: number, deliver: (bytes: Buffer) => Promise<void>) {
    this.#asked = this.#complete = offset;
    this.#size = size;
    this.#deliver = deliver;
  }

  get isComplete(): boolean {
    return this.#complete === this.#size;
  }

  /** The next range to ask for; `undefined` while none may be. */
  take(): FileRange | undefined {
    const returned = this.#returned.shift();
    if (returned !== undefined) return returned;
    const offset = this.#asked;
    const length = Math.min(rangeBytes, this.#size - offset);
    if (length === 0 || offset + length > this.#complete + windowBytes) return undefined;
    this.#asked += length;
    return { offset, length };
  }

  /** What a lane was asked for and will not bring. */
  giveBack(ranges: readonly FileRange[]): void {
    this.#returned = [...this.#returned, ...ranges].sort((a, b) => a.offset - b.offset);
  }

  /** Takes bytes that were asked for, each once; those of the gap wait until they are delivered. */
  async put(offset: number, bytes: Buffer): Promise<void> {
    this.#early.set(offset, bytes);
    if (this.#isDelivering) return;
    this.#isDelivering = true;
    for (let next = this.#takeNext(); next !== undefined; next = this.#takeNext()) await this.#deliver(next);
    this.#isDelivering = false;
  }

  #takeNext(): Buffer | undefined {
    const next = this.#early.get(this.#complete);
    this.#early.delete(this.#complete);
    this.#complete += next?.length ?? 0;
    return next;
  }
}
