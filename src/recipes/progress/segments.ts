import { maxSegmentBytes, nextBreak, Segment } from './segment.js';

const newline = 0x0a;

/** Gets each finished segment with the number of its line, from 1. The segment is only good until it returns. */
export type SegmentSink = (segment: Segment, line: number) => void;

/**
 * Bytes in any chunking → the segments between `\n`, `\r` and `\b` (all of which end a state of a line).
 * What a chunk leaves unfinished is kept, so that a segment is always scanned as a whole.
 */
export class SegmentSplitter {
  readonly #segment = new Segment();
  readonly #sink: SegmentSink;
  #kept = Buffer.alloc(1024);
  #keptBytes = 0;
  #line = 1;

  constructor(sink: SegmentSink) {
    this.#sink = sink;
  }

  /** The line being written now, from 1. */
  get line(): number {
    return this.#line;
  }

  /** The unfinished segment: a live bar, or the beginning of a line. */
  get live(): string {
    return this.#kept.toString('utf8', 0, this.#keptBytes);
  }

  push(bytes: Uint8Array): void {
    const chunk = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
    let start = this.#finishKept(chunk);
    while (start < chunk.length) {
      const end = this.#segment.scan(chunk, start);
      if (end === chunk.length) {
        this.#keep(chunk.subarray(start));
        return;
      }
      this.#handOver(end - start);
      this.#countLine(chunk[end]);
      start = end + 1;
    }
  }

  /** Hands over what the stream left unfinished. */
  end(): void {
    this.#handOverKept();
  }

  /** Completes what the chunks before left, and says where the next segment begins. */
  #finishKept(chunk: Buffer): number {
    if (this.#keptBytes === 0) {
      return 0;
    }
    const end = nextBreak(chunk);
    this.#keep(chunk.subarray(0, end));
    if (end < chunk.length) {
      this.#handOverKept();
      this.#countLine(chunk[end]);
    }
    return end + 1;
  }

  #keep(bytes: Buffer): void {
    const wanted = Math.min(this.#keptBytes + bytes.length, maxSegmentBytes);
    if (wanted > this.#kept.length) {
      const larger = Buffer.alloc(Math.min(2 * wanted, maxSegmentBytes));
      this.#kept.copy(larger, 0, 0, this.#keptBytes);
      this.#kept = larger;
    }
    bytes.copy(this.#kept, this.#keptBytes, 0, wanted - this.#keptBytes);
    this.#keptBytes = wanted;
  }

  #handOverKept(): void {
    const bytes = this.#kept.subarray(0, this.#keptBytes);
    this.#keptBytes = 0;
    this.#handOver(this.#segment.scan(bytes, 0));
  }

  #handOver(length: number): void {
    if (length > 0) {
      this.#sink(this.#segment, this.#line);
    }
  }

  #countLine(ended: number | undefined): void {
    if (ended === newline) {
      this.#line++;
    }
  }
}
