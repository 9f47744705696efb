import { open } from 'node:fs/promises';
import { hasCode } from '../errors.js';

const chunkBytes = 1 << 20;
/** Longer lines are not ours. */
const mostLineLength = 1 << 16;

/** A file that others append to; it may not be there yet. */
export class GrowingFile {
  readonly #path: string;
  #offset = 0;
  #unfinishedLine = '';

  constructor(path: string) {
    this.#path = path;
  }

  /** What was appended since the last look, in pieces. */
  async *grown(): AsyncGenerator<Uint8Array> {
    let file;
    try {
      file = await open(this.#path, 'r');
    } catch (error) {
      if (hasCode(error, 'ENOENT')) return;
      throw error;
    }
    try {
      for (;;) {
        const { bytesRead, buffer } = await file.read(Buffer.alloc(chunkBytes), 0, chunkBytes, this.#offset);
        if (bytesRead === 0) return;
        this.#offset += bytesRead;
        yield buffer.subarray(0, bytesRead);
      }
    } finally {
      await file.close();
    }
  }

  /**
   * The lines that were finished since the last look. For a file of which {@link grown} is not asked.
   * @param mark only lines that hold this are wanted; others may be left out
   */
  async *grownLines(mark = ''): AsyncGenerator<string> {
    for await (const bytes of this.grown()) {
      const text = this.#unfinishedLine + Buffer.from(bytes).toString('latin1');
      const end = text.lastIndexOf('\n') + 1;
      this.#unfinishedLine = text.slice(end, end + mostLineLength);
      const lines = text.slice(0, end);
      if (!lines.includes(mark)) continue;
      for (const line of lines.split('\n').slice(0, -1))
        if (line.includes(mark)) yield Buffer.from(line, 'latin1').toString('utf8');
    }
  }
}
