import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import type { Logger } from '../../logger.js';
import { FolderReading } from './folderReading.js';
import type { ReaderInput, ReaderOutput, ReadingRequest } from './readerMessages.js';

/** Reads a folder for an upload, beside the thread that asked for it. */
export interface FolderReader {
  receive(input: ReaderInput): void;
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

/** A thread that was started ahead of what it will read. It keeps no process from its end. */
class SpareThread {
  readonly #thread: Worker;
  readonly #patience: NodeJS.Timeout;
  /** Resolves once it waits for its request, or cannot. */
  readonly loaded: Promise<unknown>;
  #isThere = true;

  constructor(url: URL) {
    this.#thread = new Worker(url);
    this.#thread.unref();
    this.#thread.on('error', () => (this.#isThere = false));
    this.#thread.on('exit', () => (this.#isThere = false));
    this.loaded = Promise.race(['message', 'error'].map((event) => once(this.#thread, event)));
    this.loaded.catch(() => undefined);
    this.#patience = setTimeout(() => void this.#thread.terminate(), patienceMs).unref();
  }

  get isThere(): boolean {
    return this.#isThere;
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

/** Has a thread wait for the next folder. Resolves once it does, or cannot: that shows when it is wanted. */
export async function prepareFolderReader(): Promise<void> {
  if (program === undefined) return;
  if (spare?.isThere !== true) spare = new SpareThread(program);
  await spare.loaded.catch(() => undefined);
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
  thread.postMessage(request);
  thread.on('message', (output: ReaderOutput) => {
    if (output.kind === 'loaded') return;
    if (output.kind === 'log') log.warn(output.message);
    else onOutput(output);
  });
  thread.on('error', (error) => onOutput({ kind: 'failed', changed: undefined, message: error.message }));
  return {
    receive: (input) => thread.postMessage(input),
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
