import { createHash, type Hash } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { InputError, messageOf } from '../../errors.js';
import { writeAt } from './diskRoom.js';

const pieceBytes = 256 * 1024;

/**
 * A file on its way in: what is there of it, and the hash of that. Goes on where an earlier one was broken off. Is
 * open only from the first byte that comes until {@link finish} or {@link close}, after which it can be gone on with.
 */
export class PartFile {
  readonly path: string | Buffer;
  #handle: FileHandle | undefined;
  #digest: Hash = createHash('sha256');
  #length = 0;

  private constructor(path: string | Buffer) {
    this.path = path;
  }

  /** Reads what is there, or makes it empty. Follows no link. */
  static async find(path: string | Buffer, signal: AbortSignal): Promise<PartFile> {
    const part = new PartFile(path);
    try {
      await part.#readExisting(signal);
      return part;
    } finally {
      await part.close();
    }
  }

  get length(): number {
    return this.#length;
  }

  /** sha256 of everything that is there. */
  get sha256(): string {
    return this.#digest.copy().digest('hex');
  }

  /** Forgets what is there. */
  async restart(): Promise<void> {
    await (await this.#opened()).truncate(0);
    this.#digest = createHash('sha256');
    this.#length = 0;
  }

  async append(bytes: Buffer): Promise<void> {
    await writeAt(await this.#opened(), this.path, bytes, this.#length);
    this.#digest.update(bytes);
    this.#length += bytes.length;
  }

  /** Makes it survive a power cut, and closes it. */
  async finish(): Promise<void> {
    await (await this.#opened()).sync();
    await this.close();
  }

  async close(): Promise<void> {
    const handle = this.#handle;
    this.#handle = undefined;
    await handle?.close();
  }

  async #opened(): Promise<FileHandle> {
    this.#handle ??= await openPart(this.path);
    return this.#handle;
  }

  async #readExisting(signal: AbortSignal): Promise<void> {
    const handle = await this.#opened();
    const piece = Buffer.allocUnsafe(pieceBytes);
    for (;;) {
      signal.throwIfAborted();
      const { bytesRead } = await handle.read(piece, 0, piece.length, this.#length);
      if (bytesRead === 0) return;
      this.#digest.update(piece.subarray(0, bytesRead));
      this.#length += bytesRead;
    }
  }
}

async function openPart(path: string | Buffer): Promise<FileHandle> {
  try {
    // Windows knows no O_NOFOLLOW, and its links need rights that no machine can give itself.
    const noFollow = process.platform === 'win32' ? 0 : constants.O_NOFOLLOW;
    return await open(path, constants.O_RDWR | constants.O_CREAT | noFollow, 0o644);
  } catch (error) {
    throw new InputError(
      `${path.toString()} cannot be written (${messageOf(error)}); choose another place.`,
      {
        cause: error,
      },
    );
  }
}
