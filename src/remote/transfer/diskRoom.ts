import { type FileHandle, statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import { DiskFullError, MachineError } from '../../errors.js';
import { formatBytes } from '../../format.js';

/** @throws {DiskFullError} the disk of the folder has less room than that */
export async function requireRoom(path: string | Buffer, neededBytes: number): Promise<void> {
  if (neededBytes > (await freeBytes(path))) throw await diskFull(path, neededBytes);
}

/**
 * Writes all of the pieces, one behind the other, from the position.
 * @returns how many bytes they are
 * @throws {DiskFullError} the disk is full
 */
export async function writeAt(
  handle: FileHandle,
  path: string | Buffer,
  pieces: readonly Buffer[],
  position: number,
): Promise<number> {
  const total = pieces.reduce((sum, { length }) => sum + length, 0);
  try {
    let written = pieces.length === 1 ? 0 : (await handle.writev(pieces, position)).bytesWritten;
    if (written === total) return total;
    const [only] = pieces;
    const bytes = pieces.length === 1 && only !== undefined ? only : Buffer.concat(pieces);
    while (written < total)
      written += (await handle.write(bytes, written, total - written, position + written)).bytesWritten;
    return total;
  } catch (error) {
    throw isDiskFull(error) ? await diskFull(path, total) : error;
  }
}

/** The same of a machine. */
export function diskFullThere(
  machine: string,
  path: string,
  neededBytes: number,
  freeBytes: number,
): MachineError {
  return new MachineError(
    `The disk of ${machine} is too full for ${path}: ${formatBytes(neededBytes)} are needed ` +
      `and ${formatBytes(freeBytes)} are free; free some space there or use a larger disk.`,
  );
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
