import { createWriteStream } from 'node:fs';
import { access, link, rename, rm, unlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createGzip } from 'node:zlib';
import { InputError, messageOf } from '../../errors.js';
import type { DatasetFolder } from './datasetFolder.js';
import type { Repair } from './problem.js';

/** Encodings a table is found in that are not UTF-8. */
export type OtherEncoding = 'windows-1252' | 'utf-16le' | 'utf-16be';

const nameOfEncoding: Record<OtherEncoding, string> = {
  'windows-1252': 'Windows-1252',
  'utf-16le': 'UTF-16',
  'utf-16be': 'UTF-16',
};

/**
 * Writes the same text in UTF-8 under the same name. Every text in one of these encodings has one in UTF-8, so nothing
 * is lost.
 */
export function saveAsUtf8(folder: DatasetFolder, path: string, encoding: OtherEncoding): Repair {
  const isGzip = /\.gz$/i.test(path);
  return {
    title: `Save ${path} as UTF-8`,
    changes: [path],
    apply: async (signal) => {
      if (await isAlreadyUtf8(folder, path, isGzip, signal)) return `${path} is UTF-8 already.`;
      await replace(folder, path, async (temporary) => {
        const source = folder.stream(path, signal);
        const sink = createWriteStream(temporary, { flags: 'wx' });
        if (isGzip) await pipeline(source, createGunzip(), recode(encoding), createGzip(), sink, { signal });
        else await pipeline(source, recode(encoding), sink, { signal });
      });
      return `${path} is UTF-8 now; before it was ${nameOfEncoding[encoding]}.`;
    },
  };
}

/** Gives a file the name that says what is in it. */
export function renameTable(folder: DatasetFolder, path: string, newPath: string): Repair {
  return {
    title: `Rename ${path} to ${basename(newPath)}`,
    changes: [path],
    apply: async () => {
      const [from, to] = [join(folder.path, path), join(folder.path, newPath)];
      if (!(await exists(from)) && (await exists(to))) return `${path} is called ${newPath} already.`;
      try {
        // Unlike rename, link never replaces a file that is there.
        await link(from, to);
        await unlink(from);
      } catch (cause) {
        throw new InputError(`${path} cannot be renamed to ${newPath} (${messageOf(cause)}).`, { cause });
      }
      return `${path} is called ${newPath} now.`;
    },
  };
}

type Recoder = (chunks: AsyncIterable<Buffer>) => AsyncGenerator<string>;

function recode(encoding: OtherEncoding): Recoder {
  return async function* (chunks) {
    const decoder = new TextDecoder(encoding);
    for await (const chunk of chunks) yield decoder.decode(chunk, { stream: true });
    yield decoder.decode();
  };
}

async function isAlreadyUtf8(
  folder: DatasetFolder,
  path: string,
  isGzip: boolean,
  signal: AbortSignal,
): Promise<boolean> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let isUtf8 = true;
  const read = async (chunks: AsyncIterable<Buffer>): Promise<void> => {
    for await (const chunk of chunks) isUtf8 = isUtf8 && !chunk.includes(0) && canDecode(decoder, chunk);
    isUtf8 = isUtf8 && canDecode(decoder);
  };
  try {
    const source = folder.stream(path, signal);
    await (isGzip ? pipeline(source, createGunzip(), read, { signal }) : pipeline(source, read, { signal }));
    return isUtf8;
  } catch (error) {
    signal.throwIfAborted();
    throw folder.unreadable(path, error);
  }
}

/** Without a chunk: whether the text may end here. */
function canDecode(decoder: InstanceType<typeof TextDecoder>, chunk?: Buffer): boolean {
  try {
    if (chunk) decoder.decode(chunk, { stream: true });
    else decoder.decode();
    return true;
  } catch {
    return false;
  }
}

/** The new content takes the file's place only once it is complete. */
async function replace(
  folder: DatasetFolder,
  path: string,
  write: (temporary: string) => Promise<void>,
): Promise<void> {
  const file = join(folder.path, path);
  const temporary = join(dirname(file), `.${basename(file)}.${process.pid}.tmp`);
  try {
    await write(temporary);
    await rename(temporary, file);
  } catch (cause) {
    await rm(temporary, { force: true });
    if (cause instanceof Error && cause.name === 'AbortError') throw cause;
    throw new InputError(`${path} cannot be written (${messageOf(cause)}); make its folder writable.`, {
      cause,
    });
  }
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
