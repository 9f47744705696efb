import { open, type FileHandle } from 'node:fs/promises';
import { NotFoundError, hasCode } from '../errors.js';

/** Of a log of a gigabyte this makes some 250 pages; each is quick to show and to search. */
const usualPageBytes = 4 << 20;

/**
 * A log of any size in pages of whole lines, counted from 1. A page begins where its share of the bytes does, at the
 * next line, so that finding one costs the same wherever it is, and stays the same while the log grows.
 */
export class LogPages {
  readonly #path: string;
  readonly #pageBytes: number;

  constructor(path: string, pageBytes = usualPageBytes) {
    this.#path = path;
    this.#pageBytes = pageBytes;
  }

  /** @throws {NotFoundError} there is no log yet */
  async count(): Promise<number> {
    return this.#withFile(async (file, size) => {
      let count = Math.max(1, Math.ceil(size / this.#pageBytes));
      while (count > 1 && (await this.#startOf(count, file, size)) >= size) count -= 1;
      return count;
    });
  }

  /** The bytes of a page; none behind the end. @throws {NotFoundError} there is no log yet */
  async read(page: number): Promise<Uint8Array> {
    return this.#withFile(async (file, size) => {
      const start = await this.#startOf(page, file, size);
      const end = await this.#startOf(page + 1, file, size);
      return readPart(file, start, end - start);
    });
  }

  /** The beginning of the first line at or behind the page's share; where no line ends, of the first character. */
  async #startOf(page: number, file: FileHandle, size: number): Promise<number> {
    const share = (page - 1) * this.#pageBytes;
    if (share <= 0 || share >= size) return Math.min(Math.max(0, share), size);
    const before = share - 1;
    const bytes = await readPart(file, before, this.#pageBytes);
    const lineEnd = bytes.indexOf(newline);
    if (lineEnd !== -1) return before + lineEnd + 1;
    if (before + bytes.length >= size) return size;
    const character = bytes.subarray(1).findIndex((byte) => (byte & 0xc0) !== 0x80);
    return share + Math.max(0, character);
  }

  async #withFile<T>(use: (file: FileHandle, size: number) => Promise<T>): Promise<T> {
    const file = await this.#open();
    try {
      return await use(file, (await file.stat()).size);
    } finally {
      await file.close();
    }
  }

  async #open(): Promise<FileHandle> {
    try {
      return await open(this.#path, 'r');
    } catch (cause) {
      if (!hasCode(cause, 'ENOENT')) throw cause;
      throw new NotFoundError('There is no log yet: it begins with the training.', { cause });
    }
  }
}

const newline = 0x0a;

async function readPart(file: FileHandle, start: number, length: number): Promise<Buffer> {
  const buffer = Buffer.alloc(length);
  let filled = 0;
  while (filled < length) {
    const { bytesRead } = await file.read(buffer, filled, length - filled, start + filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return buffer.subarray(0, filled);
}
