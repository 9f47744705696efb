import { parentPort } from 'node:worker_threads';
import { readIgnoreRules } from '../../ignore.js';
import { EntriesAhead } from './entriesAhead.js';
import { FolderCount } from './folderCount.js';
import { FolderReading } from './folderReading.js';
import type { ReaderInput, ReadingRequest, ThreadRequest } from './readerMessages.js';
import { outputThrough } from './readerOutput.js';
import { readSentHash } from './sentContents.js';
import { Rehearsal } from './rehearsal.js';

/** The thread that reads a folder for an upload, and may get ready for that before; started by `readerThread.ts`. */
const port = parentPort;
if (port === null) throw new Error('this runs in a thread of its own');

const say = outputThrough(port);
const log = (message: string): void => say({ kind: 'log', message });
const logger = { trace: log, debug: log, info: log, warn: log, error: log };
let count: FolderCount | undefined;
let entries: EntriesAhead | undefined;
let rehearsal: Rehearsal | undefined;
let rehearsed: Promise<void> | undefined;
let isRead = false;

async function prepare(request: ReadingRequest): Promise<void> {
  await rehearse(new Rehearsal(request));
  await lookAhead(request);
  // What is remembered of the files by now is found by code of its own, and so is what was found ahead.
  if (!isRead) await rehearse(new Rehearsal(request, count, entries));
  if (!isRead) say({ kind: 'prepared' });
}

async function rehearse(next: Rehearsal): Promise<void> {
  rehearsal = next;
  rehearsed = next.run();
  await rehearsed;
}

async function lookAhead(request: ReadingRequest): Promise<void> {
  try {
    const { folder, ignored } = request;
    const rules = await readIgnoreRules(folder, ignored);
    // A place that was sent nothing gets everything, whatever is known of it.
    if (readSentHash(request.sentFile) !== undefined) entries = new EntriesAhead(request, rules);
    count = new FolderCount(folder, rules, (entry) => entries?.see(entry));
    while (!count.isOver && !isRead) {
      await count.goOn();
      await new Promise((resolve) => setImmediate(resolve));
    }
  } catch {
    count = undefined; // the reading says what is wrong with the folder
  }
  entries?.close();
  if (!isRead) say({ kind: 'counted', files: count?.files ?? 0, bytes: count?.bytes ?? 0 });
}

async function read(request: ReadingRequest): Promise<void> {
  isRead = true;
  // What the machine says meanwhile is for the reading.
  const early: ReaderInput[] = [];
  let hear = (input: ReaderInput): unknown => early.push(input);
  port?.on('message', (input: ReaderInput) => hear(input));
  rehearsal?.stop();
  await rehearsed;
  const ahead = count?.folder === request.folder && count.isOver ? count : undefined;
  const reading = new FolderReading(request, logger, say, ahead, entries);
  hear = (input) => reading.receive(input);
  for (const input of early) hear(input);
  await reading.run();
  port?.close();
}

port.on('message', (input: ThreadRequest | ReaderInput) => {
  if (input.kind === 'prepare') void prepare(input.reading);
  if (input.kind === 'read') void read(input.reading);
});
