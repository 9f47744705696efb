import { hasCode } from '../../errors.js';
import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { localPath } from './bytePath.js';
import { isSameVersion, versionOf } from './fileVersion.js';
import { frame, frameHeaderBytes, writeFrameHeader } from './frames.js';
import { type ManifestFile, sha256OfFile } from './manifest.js';
import { SourceChanged } from './sourceChanged.js';

/** A file that is wanted, and what of it is there already. */
export interface WantedFile {
  /** Its place in the manifest. */
  readonly index: number;
  readonly file: ManifestFile;
  readonly offset: number;
  /** sha256 of what is there before the offset. */
  readonly prefix: string;
}

/** Whole frames, ready to be written. */
export interface Slab {
  readonly bytes: Buffer;
  /** Bytes of files in it. */
  readonly content: number;
  /** Files that end in it. */
  readonly files: number;
}

const smallFileBytes = 128 * 1024;
const slabBytes = 512 * 1024;
const filesInSlab = 64;
const indexBytes = 4;

/**
 * The wanted files as frames: small ones many to a slab, large ones a piece at a time from their offset. Never holds
 * more than a slab or two.
 * @throws {SourceChanged} a file is no longer what the manifest says
 */
export async function* packFiles(
  folder: string,
  wanted: readonly WantedFile[],
  signal: AbortSignal,
): AsyncGenerator<Slab> {
  for (const batch of batches(wanted)) {
    signal.throwIfAborted();
    const [first] = batch;
    if (first !== undefined && first.file.sizeBytes > smallFileBytes)
      yield* packLargeFile(folder, first, signal);
    else yield await packSmallFiles(folder, batch);
  }
}

/** Runs of small files that fit a slab; a large file by itself. */
function* batches(wanted: readonly WantedFile[]): Generator<WantedFile[]> {
  let batch: WantedFile[] = [];
  let bytes = 0;
  for (const each of wanted) {
    const isLarge = each.file.sizeBytes > smallFileBytes;
    if (isLarge) {
      yield [each];
      continue;
    }
    batch.push(each);
    bytes += each.file.sizeBytes;
    if (bytes < slabBytes && batch.length < filesInSlab) continue;
    yield batch;
    batch = [];
    bytes = 0;
  }
  if (batch.length > 0) yield batch;
}

async function packSmallFiles(folder: string, batch: readonly WantedFile[]): Promise<Slab> {
  const content = batch.reduce((sum, { file }) => sum + file.sizeBytes, 0);
  const bytes = Buffer.allocUnsafe(content + batch.length * (frameHeaderBytes + indexBytes));
  let position = 0;
  await Promise.all(
    batch.map(({ file, index }) => {
      writeFrameHeader(bytes, position, 'S', indexBytes + file.sizeBytes);
      bytes.writeUInt32BE(index, position + frameHeaderBytes);
      const start = position + frameHeaderBytes + indexBytes;
      position = start + file.sizeBytes;
      return readWhole(folder, file, bytes.subarray(start, position));
    }),
  );
  return { bytes, content, files: batch.length };
}

async function readWhole(folder: string, file: ManifestFile, target: Buffer): Promise<void> {
  await reading(folder, file, (handle) => fill(folder, file, handle, target, 0));
}

async function* packLargeFile(folder: string, wanted: WantedFile, signal: AbortSignal): AsyncGenerator<Slab> {
  const { file, index } = wanted;
  const start = await agreedOffset(folder, wanted, signal);
  const begin = Buffer.allocUnsafe(indexBytes + 8);
  begin.writeUInt32BE(index);
  begin.writeBigUInt64BE(BigInt(start), indexBytes);
  yield { bytes: frame('B', begin), content: 0, files: 0 };
  for (let position = start; position < file.sizeBytes; position += slabBytes) {
    signal.throwIfAborted();
    const content = Math.min(slabBytes, file.sizeBytes - position);
    const bytes = Buffer.allocUnsafe(frameHeaderBytes + content);
    writeFrameHeader(bytes, 0, 'D', content);
    yield await reading(folder, file, async (handle) => {
      await fill(folder, file, handle, bytes.subarray(frameHeaderBytes), position);
      return { bytes, content, files: 0 };
    });
  }
  yield { bytes: frame('E', Buffer.alloc(0)), content: 0, files: 1 };
}

/** Where to go on: what is there counts only if it is the beginning of what is here. */
async function agreedOffset(folder: string, wanted: WantedFile, signal: AbortSignal): Promise<number> {
  const { file, offset, prefix } = wanted;
  if (offset === 0 || offset > file.sizeBytes) return 0;
  return (await sha256OfFile(localPath(folder, file.path), offset, signal)) === prefix ? offset : 0;
}

/** Opens the file for the action, and makes sure afterwards that it was the manifest's version all along. */
async function reading<T>(
  folder: string,
  file: ManifestFile,
  action: (handle: FileHandle) => Promise<T>,
): Promise<T> {
  const handle = await openAsListed(folder, file);
  try {
    const result = await action(handle);
    if (!isSameVersion(versionOf(await handle.stat({ bigint: true })), file))
      throw new SourceChanged(folder, file.path);
    return result;
  } finally {
    await handle.close();
  }
}

async function openAsListed(folder: string, file: ManifestFile): Promise<FileHandle> {
  try {
    return await open(localPath(folder, file.path), constants.O_RDONLY);
  } catch (error) {
    if (hasCode(error, 'ENOENT')) throw new SourceChanged(folder, file.path);
    throw error;
  }
}

async function fill(
  folder: string,
  file: ManifestFile,
  handle: FileHandle,
  target: Buffer,
  position: number,
): Promise<void> {
  for (let filled = 0; filled < target.length;) {
    const { bytesRead } = await handle.read(target, filled, target.length - filled, position + filled);
    if (bytesRead === 0) throw new SourceChanged(folder, file.path);
    filled += bytesRead;
  }
}
