import { silentLogger } from '../../logger.js';
import type { EntriesAhead } from './entriesAhead.js';
import type { FolderCount } from './folderCount.js';
import { FolderReading } from './folderReading.js';
import type { ReaderOutput, ReadingRequest } from './readerMessages.js';
import { readSentHash } from './sentContents.js';
import { memoryOf } from './spareMemory.js';

/**
 * Enough for V8 to compile what reading takes: the first entries that a thread reads take three times as long as those
 * that follow (measured).
 */
const longestMs = 300;

/**
 * Reads the beginning of a folder as for an upload and keeps nothing of it but what is remembered of its files: they are
 * hashed by then, known to the system, and the code that reads them is compiled.
 */
export class Rehearsal {
  readonly #reading: FolderReading;

  constructor(request: ReadingRequest, count?: FolderCount, ahead?: EntriesAhead) {
    this.#reading = new FolderReading(request, silentLogger, (output) => this.#hear(output), count, ahead);
    // Where nothing was sent yet, probably nothing of it is there.
    this.#reading.receive({ kind: 'greeted', isEmpty: readSentHash(request.sentFile) === undefined });
  }

  /** Resolves when the folder or the time is over; never rejects, since the upload says what is wrong. */
  async run(): Promise<void> {
    const timer = setTimeout(() => this.stop(), longestMs);
    await this.#reading.run();
    clearTimeout(timer);
  }

  stop(): void {
    this.#reading.receive({ kind: 'stop' });
  }

  #hear(output: ReaderOutput): void {
    if (output.kind === 'tree') this.stop();
    if (output.kind === 'told') this.#take(output.frame.length);
    if (output.kind === 'content') this.#take(output.bytes, memoryOf(output.pieces));
  }

  /** As a line does that is faster than anything. */
  #take(bytes: number, memory?: ArrayBuffer): void {
    setImmediate(() => this.#reading.receive({ kind: 'taken', bytes, lineBytes: bytes, memory }));
  }
}
