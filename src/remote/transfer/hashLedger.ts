import { createHash } from 'node:crypto';
import { join } from 'node:path';
import * as v from 'valibot';
import { messageOf } from '../../errors.js';
import type { Logger } from '../../logger.js';
import type { BytePath } from './bytePath.js';
import type { FileVersion } from './fileVersion.js';
import { LineSink } from './lineSink.js';
import { linesOf } from './textLines.js';

/**
 * A file younger than this when it was read may change once more without its times showing it (the clock of file
 * systems ticks in milliseconds, FAT's in two seconds), so its hash is not remembered.
 */
const settledAfterNs = 2_000_000_000n;

const lineSchema = v.looseTuple([v.string()]);
/** What follows {@link startOf} in a line: a comma, a sha256 in quotes, a bracket. */
const restOfLine = 2 + 64 + 2;

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
  readonly #log: Logger;
  readonly #old: Generator<string>;
  #next: string | undefined;
  #sink: LineSink | undefined;

  constructor(file: string, log: Logger) {
    this.#file = file;
    this.#log = log;
    this.#old = linesOf(file);
    this.#advance();
    try {
      this.#sink = new LineSink(file);
    } catch (error) {
      this.#giveUp(error);
    }
  }

  /** The hash of this version of the file, if it is known. Ask in the order of paths, for each once. */
  find(path: BytePath, version: FileVersion): string | undefined {
    const start = startOf(path, version);
    for (let line = this.#next; line !== undefined; line = this.#next) {
      if (line.startsWith(start) && line.length === start.length + restOfLine) {
        this.#write(line);
        this.#advance();
        return line.slice(start.length + 2, -2);
      }
      const known = this.#pathOf(line);
      if (known === undefined || known > path) break;
      this.#advance();
    }
    return undefined;
  }

  /** @param readAtMs when the reading began, as `Date.now()` */
  remember(path: BytePath, version: FileVersion, sha256: string, readAtMs: number): void {
    if (BigInt(readAtMs) * 1_000_000n - version.mtimeNs < settledAfterNs) return;
    this.#write(`${startOf(path, version)},"${sha256}"]`);
  }

  /** Keeps what was found or remembered, and unless all files were come to, what was known of the rest. */
  save(isWhole: boolean): void {
    while (this.#next !== undefined && !isWhole) {
      this.#write(this.#next);
      this.#advance();
    }
    this.#old.return(undefined);
    try {
      this.#sink?.finish(this.#file);
      this.#sink = undefined;
    } catch (error) {
      this.#giveUp(error);
    }
  }

  #advance(): void {
    this.#next = undefined;
    try {
      const line = this.#old.next();
      if (line.done !== true) this.#next = line.value;
    } catch (error) {
      this.#unread(error);
    }
  }

  #pathOf(line: string): BytePath | undefined {
    try {
      return v.parse(lineSchema, JSON.parse(line))[0];
    } catch (error) {
      this.#next = undefined;
      this.#unread(error);
      return undefined;
    }
  }

  #unread(error: unknown): void {
    this.#log.warn(`hash ledger read ${this.#file} → ${messageOf(error)}`);
  }

  #write(line: string): void {
    try {
      this.#sink?.write(line);
    } catch (error) {
      this.#giveUp(error);
    }
  }

  #giveUp(error: unknown): void {
    this.#log.warn(`hash ledger save → ${messageOf(error)}`);
    this.#sink?.discard();
    this.#sink = undefined;
  }
}

/** How the line of this version of a file begins. */
function startOf(path: BytePath, { sizeBytes, mtimeNs, ctimeNs, inode }: FileVersion): string {
  return `[${JSON.stringify(path)},${sizeBytes},"${mtimeNs}","${ctimeNs}","${inode}"`;
}
