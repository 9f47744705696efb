import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { writeAt } from './diskRoom.js';
import { sha256OfPart } from './manifest.js';

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

  private constructor(path: string, handle: FileHandle, base: number) {
    this.path = path;
    this.#handle = handle;
    this.#base = base;
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
  startAt(position: number): void {
    this.#position = position;
  }

  async append(bytes: Buffer): Promise<void> {
    await writeAt(this.#handle, this.path, bytes, this.#base + this.#position);
    this.#position += bytes.length;
  }

  /** Whether all of the file is exactly this; what stands after it is cut off. */
  async isExactly(size: number, sha256: string, signal: AbortSignal): Promise<boolean> {
    const part = { start: this.#base, bytes: size };
    if (this.#position !== size || (await sha256OfPart(this.path, part, signal)) !== sha256) return false;
    const end = this.#base + size;
    if ((await this.#handle.stat()).size > end) await this.#handle.truncate(end);
    return true;
  }

  /** Makes it survive a power cut. */
  async flush(): Promise<void> {
    await this.#handle.sync();
  }

  close(): Promise<void> {
    return this.#handle.close();
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
