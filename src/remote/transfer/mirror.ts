import { createHash, type Hash } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { sha256OfPart } from './fileHash.js';
import { WriteBehind } from './writeBehind.js';

/** What a mirror claims to have: `length` bytes before `offset` with this sha256. */
export interface Probe {
  readonly offset: number;
  readonly length: number;
  readonly sha256: string;
}

const probeBytes = 64 * 1024;
/** How far before the end it is claimed as well, for when the end was garbled, as by a power cut here. */
const probeDistances = [0, 64 * 1024, 1024 ** 2, 16 * 1024 ** 2, 256 * 1024 ** 2];

/**
 * The local copy of a file that grows on a machine. Every write says where it belongs, so bytes cannot be doubled,
 * not even by two who mirror the same file. It may begin behind what earlier machines wrote: at `base`; all offsets are
 * the machine's.
 */
export class Mirror {
  readonly path: string;
  readonly #handle: FileHandle;
  readonly #base: number;
  #position = 0;
  #writer: WriteBehind;
  /** Of what was appended, while that is all there is. */
  #digest: Hash | undefined;

  private constructor(path: string, handle: FileHandle, base: number) {
    this.path = path;
    this.#handle = handle;
    this.#base = base;
    this.#writer = new WriteBehind(handle, path, base);
  }

  static async open(path: string, base = 0): Promise<Mirror> {
    return new Mirror(path, await open(path, constants.O_RDWR | constants.O_CREAT, 0o644), base);
  }

  /** Up to where the file is known to be the machine's. */
  get position(): number {
    return this.#position;
  }

  /** What is here, claimed for several offsets, the largest first; none when it is empty. */
  async probes(): Promise<Probe[]> {
    const size = Math.max(0, (await this.#handle.stat()).size - this.#base);
    const offsets = probeDistances.map((distance) => size - distance).filter((offset) => offset > 0);
    return Promise.all(offsets.map((offset) => this.#probe(offset)));
  }

  /** Goes on from here; what stands after it is written over by what comes. */
  async startAt(position: number): Promise<void> {
    await this.#writer.settle();
    this.#writer = new WriteBehind(this.#handle, this.path, this.#base + position);
    this.#position = position;
    this.#digest = position === 0 ? createHash('sha256') : undefined;
  }

  /**
   * Takes the bytes, and waits only while much waits to be written.
   * @param onWritten called once they are in the file, with the position behind them
   */
  async append(bytes: Buffer, onWritten?: (position: number) => void): Promise<void> {
    this.#digest?.update(bytes);
    await this.#writer.append(bytes, () => {
      this.#position += bytes.length;
      onWritten?.(this.#position);
    });
  }

  /** Whether all of the file is exactly this; what stands after it is cut off. */
  async isExactly(size: number, sha256: string, signal: AbortSignal): Promise<boolean> {
    await this.#writer.settle();
    if (this.#position !== size || (await this.#sha256(signal)) !== sha256) return false;
    const end = this.#base + size;
    if ((await this.#handle.stat()).size > end) await this.#handle.truncate(end);
    return true;
  }

  /** Makes it survive a power cut, with all that was appended. */
  async flush(): Promise<void> {
    await this.#writer.settle();
    await this.#handle.sync();
  }

  /** What has come is kept. */
  async close(): Promise<void> {
    await this.#writer.settle().catch(() => undefined); // told to whoever appended
    await this.#handle.close();
  }

  #sha256(signal: AbortSignal): Promise<string> {
    if (this.#digest !== undefined) return Promise.resolve(this.#digest.copy().digest('hex'));
    return sha256OfPart(this.path, { start: this.#base, bytes: this.#position }, signal);
  }

  async #probe(offset: number): Promise<Probe> {
    const length = Math.min(probeBytes, offset);
    const bytes = Buffer.alloc(length);
    for (let filled = 0; filled < length;) {
      const position = this.#base + offset - length + filled;
      const { bytesRead } = await this.#handle.read(bytes, filled, length - filled, position);
      if (bytesRead === 0) break;
      filled += bytesRead;
    }
    return { offset, length, sha256: createHash('sha256').update(bytes).digest('hex') };
  }
}
