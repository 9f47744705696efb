import { parentPort } from 'node:worker_threads';
import { FolderReading } from './folderReading.js';
import type { ReaderInput, ReaderOutput, ReadingRequest } from './readerMessages.js';

/** The thread that reads a folder for an upload, once it is told which; started by `readerThread.ts`. */
const port = parentPort;
if (port === null) throw new Error('this runs in a thread of its own');

const log = (message: string): void => port.postMessage({ kind: 'log', message } satisfies ReaderOutput);
const logger = { trace: log, debug: log, info: log, warn: log, error: log };
port.once('message', (request: ReadingRequest) => {
  const reading = new FolderReading(request, logger, (output, transfer) =>
    port.postMessage(output, transfer === undefined ? [] : [transfer]),
  );
  port.on('message', (input: ReaderInput) => reading.receive(input));
  void reading.run().then(() => port.close());
});
port.postMessage({ kind: 'loaded' } satisfies ReaderOutput);
