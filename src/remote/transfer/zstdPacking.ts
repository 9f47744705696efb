import { promisify } from 'node:util';
import zlib from 'node:zlib';
import { leastWaitingBytes, type Packing, plentyWaitingBytes } from './packing.js';

/** Of a processor, level 8 takes as much as zlib's 5, 3 a fifth of that, and both pack better (measured). */
const levels: Packing['levels'] = [
  { bytesPerSecond: 16e6, waitingBytes: plentyWaitingBytes, level: 8 },
  { bytesPerSecond: 40e6, waitingBytes: leastWaitingBytes, level: 3 },
  { bytesPerSecond: 80e6, waitingBytes: leastWaitingBytes, level: 1 },
  // Even a line that waits for it has that sooner than the content as it is.
  { bytesPerSecond: 16e6, waitingBytes: 0, level: 1 },
];

/** Node's `zlib.zstdCompress`, as far as it is used. */
export type ZstdCompress = (
  bytes: Buffer,
  options: { readonly params: Readonly<Record<number, number>>; readonly chunkSize: number },
  done: (error: Error | null, packed: Buffer) => void,
) => void;

const levelParameter = 100;
const windowParameter = 101;
/** As large as what is packed at once. Without it, zstd would clear memory for more. */
const windowBits = 20;
/** What most of it becomes comes from the thread at once. */
const chunkBytes = 256 * 1024;

/** Where Node can: from 22.15 on. */
export function zstdPacking(): Packing | undefined {
  const { zstdCompress } = zlib as { zstdCompress?: ZstdCompress };
  return zstdCompress && zstdBy(zstdCompress);
}

export function zstdBy(zstdCompress: ZstdCompress): Packing {
  const compress = promisify(zstdCompress);
  return {
    kind: 'X',
    levels,
    firstLevel: 3,
    pack: async (bytes, level) => {
      const params = { [levelParameter]: level, [windowParameter]: windowBits };
      const size = Buffer.alloc(4);
      size.writeUInt32BE(bytes.length);
      return Buffer.concat([size, await compress(bytes, { params, chunkSize: chunkBytes })]);
    },
  };
}
