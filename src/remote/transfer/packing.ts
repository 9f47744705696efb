import { promisify } from 'node:util';
import zlib from 'node:zlib';

/** What a line of that speed or slower is packed at while so much waits for it. */
interface PackingLevel {
  readonly bytesPerSecond: number;
  readonly waitingBytes: number;
  readonly level: number;
}

/** A way of packing content for a slow line. */
export interface Packing {
  /** Of a frame with what it packed. */
  readonly kind: 'Z' | 'X';
  /** The first that fits is taken; where none does, packing takes longer than sending it as it is. */
  readonly levels: readonly PackingLevel[];
  /** Of a line that was not measured yet: it may be a fast one. */
  readonly firstLevel: number;
  /** Packs in a thread of Node's. @returns what stands in a frame: see `runtime/unpacking.py` */
  readonly pack: (bytes: Buffer, level: number) => Promise<Buffer>;
}

/** Something that was packed, and how. */
export interface Packed {
  readonly kind: Packing['kind'];
  readonly bytes: Buffer;
}

/** So much must wait, or there is no time for packing. */
export const leastWaitingBytes = 256 * 1024;
export const plentyWaitingBytes = 768 * 1024;

const deflate = promisify<Buffer, { level: number }, Buffer>(zlib.deflate);

/** Every machine can unpack it. */
export const zlibPacking: Packing = {
  kind: 'Z',
  // Beyond 5 it takes longer for nothing.
  levels: [
    { bytesPerSecond: 40e6, waitingBytes: plentyWaitingBytes, level: 5 },
    { bytesPerSecond: 40e6, waitingBytes: leastWaitingBytes, level: 1 },
  ],
  firstLevel: 1,
  pack: (bytes, level) => deflate(bytes, { level }),
};
