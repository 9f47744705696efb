import { createHash, type Hash } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { InputError, messageOf } from '../../errors.js';
import { WriteBehind } from './writeBehind.js';

const pieceBytes = 256 * 1024;
const writtenAtOnceBytes = 1024 * 1024;

/**
 * A file on its way in: what is there of it, and the hash of that. Goes on where an earlier one was broken off. Is
 * open only from the first byte that comes until {@link finish} or {@link close}, after which it can be gone on with.
 */
export class PartFile {
  readonly path: string | Buffer;
  #handle: FileHandle | undefined;
  #writer: WriteBehind | undefined;
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
    await this.#writer?.settle().catch(() => undefined); // it is forgotten as well
    this.#writer = undefined;
    await (await this.#opened()).truncate(0);
    this.#digest = createHash('sha256');
    this.#length = 0;
  }

  /** As {@link WriteBehind.append}: waits only while much waits to be written. */
  async append(bytes: Buffer, onWritten?: () => void): Promise<void> {
    this.#writer ??= new WriteBehind(await this.#opened(), this.path, this.#length, writtenAtOnceBytes);
    this.#digest.update(bytes);
    this.#length += bytes.length;
    await this.#writer.append(bytes, onWritten);
  }

  /** Makes it survive a power cut, and closes it. */
  async finish(): Promise<void> {
    await this.#writer?.settle();
    await (await this.#opened()).sync();
    await this.close();
  }

  /** What was appended is kept, as far as the disk takes it. */
  async close(): Promise<void> {
    const [handle, writer] = [this.#handle, this.#writer];
    this.#handle = this.#writer = undefined;
    await writer?.settle().catch(() => undefined); // told to whoever appended
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
