import { createHash, randomBytes } from 'node:crypto';
import { closeSync, mkdirSync, openSync, readSync, renameSync, rmSync, writeSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { StringDecoder } from 'node:string_decoder';
import * as v from 'valibot';
import { hasCode, messageOf } from '../../errors.js';
import type { Logger } from '../../logger.js';
import type { BytePath } from './bytePath.js';
import { type FileVersion, isSameVersion } from './fileVersion.js';

/**
 * A file younger than this when it was read may change once more without its times showing it (the clock of file
 * systems ticks in milliseconds, FAT's in two seconds), so its hash is not remembered.
 */
const settledAfterNs = 2_000_000_000n;
const pieceBytes = 1024 * 1024;
const writtenAtOnce = 256 * 1024;

const lineSchema = v.tuple([v.string(), v.number(), v.string(), v.string(), v.string(), v.string()]);

interface KnownHash {
  readonly path: BytePath;
  readonly version: FileVersion;
  readonly sha256: string;
}

/** Where the hashes of a folder's files are remembered. */
export function hashLedgerFile(cacheDir: string, folder: string): string {
  const name = createHash('sha256').update(folder).digest('hex').slice(0, 32);
  return join(cacheDir, 'hashes', `${name}.jsonl`);
}

/**
 * Remembers the sha256 of a folder's files, so that what has not changed is not read again. The file is in the order
 * of paths and files are asked for in that order, so no more than a line of it is held: a folder may have millions.
 * Losing it costs time only, so what goes wrong with it is only logged.
 */
export class HashLedger {
  readonly #file: string;
  readonly #unfinished: string;
  readonly #log: Logger;
  readonly #old: Generator<string>;
  #next: KnownHash | undefined;
  #nextLine = '';
  #sink: number | undefined;
  #unwritten = '';

  constructor(file: string, log: Logger) {
    this.#file = file;
    this.#unfinished = `${file}.${randomBytes(4).toString('hex')}.new`;
    this.#log = log;
    this.#old = linesOf(file);
    this.#advance();
    try {
      mkdirSync(dirname(file), { recursive: true });
      this.#sink = openSync(this.#unfinished, 'w', 0o600);
    } catch (error) {
      this.#giveUp(error);
    }
  }

  /** The hash of this version of the file, if it is known. Ask in the order of paths. */
  find(path: BytePath, version: FileVersion): string | undefined {
    while (this.#next !== undefined && this.#next.path < path) this.#advance();
    if (this.#next?.path !== path || !isSameVersion(this.#next.version, version)) return undefined;
    this.#write(this.#nextLine);
    return this.#next.sha256;
  }

  /** @param readAtMs when the reading began, as `Date.now()` */
  remember(path: BytePath, version: FileVersion, sha256: string, readAtMs: number): void {
    if (BigInt(readAtMs) * 1_000_000n - version.mtimeNs < settledAfterNs) return;
    const { sizeBytes, mtimeNs, ctimeNs, inode } = version;
    this.#write(JSON.stringify([path, sizeBytes, String(mtimeNs), String(ctimeNs), String(inode), sha256]));
  }

  /** Keeps what was found or remembered, and unless all files were come to, what was known of the rest. */
  save(isWhole: boolean): void {
    while (this.#next !== undefined && !isWhole) {
      this.#write(this.#nextLine);
      this.#advance();
    }
    this.#old.return(undefined);
    try {
      this.#flush();
      if (this.#sink === undefined) return;
      closeSync(this.#sink);
      this.#sink = undefined;
      renameSync(this.#unfinished, this.#file);
    } catch (error) {
      this.#giveUp(error);
    }
  }

  #advance(): void {
    this.#next = undefined;
    try {
      const line = this.#old.next();
      if (line.done === true) return;
      this.#nextLine = line.value;
      this.#next = toKnownHash(line.value);
    } catch (error) {
      this.#log.warn(`hash ledger read ${this.#file} → ${messageOf(error)}`);
    }
  }

  #write(line: string): void {
    if (this.#sink === undefined) return;
    this.#unwritten += `${line}\n`;
    if (this.#unwritten.length < writtenAtOnce) return;
    try {
      this.#flush();
    } catch (error) {
      this.#giveUp(error);
    }
  }

  #flush(): void {
    if (this.#sink !== undefined) writeSync(this.#sink, this.#unwritten);
    this.#unwritten = '';
  }

  #giveUp(error: unknown): void {
    this.#log.warn(`hash ledger save → ${messageOf(error)}`);
    if (this.#sink === undefined) return;
    closeSync(this.#sink);
    this.#sink = undefined;
    rmSync(this.#unfinished, { force: true });
  }
}

function toKnownHash(line: string): KnownHash {
  const [path, sizeBytes, mtimeNs, ctimeNs, inode, sha256] = v.parse(lineSchema, JSON.parse(line));
  const version = { sizeBytes, mtimeNs: BigInt(mtimeNs), ctimeNs: BigInt(ctimeNs), inode: BigInt(inode) };
  return { path, version, sha256 };
}

/** The lines of a text file, one after the other; none of a file that is not there. */
function* linesOf(file: string): Generator<string> {
  let handle: number;
  try {
    handle = openSync(file, 'r');
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return;
    throw error;
  }
  try {
    const piece = Buffer.allocUnsafe(pieceBytes);
    const decoder = new StringDecoder('utf8');
    let rest = '';
    for (let read = readSync(handle, piece); read > 0; read = readSync(handle, piece)) {
      const lines = (rest + decoder.write(piece.subarray(0, read))).split('\n');
      rest = lines.pop() ?? '';
      yield* lines;
    }
  } finally {
    closeSync(handle);
  }
}
