import { MessageChannel } from 'node:worker_threads';
import { silentLogger } from '../../logger.js';
import type { EntriesAhead } from './entriesAhead.js';
import type { FolderCount } from './folderCount.js';
import { FolderReading } from './folderReading.js';
import { outputThrough } from './readerOutput.js';
import type { ReaderOutput, ReadingRequest } from './readerMessages.js';
import { readSentHash } from './sentContents.js';
import { memoryOf } from './spareMemory.js';

/**
 * Enough for V8 to compile what reading takes: the first entries that a thread reads take three times as long as those
 * that follow (measured).
 */
const longestMs = 400;

/**
 * Reads the beginning of a folder as for an upload and keeps nothing of it but what is remembered of its files: they are
 * hashed by then, known to the system, and the code that reads them is compiled. What is read goes through a port, as it
 * does in an upload: code that met something else would be thrown away when that comes.
 */
export class Rehearsal {
  readonly #reading: FolderReading;
  readonly #ports = new MessageChannel();

  constructor(request: ReadingRequest, count?: FolderCount, ahead?: EntriesAhead) {
    const { port1, port2 } = this.#ports;
    port2.on('message', (output: ReaderOutput) => this.#hear(output));
    this.#reading = new FolderReading(request, silentLogger, outputThrough(port1), count, ahead);
    // Where nothing was sent yet, probably nothing of it is there.
    this.#reading.receive({
      kind: 'greeted',
      isEmpty: readSentHash(request.sentFile) === undefined,
      isFar: false,
    });
  }

  /** Resolves when the folder or the time is over; never rejects, since the upload says what is wrong. */
  async run(): Promise<void> {
    const timer = setTimeout(() => this.stop(), longestMs);
    await this.#reading.run();
    clearTimeout(timer);
    this.#ports.port2.close();
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
    this.#reading.receive({ kind: 'taken', bytes, lineBytes: bytes, memory });
  }
}
