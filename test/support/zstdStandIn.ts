import zlib from 'node:zlib';
import type { ZstdCompress } from '../../src/remote/transfer/zstdPacking.js';
import type { CleanUp } from './tempDir.js';

const magic = 0xfd2fb528;
/** The size of all follows in four bytes. */
const sizedDescriptor = 0xa0;
const mostBlockBytes = 128 * 1024;
const blockHeaderBytes = 3;

/** Makes what zstd unpacks, in the form for what does not shrink: blocks of the bytes as they are. */
export const zstdStandIn: ZstdCompress = (bytes, _options, done) => {
  const header = Buffer.alloc(9);
  header.writeUInt32LE(magic, 0);
  header.writeUInt8(sizedDescriptor, 4);
  header.writeUInt32LE(bytes.length, 5);
  const pieces: Buffer[] = [header];
  for (let at = 0; at < bytes.length; at += mostBlockBytes) {
    const block = bytes.subarray(at, at + mostBlockBytes);
    const isLast = at + mostBlockBytes >= bytes.length;
    const blockHeader = Buffer.alloc(blockHeaderBytes);
    blockHeader.writeUIntLE(block.length * 8 + (isLast ? 1 : 0), 0, blockHeaderBytes);
    pieces.push(blockHeader, block);
  }
  setImmediate(done, null, Buffer.concat(pieces));
};

/** Until the test is over, this Node packs by zstd, if need be by the stand-in. */
export function haveZstd(test: CleanUp): void {
  if ('zstdCompress' in zlib) return;
  Object.assign(zlib, { zstdCompress: zstdStandIn });
  test.after(() => {
    Reflect.deleteProperty(zlib, 'zstdCompress');
    return Promise.resolve();
  });
}
