import { writeSync } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { writeAt } from './diskRoom.js';

/** More than that is not kept in memory: whoever brings it waits. */
const mostWaitingBytes = 4 * 1024 * 1024;
/** A few lines of a log are in the file before another thread would have heard of them. */
const shortBytes = 4 * 1024;
/** A disk that takes longer than that for them keeps this thread waiting: not again for a while. */
const quickMs = 4;
const slowForMs = 10_000;

/** Called once bytes are in the file, in the order they were given. */
type OnWritten = () => void;

/**
 * Writes to a file what comes while more comes: what waits goes out in one call. Begins at a position and goes on from
 * there; behind what could not be written nothing is.
 */
export class WriteBehind {
  readonly #handle: FileHandle;
  readonly #path: string | Buffer;
  readonly #atOnceBytes: number;
  #position: number;
  #waiting: Buffer[] = [];
  #waitingBytes = 0;
  #onWritten: OnWritten[] = [];
  #writing: Promise<void> | undefined;
  #failure: { readonly error: unknown } | undefined;
  /** `performance.now()` */
  #slowUntilMs = 0;

  /** @param atOnceBytes so many are waited for before anything is written, so that there are fewer calls */
  constructor(handle: FileHandle, path: string | Buffer, position: number, atOnceBytes = 0) {
    this.#handle = handle;
    this.#path = path;
    this.#position = position;
    this.#atOnceBytes = atOnceBytes;
  }

  /**
   * Takes the bytes; resolves at once while few wait. They must not change any more.
   * @throws {InputError} the disk is full, whichever bytes found out
   */
  async append(bytes: Buffer, onWritten?: OnWritten): Promise<void> {
    this.#requireGood();
    if (this.#isShort(bytes) && this.#writeNow(bytes)) {
      onWritten?.();
      return;
    }
    this.#waiting.push(bytes);
    this.#waitingBytes += bytes.length;
    if (onWritten !== undefined) this.#onWritten.push(onWritten);
    if (this.#waitingBytes >= this.#atOnceBytes) this.#writing ??= this.#write(this.#atOnceBytes);
    if (this.#waitingBytes > mostWaitingBytes) await this.#writing;
    this.#requireGood();
  }

  /** Resolves once everything is written. @throws as {@link append} */
  async settle(): Promise<void> {
    await this.#writing;
    this.#requireGood();
    if (this.#waiting.length > 0) this.#writing ??= this.#write(0);
    await this.#writing;
    this.#requireGood();
  }

  #isShort({ length }: Buffer): boolean {
    const isAlone = this.#writing === undefined && this.#waiting.length === 0;
    return isAlone && length <= shortBytes && length >= this.#atOnceBytes;
  }

  /** False when it is to be tried the other way, which also says what is wrong. */
  #writeNow(bytes: Buffer): boolean {
    const startedMs = performance.now();
    if (startedMs < this.#slowUntilMs) return false;
    try {
      if (writeSync(this.#handle.fd, bytes, 0, bytes.length, this.#position) < bytes.length) return false;
    } catch {
      return false;
    }
    const endedMs = performance.now();
    if (endedMs - startedMs > quickMs) this.#slowUntilMs = endedMs + slowForMs;
    this.#position += bytes.length;
    return true;
  }

  /** Until fewer bytes than that wait. */
  async #write(leastBytes: number): Promise<void> {
    try {
      while (this.#waiting.length > 0 && this.#waitingBytes >= leastBytes) {
        const [pieces, told] = [this.#waiting, this.#onWritten];
        [this.#waiting, this.#onWritten] = [[], []];
        this.#position += await writeAt(this.#handle, this.#path, pieces, this.#position);
        this.#waitingBytes -= pieces.reduce((sum, { length }) => sum + length, 0);
        for (const onWritten of told) onWritten();
      }
    } catch (error) {
      this.#failure ??= { error };
    } finally {
      this.#writing = undefined;
    }
  }

  #requireGood(): void {
    if (this.#failure !== undefined) throw this.#failure.error;
  }
}
