import { open, rename, rm, type FileHandle } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { hasCode, InputError, messageOf } from '../../../errors.js';

/** Text that grows in memory before it is written. */
const bufferedChars = 256 * 1024;

/** Writes a file beside its place and moves it there when it is whole; until then nothing has changed. */
export class FileRewrite {
  readonly #path: string;
  readonly #temporary: string;
  readonly #handle: FileHandle;
  #pending = '';
  #isOpen = true;

  private constructor(path: string, temporary: string, handle: FileHandle) {
    this.#path = path;
    this.#temporary = temporary;
    this.#handle = handle;
  }

  /** @throws {InputError} nothing can be written there */
  static async begin(path: string): Promise<FileRewrite> {
    const temporary = join(dirname(path), `.${basename(path)}.trainyard.tmp`);
    try {
      return new FileRewrite(path, temporary, await open(temporary, 'w'));
    } catch (cause) {
      throw new InputError(
        `${temporary} cannot be written (${messageOf(cause)}); make the folder writable.`,
        {
          cause,
        },
      );
    }
  }

  async write(text: string): Promise<void> {
    this.#pending += text;
    if (this.#pending.length >= bufferedChars) await this.#flush();
  }

  /** Puts it in its place. */
  async commit(): Promise<void> {
    await this.#flush();
    await this.#handle.sync();
    await this.#close();
    await rename(this.#temporary, this.#path);
  }

  /** Leaves everything as it was; nothing after {@link commit}. */
  async discard(): Promise<void> {
    await this.#close();
    await rm(this.#temporary, { force: true });
  }

  async #close(): Promise<void> {
    if (this.#isOpen) await this.#handle.close();
    this.#isOpen = false;
  }

  async #flush(): Promise<void> {
    const text = this.#pending;
    this.#pending = '';
    await this.#handle.write(text);
  }
}

/** @throws {InputError} something is there already */
export async function requireFree(path: string): Promise<void> {
  try {
    await (await open(path, 'r')).close();
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return;
  }
  throw new InputError(`${path} is there already; move it away first.`);
}
