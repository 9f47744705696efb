import { createReadStream } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Readable } from 'node:stream';
import { InputError, messageOf } from '../../errors.js';
import { readIgnoreRules, type IgnoreRules } from '../../ignore.js';
import { readFilePart, withFile } from './filePart.js';

/** One after the other, a folder with many files would take minutes on a slow disk. */
const statsAtOnce = 64;

/** A file of a dataset folder. */
export interface DatasetFile {
  /** Relative to the folder, with `/` between the parts on every system. */
  readonly path: string;
  readonly bytes: number;
}

/** A folder with data on this computer, read as it will arrive on the machine: without what is ignored. */
export class DatasetFolder {
  /** Absolute. */
  readonly path: string;
  readonly #rules: IgnoreRules;
  #files: Promise<readonly DatasetFile[]> | undefined;

  private constructor(path: string, rules: IgnoreRules) {
    this.path = path;
    this.#rules = rules;
  }

  /** @throws {InputError} the folder is missing, not a folder, unreadable or holds nothing to train on */
  static async open(path: string, signal: AbortSignal): Promise<DatasetFolder> {
    const absolute = resolve(path);
    await requireReadableFolder(absolute);
    const folder = new DatasetFolder(absolute, await readIgnoreRules(absolute));
    if ((await folder.files(signal)).length === 0) {
      throw new InputError(`The folder ${absolute} is empty; choose one that holds your data or script.`);
    }
    return folder;
  }

  /** Every file, sorted by path; listed once, and again when the first listing failed or was aborted. */
  async files(signal: AbortSignal): Promise<readonly DatasetFile[]> {
    this.#files ??= this.#list(signal);
    try {
      return await this.#files;
    } catch (error) {
      this.#files = undefined;
      throw error;
    }
  }

  async find(path: string, signal: AbortSignal): Promise<DatasetFile | undefined> {
    return (await this.files(signal)).find((file) => file.path === path);
  }

  /**
   * The first `bytes` of a file, fewer when it is shorter.
   * @throws {InputError} it cannot be read
   */
  async head(path: string, bytes: number): Promise<Buffer> {
    try {
      return await readFilePart(join(this.path, path), 0, bytes);
    } catch (error) {
      throw this.unreadable(path, error);
    }
  }

  /**
   * A whole text file in UTF-8, without a byte order mark.
   * @throws {InputError} it cannot be read
   */
  async text(path: string, signal: AbortSignal): Promise<string> {
    const chunks: Buffer[] = [];
    try {
      for await (const chunk of this.stream(path, signal)) chunks.push(Buffer.from(chunk as Uint8Array));
    } catch (error) {
      signal.throwIfAborted();
      throw this.unreadable(path, error);
    }
    return Buffer.concat(chunks)
      .toString('utf8')
      .replace(/^\uFEFF/, '');
  }

  /** The bytes of a file; a failure arrives as the stream's error (see {@link unreadable}). */
  stream(path: string, signal: AbortSignal): Readable {
    return createReadStream(join(this.path, path), { signal, highWaterMark: 256 * 1024 });
  }

  isReadable(path: string): Promise<boolean> {
    return withFile(join(this.path, path), () => Promise.resolve(true)).catch(() => false);
  }

  /** What a person should hear when a file of this folder could not be read. */
  unreadable(path: string, cause: unknown): InputError {
    const file = join(this.path, path);
    return new InputError(`The file ${file} cannot be read (${messageOf(cause)}); make it readable.`, {
      cause,
    });
  }

  async #list(signal: AbortSignal): Promise<readonly DatasetFile[]> {
    const files: DatasetFile[] = [];
    const pending = [''];
    for (let prefix = pending.pop(); prefix !== undefined; prefix = pending.pop()) {
      const here: string[] = [];
      for (const entry of await this.#entries(prefix)) {
        const path = prefix + entry.name;
        if (this.#rules.ignores(path, entry.isDirectory())) continue;
        if (entry.isDirectory()) pending.push(`${path}/`);
        else if (entry.isFile() || entry.isSymbolicLink()) here.push(path);
      }
      for (let first = 0; first < here.length; first += statsAtOnce) {
        signal.throwIfAborted();
        const batch = here.slice(first, first + statsAtOnce).map((path) => this.#file(path));
        files.push(...(await Promise.all(batch)).flat());
      }
      signal.throwIfAborted();
    }
    return files.sort((a, b) => (a.path < b.path ? -1 : 1));
  }

  async #entries(prefix: string) {
    const path = join(this.path, prefix);
    try {
      return await readdir(path, { withFileTypes: true });
    } catch (cause) {
      throw new InputError(`The folder ${path} cannot be read (${messageOf(cause)}); make it readable.`, {
        cause,
      });
    }
  }

  /** Nothing when it is gone by now, or a link that leads nowhere or to a folder. */
  async #file(path: string): Promise<DatasetFile[]> {
    const found = await stat(join(this.path, path)).catch(() => undefined);
    return found?.isFile() ? [{ path, bytes: found.size }] : [];
  }
}

/** @throws {InputError} there is no folder, or nobody may look into it */
export async function requireReadableFolder(path: string): Promise<void> {
  let isDirectory: boolean;
  try {
    isDirectory = (await stat(path)).isDirectory();
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') {
      throw new InputError(`There is no folder ${path}; check the path.`);
    }
    throw new InputError(`The folder ${path} cannot be opened (${messageOf(cause)}); check the path.`, {
      cause,
    });
  }
  if (!isDirectory) throw new InputError(`${path} is a file, not a folder; give the folder it is in.`);
}
