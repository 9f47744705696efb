import { existsSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import { abortable } from '../../abortable.js';
import { isAbort } from '../../errors.js';
import { readIgnoreRules } from '../../ignore.js';
import type { Logger } from '../../logger.js';
import { FolderCount } from './folderCount.js';
import { FolderReading } from './folderReading.js';
import { wideFromBytes } from './laneCount.js';
import type { ReaderInput, ReaderOutput, ReadingRequest, ThreadRequest } from './readerMessages.js';

/** Reads a folder for an upload, beside the thread that asked for it. */
export interface FolderReader {
  /** @param memory goes with it, and is no longer the caller's */
  receive(input: ReaderInput, memory?: ArrayBuffer): void;
  /** Ends it, whatever it is doing. Safe to repeat. */
  close(): void;
}

/** How long a reader that is closed may take to write down what it knows. */
const farewellMs = 2_000;

/** The program of the thread stands in the folder that holds the doors; this code does, or in `chunks/` below it. */
const program = ['./folderReader.js', '../folderReader.js']
  .map((path) => new URL(path, import.meta.url))
  .find((url) => existsSync(url));

/** How long a thread waits that nobody wants. */
const patienceMs = 5 * 60_000;

/** A thread that gets ready for a folder and then waits until it is to read one. It keeps no process from its end. */
class SpareThread {
  readonly folder: string;
  readonly ahead: Preparation;
  readonly #thread: Worker;
  readonly #patience: NodeJS.Timeout;
  #isThere = true;

  constructor(url: URL, reading: ReadingRequest) {
    this.folder = reading.folder;
    this.#thread = new Worker(url);
    this.#thread.postMessage({ kind: 'prepare', reading } satisfies ThreadRequest);
    const gone = (): void => void (this.#isThere = false);
    this.#thread.on('error', gone).on('exit', gone);
    this.ahead = {
      counted: this.#hear(0, (output) => (output.kind === 'counted' ? output.bytes : undefined)),
      prepared: this.#hear(true, (output) => output.kind === 'prepared' || undefined),
    };
    // Only now: whoever listens to a thread holds the process again.
    this.#thread.unref();
    this.#patience = setTimeout(() => this.end(), patienceMs).unref();
  }

  get isThere(): boolean {
    return this.#isThere;
  }

  /** The first thing it says that means anything, or what it means when it says nothing any more. */
  #hear<T>(inTheEnd: T, meaning: (output: ReaderOutput) => T | undefined): Promise<T> {
    return new Promise((resolve) => {
      const gone = (): void => resolve(inTheEnd);
      this.#thread.on('error', gone).on('exit', gone);
      this.#thread.on('message', (output: ReaderOutput) => {
        const meant = meaning(output);
        if (meant !== undefined) resolve(meant);
      });
    });
  }

  end(): void {
    clearTimeout(this.#patience);
    void this.#thread.terminate();
  }

  /** It is the caller's from now on. */
  take(): Worker {
    clearTimeout(this.#patience);
    this.#isThere = false;
    this.#thread.ref();
    return this.#thread;
  }
}

let spare: SpareThread | undefined;

/** What is found while a reader gets ready. Neither promise rejects but by the caller's end. */
interface Preparation {
  /** Bytes in the folder, or some of them where they are many; 0 where it cannot be read. */
  readonly counted: Promise<number>;
  /** Nothing more can be done ahead. */
  readonly prepared: Promise<unknown>;
}

/**
 * Has a thread ready for a folder that is soon to be read: loaded, rehearsed, the folder counted and looked through, and by
 * that what the system knows of its files in memory.
 */
export function prepareFolderReader(request: ReadingRequest, signal: AbortSignal): Preparation {
  if (program === undefined) {
    const counted = countHere(request, signal);
    return { counted, prepared: counted };
  }
  if (spare?.isThere !== true || spare.folder !== request.folder) {
    if (spare?.isThere === true) spare.end();
    spare = new SpareThread(program, request);
  }
  const { counted, prepared } = spare.ahead;
  return { counted: abortable(counted, signal), prepared: abortable(prepared, signal) };
}

async function countHere({ folder, ignored }: ReadingRequest, signal: AbortSignal): Promise<number> {
  try {
    const count = new FolderCount(folder, await readIgnoreRules(folder, ignored));
    while (!count.isOver && count.bytes < wideFromBytes) {
      signal.throwIfAborted();
      await count.goOn();
    }
    return count.bytes;
  } catch (error) {
    if (isAbort(error)) throw error;
    return 0; // the upload says what is wrong with the folder
  }
}

/** From the sources, where no program was built, the folder is read in small steps in this thread. */
export function startFolderReader(
  request: ReadingRequest,
  log: Logger,
  onOutput: (output: ReaderOutput) => void,
): FolderReader {
  return program === undefined
    ? readHere(request, log, onOutput)
    : readApart(program, request, log, onOutput);
}

function readApart(
  url: URL,
  request: ReadingRequest,
  log: Logger,
  onOutput: (output: ReaderOutput) => void,
): FolderReader {
  const thread = spare?.isThere === true ? spare.take() : new Worker(url);
  thread.postMessage({ kind: 'read', reading: request } satisfies ThreadRequest);
  thread.on('message', (output: ReaderOutput) => {
    if (output.kind === 'log') log.warn(output.message);
    else onOutput(output);
  });
  thread.on('error', (error) => onOutput({ kind: 'failed', changed: undefined, message: error.message }));
  return {
    receive: (input, memory) => thread.postMessage(input, memory === undefined ? [] : [memory]),
    close: () => {
      thread.postMessage({ kind: 'stop' } satisfies ReaderInput);
      thread.unref();
      setTimeout(() => void thread.terminate(), farewellMs).unref();
    },
  };
}

function readHere(
  request: ReadingRequest,
  log: Logger,
  onOutput: (output: ReaderOutput) => void,
): FolderReader {
  let isOpen = true;
  const reading = new FolderReading(request, log, (output) => {
    if (isOpen) onOutput(output);
  });
  void reading.run();
  return {
    receive: (input) => reading.receive(input),
    close: () => {
      isOpen = false;
      reading.receive({ kind: 'stop' });
    },
  };
}
