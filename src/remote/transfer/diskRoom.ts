import { type FileHandle, statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import { DiskFullError } from '../../errors.js';
import { formatBytes } from '../../format.js';

/** @throws {DiskFullError} the disk of the folder has less room than that */
export async function requireRoom(path: string | Buffer, neededBytes: number): Promise<void> {
  if (neededBytes > (await freeBytes(path))) throw await diskFull(path, neededBytes);
}

/**
 * Writes all of the bytes at the position.
 * @throws {DiskFullError} the disk is full
 */
export async function writeAt(
  handle: FileHandle,
  path: string | Buffer,
  bytes: Buffer,
  position: number,
): Promise<void> {
  try {
    for (let written = 0; written < bytes.length;) {
      const rest = bytes.length - written;
      written += (await handle.write(bytes, written, rest, position + written)).bytesWritten;
    }
  } catch (error) {
    throw isDiskFull(error) ? await diskFull(path, bytes.length) : error;
  }
}

function isDiskFull(error: unknown): boolean {
  return (
    error instanceof Error && 'code' in error && ['ENOSPC', 'EDQUOT', 'EFBIG'].includes(String(error.code))
  );
}

async function diskFull(path: string | Buffer, neededBytes: number): Promise<DiskFullError> {
  const free = formatBytes(await freeBytes(path));
  return new DiskFullError(
    `The disk is too full for ${path.toString()}: ${formatBytes(neededBytes)} are needed and ${free} are free; ` +
      `free some space or choose another disk.`,
  );
}

async function freeBytes(path: string | Buffer): Promise<number> {
  const disk = await statfs(folderOf(path));
  return disk.bavail * disk.bsize;
}

function folderOf(path: string | Buffer): string | Buffer {
  if (typeof path === 'string') return dirname(path);
  return Buffer.from(dirname(path.toString('latin1')), 'latin1');
}
