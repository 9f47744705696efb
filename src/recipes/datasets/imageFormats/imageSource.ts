import { fstat } from 'node:fs';
import { promisify } from 'node:util';
import type { FilePart } from '../filePart.js';

const sizeOf = promisify(fstat);

/** Where most formats say what they are; what lies further on is read when it is needed. */
const headBytes = 8192;

/** An image file of which only the parts that are asked for are read. */
export class ImageSource {
  /** Size of the file. */
  readonly bytes: number;
  /** Its first bytes. */
  readonly head: Buffer;
  readonly #part: FilePart;

  private constructor(part: FilePart, bytes: number, head: Buffer) {
    this.#part = part;
    this.bytes = bytes;
    this.head = head;
  }

  static async of(part: FilePart, descriptor: number): Promise<ImageSource> {
    const head = await part(0, headBytes);
    const bytes = head.length < headBytes ? head.length : (await sizeOf(descriptor)).size;
    return new ImageSource(part, bytes, head);
  }

  /** The bytes from `offset`, fewer at the end of the file. */
  async at(offset: number, length: number): Promise<Buffer> {
    const end = Math.min(offset + length, this.bytes);
    if (end <= this.head.length) return this.head.subarray(offset, end);
    return this.#part(offset, Math.max(0, end - offset));
  }

  /** The last bytes of the file. */
  tail(length: number): Promise<Buffer> {
    const start = Math.max(0, this.bytes - length);
    return this.at(start, this.bytes - start);
  }
}
