import * as fs from 'node:fs';
import { promisify } from 'node:util';

// Not node:fs/promises: its file handles cost three times as much, which counts when there are 100,000 files.
const openFile = promisify(fs.open);
const closeFile = promisify(fs.close);
const readFile = promisify(fs.read);

/** Some of the bytes of a file that is open for as long as `look` looks at it. */
export type FilePart = (offset: number, length: number) => Promise<Buffer>;

/** @throws as `fs.open` and `fs.read` do */
export async function withFile<T>(
  path: string,
  look: (part: FilePart, descriptor: number) => Promise<T>,
): Promise<T> {
  const descriptor = await openFile(path, 'r');
  const part: FilePart = async (offset, length) => {
    const { buffer, bytesRead } = await readFile(descriptor, Buffer.allocUnsafe(length), 0, length, offset);
    return buffer.subarray(0, bytesRead);
  };
  try {
    return await look(part, descriptor);
  } finally {
    await closeFile(descriptor);
  }
}

/** @throws as `fs.open` and `fs.read` do */
export function readFilePart(path: string, offset: number, length: number): Promise<Buffer> {
  return withFile(path, (part) => part(offset, length));
}
