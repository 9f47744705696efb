import { open } from 'node:fs/promises';
import { MachineError, NotFoundError } from '../../errors.js';
import type { OnDownloaded } from './download.js';
import { requireRoom } from './diskRoom.js';
import type { HostStore, StoredEntry, StoredFile } from '../hostStore.js';
import type { PartFile } from './partFile.js';

/** A file of a machine that runs none of our programs, and where it comes to be here. */
export interface PlainDownload {
  /** What a person calls the machine. */
  readonly machine: string;
  /** Absolute, or beginning with `~/`. */
  readonly remotePath: string;
  readonly part: PartFile;
}

const tries = 3;
const pieceBytes = 256 * 1024;
/** So much is asked for before it has come. */
const windowBytes = 4 * 1024 * 1024;
/** What is here is believed to be the beginning of the file when so much of its end is in the same place there. */
const comparedBytes = 256 * 1024;

/**
 * Completes the part file by SFTP. It is whole, on disk and closed when this returns; an interruption leaves what has
 * come. Nothing there says its checksum: that it has the size, and that neither size nor time of the file changed, is all
 * that is known.
 * @throws {MachineError} there is no such file, or it changes all the time
 */
export async function plainDownload(
  store: HostStore,
  { machine, remotePath, part }: PlainDownload,
  onDownloaded: OnDownloaded,
  signal: AbortSignal,
): Promise<void> {
  try {
    const path = await store.absolute(remotePath);
    const file = await openFile(store, machine, path);
    try {
      for (let count = 0; count < tries; count += 1) {
        const found = await file.look();
        await keepBeginning(file, part, found, onDownloaded, signal);
        await requireRoom(part.path, found.bytes - part.length);
        await readRest(file, part, found.bytes, onDownloaded, signal);
        if (part.length === found.bytes && isSame(found, await store.look(path))) {
          await part.finish();
          return;
        }
        onDownloaded(-part.length, found.bytes);
        await part.restart();
      }
    } finally {
      await file.close().catch(() => undefined); // a lost connection has closed it
    }
    throw new MachineError(`On ${machine}, ${path} changes all the time while it is read.`);
  } finally {
    await part.close();
  }
}

/** To open a pipe may take for ever, so it is looked at first. */
async function openFile(store: HostStore, machine: string, path: string): Promise<StoredFile> {
  try {
    const { kind } = await store.look(path);
    if (kind !== 'file') throw new MachineError(`On ${machine}, ${path} is not a file.`);
    return await store.openToRead(path);
  } catch (cause) {
    if (!(cause instanceof NotFoundError)) throw cause;
    throw new MachineError(`On ${machine}, ${path} does not exist.`, { cause });
  }
}

function isSame(a: StoredEntry, b: StoredEntry): boolean {
  return a.bytes === b.bytes && a.attributes.modifiedSeconds === b.attributes.modifiedSeconds;
}

async function keepBeginning(
  file: StoredFile,
  part: PartFile,
  { bytes }: StoredEntry,
  onDownloaded: OnDownloaded,
  signal: AbortSignal,
): Promise<void> {
  if (part.length === 0 || (part.length <= bytes && (await endsAlike(file, part, signal)))) return;
  onDownloaded(-part.length, bytes);
  await part.restart();
}

async function endsAlike(file: StoredFile, part: PartFile, signal: AbortSignal): Promise<boolean> {
  const length = Math.min(comparedBytes, part.length);
  const [here, there] = [Buffer.alloc(length), Buffer.alloc(length)];
  const handle = await open(part.path, 'r');
  try {
    signal.throwIfAborted();
    await handle.read(here, 0, length, part.length - length);
  } finally {
    await handle.close();
  }
  return (await file.read(there, part.length - length)) === length && here.equals(there);
}

/** Asks for many pieces at once and takes them in their order, up to where the file ends. */
async function readRest(
  file: StoredFile,
  part: PartFile,
  sizeBytes: number,
  onDownloaded: OnDownloaded,
  signal: AbortSignal,
): Promise<void> {
  const coming: Promise<Buffer | undefined>[] = [];
  for (let asked = part.length; asked < sizeBytes || coming.length > 0;) {
    signal.throwIfAborted();
    while (asked < sizeBytes && coming.length < windowBytes / pieceBytes) {
      const piece = readPiece(file, asked, Math.min(pieceBytes, sizeBytes - asked));
      piece.catch(() => undefined); // heard of when its turn comes
      coming.push(piece);
      asked = Math.min(sizeBytes, asked + pieceBytes);
    }
    const piece = await coming.shift();
    if (piece === undefined) return;
    await part.append(piece);
    onDownloaded(piece.length, sizeBytes);
  }
}

/** `undefined` where the file ends before all of it. */
async function readPiece(file: StoredFile, position: number, bytes: number): Promise<Buffer | undefined> {
  const piece = Buffer.allocUnsafeSlow(bytes);
  return (await file.read(piece, position)) === bytes ? piece : undefined;
}
