import { createHash, randomBytes } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';

const filesPerFolder = 500;

export interface Files {
  readonly count: number;
  readonly bytes: number;
  readonly kind: 'noise' | 'text';
}

/** A folder of equal files, some hundred in each folder below it; made once. */
export async function makeFolder(folder: string, { count, bytes, kind }: Files): Promise<string> {
  if (await exists(folder)) return folder;
  for (let index = 0; index < count; index += 1) {
    const below = join(folder, `part${Math.floor(index / filesPerFolder)}`);
    if (index % filesPerFolder === 0) await mkdir(below, { recursive: true });
    const content = kind === 'noise' ? randomBytes(bytes) : csv(bytes, index);
    await writeFile(join(below, `file${index}.${kind === 'noise' ? 'bin' : 'csv'}`), content);
  }
  return folder;
}

/** Measurements as programs write them: what compresses to less than half. */
function csv(bytes: number, seed: number): string {
  let text = 'time,sensor,value,state\n';
  for (let row = 0; text.length < bytes; row += 1)
    text += `${1_700_000_000 + row},s${row % 7},${Math.sin(row * seed + row).toFixed(6)},ok\n`;
  return text.slice(0, bytes);
}

/** A file that no compression or sparse file makes smaller; made once. */
export async function makeFile(path: string, bytes: number): Promise<string> {
  if (await exists(path)) return path;
  await mkdir(join(path, '..'), { recursive: true });
  const piece = randomBytes(1024 * 1024);
  await pipeline(
    (function* () {
      for (let left = bytes, counter = 0; left > 0; left -= piece.length, counter += 1) {
        const next = Buffer.from(piece.subarray(0, Math.min(left, piece.length)));
        if (next.length >= 4) next.writeUInt32BE(counter, 0);
        yield next;
      }
    })(),
    createWriteStream(path),
  );
  return path;
}

/** Makes one file of the folder something that it never was. */
export async function changeOne(folder: string): Promise<void> {
  const path = join(folder, 'part0', 'file7.bin');
  await writeFile(path, randomBytes((await stat(path)).size));
}

/** @throws {Error} the two folders do not hold files of the same names and sizes */
export async function requireSame(folder: string, copy: string): Promise<void> {
  const [wanted, found] = [await sizesIn(folder), await sizesIn(copy)];
  if (wanted !== found) throw new Error(`${copy} is not what ${folder} is`);
}

async function sizesIn(folder: string): Promise<string> {
  const digest = createHash('sha256');
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  for (const path of paths.sort()) digest.update(`${path.slice(folder.length)} ${(await stat(path)).size}\n`);
  return digest.digest('hex');
}

/** @throws {Error} the two files differ */
export async function requireEqual(path: string, copy: string): Promise<void> {
  if ((await sha256Of(path)) !== (await sha256Of(copy))) throw new Error(`${copy} is not what ${path} is`);
}

export async function sha256Of(path: string): Promise<string> {
  const digest = createHash('sha256');
  await pipeline(createReadStream(path), digest);
  return digest.digest('hex');
}

async function exists(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined)) !== undefined;
}
