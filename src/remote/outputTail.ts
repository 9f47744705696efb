import type { Readable } from 'node:stream';

const tailBytes = 4096;

/** Consumes a stream and remembers its last few KiB: what a failing program said. */
export class OutputTail {
  #bytes = Buffer.alloc(0);

  constructor(stream: Readable) {
    stream.on('data', (chunk: Buffer) => {
      this.#bytes = Buffer.concat([this.#bytes, chunk]).subarray(-tailBytes);
    });
  }

  toString(): string {
    return this.#bytes.toString('utf8');
  }
}
