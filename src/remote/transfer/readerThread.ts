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
  const thread = new Worker(url, { workerData: request });
  thread.on('message', (output: ReaderOutput) => {
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
