import { type BytePath, quoted } from './bytePath.js';
import { beginKind, frame, frameHeaderBytes, writeFrameHeader } from './frames.js';
import type { Packed } from './packing.js';
import type { WalkedEntry } from './treeWalk.js';

/** A small file of a slab. */
export interface SlabFile {
  readonly path: BytePath;
  readonly mode: number;
  readonly mtimeNs: bigint;
  readonly sizeBytes: number;
  readonly sha256: string;
}

export const blockBytes = 1024 * 1024;
/** Files up to this size travel in slabs, many together; larger ones in blocks, of which some may be there. */
export const largestSlabFileBytes = blockBytes;
export const slabBytes = 512 * 1024;
export const entriesInFrame = 1000;
/** Fewer than the machine looks at in the time that a long line takes for anything. */
export const entriesInRun = 250;
const countBytes = 4;
/** Length of the path, mode, time and size. */
const listedFileBytes = 18;
const digestBytes = 32;
const partNameBytes = 32;
/** What stands before the bytes of a block in its frame. */
export const blockHeaderBytes = frameHeaderBytes + partNameBytes + 8;

/**
 * How an entry of the tree is told, in JSON: see `runtime/upload.py`.
 * @param part names the blocks of a large file on their way
 */
export function entryLine(entry: WalkedEntry, sha256 = '', part?: string): string {
  const path = quoted(entry.path);
  switch (entry.kind) {
    case 'folder':
      return `["d",${path},${entry.mode},"${entry.mtimeNs}"]`;
    case 'file': {
      const end = part === undefined ? '' : `,"${part}"`;
      return `["f",${path},${entry.mode},"${entry.mtimeNs}",${entry.sizeBytes},"${sha256}"${end}]`;
    }
    case 'link':
      return `["l",${path},${quoted(entry.target)}]`;
  }
}

/** Entries, each in JSON, whose content is asked for or, unasked, on its way. */
export function tellingFrame(how: 'asked' | 'coming', entries: readonly string[]): Buffer {
  return frame(how === 'asked' ? 'M' : 'N', Buffer.from(`[${entries.join(',')}]`));
}

/** Entries that are as they were in the tree that the machine was left with: the first of them there, and how many. */
export function keptFrame(first: number, count: number): Buffer {
  const bytes = Buffer.alloc(2 * countBytes);
  bytes.writeUInt32BE(count, bytes.writeUInt32BE(first, 0));
  return frame('U', bytes);
}

/** The part of a large file is on its way before the file is told. */
export function partFrame(part: string, sizeBytes: number): Buffer {
  return frame('P', Buffer.from(JSON.stringify([part, sizeBytes])));
}

/** What stands before the contents of small files, which follow each other in the same order. */
export function slabHeader(files: readonly SlabFile[]): Buffer {
  let listedBytes = 0;
  let contentBytes = 0;
  for (const { path, sizeBytes } of files) {
    listedBytes += listedFileBytes + path.length + digestBytes;
    contentBytes += sizeBytes;
  }
  const header = Buffer.allocUnsafe(frameHeaderBytes + 2 * countBytes + listedBytes);
  writeFrameHeader(header, 0, 'S', header.length - frameHeaderBytes + contentBytes);
  let at = header.writeUInt32BE(files.length, frameHeaderBytes);
  at = header.writeUInt32BE(listedBytes, at);
  for (const { path, mode, mtimeNs, sizeBytes, sha256 } of files) {
    at = header.writeUInt16BE(path.length, at);
    at = header.writeUInt32BE(mode, at);
    at = header.writeBigInt64BE(mtimeNs, at);
    at = header.writeUInt32BE(sizeBytes, at);
    at += header.write(path, at, 'latin1');
    at += header.write(sha256, at, 'hex');
  }
  return header;
}

/** The upload begins, and lanes with this token are its. */
export function beginFrame(token: string): Buffer {
  return frame(beginKind, Buffer.from(token, 'latin1'));
}

/** Makes a lane one of the upload that holds the stage. */
export function admissionFrame(token: string, stage: BytePath): Buffer {
  return frame('A', Buffer.from(token + stage, 'latin1'));
}

/** Makes all of this memory a block's frame; the bytes of the block are read in behind {@link blockHeaderBytes}. */
export function beginBlock(bytes: Buffer, part: string, offset: number): void {
  writeFrameHeader(bytes, 0, 'R', bytes.length - frameHeaderBytes);
  bytes.write(part, frameHeaderBytes, 'latin1');
  bytes.writeBigUInt64BE(BigInt(offset), frameHeaderBytes + partNameBytes);
}

/** A frame whose kind, length and payload were packed. */
export function packedFrame({ kind, bytes: packed }: Packed): Buffer {
  // Memory of its own, since it is handed to another thread.
  const bytes = Buffer.allocUnsafeSlow(frameHeaderBytes + packed.length);
  writeFrameHeader(bytes, 0, kind, packed.length);
  packed.copy(bytes, frameHeaderBytes);
  return bytes;
}

/** Asks whether the machine unpacks zstd. */
export function zstdQuestionFrame(): Buffer {
  return frame('C', Buffer.alloc(0));
}

/** The end of the tree. `hasLanded`: all content that was on its way passed before this, by the same lane. */
export function endFrame(hash: string, hasLanded: boolean): Buffer {
  return frame('E', Buffer.from(JSON.stringify({ hash, landed: hasLanded })));
}

/** Nothing follows; where other lanes were told the same, with their number. */
export function finishFrame(lanes = 0): Buffer {
  const count = Buffer.alloc(countBytes);
  count.writeUInt32BE(lanes);
  return frame('Q', count);
}
