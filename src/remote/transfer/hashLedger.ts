import { createHash } from 'node:crypto';
import { join } from 'node:path';
import * as v from 'valibot';
import type { Logger } from '../../logger.js';
import { type BytePath, quoted } from './bytePath.js';
import type { FileVersion } from './fileVersion.js';
import { RememberedLines } from './rememberedLines.js';

/**
 * A file younger than this when it was read may change once more without its times showing it (the clock of file
 * systems ticks in milliseconds, FAT's in two seconds), so its hash is not remembered.
 */
const settledAfterNs = 2_000_000_000n;

const lineSchema = v.looseTuple([v.string()]);
/** What follows {@link startOf} in a line: a comma, a sha256 in quotes, a bracket. */
const restOfLine = 2 + 64 + 2;

/** A hash that is remembered. */
export interface FoundHash {
  readonly sha256: string;
  readonly line: string;
  /** Where the line stands. */
  readonly at: number;
}

/** Where the hashes of a folder's files are remembered. */
export function hashLedgerFile(cacheDir: string, folder: string): string {
  const name = createHash('sha256').update(folder).digest('hex').slice(0, 32);
  return join(cacheDir, 'hashes', `${name}.jsonl`);
}

/**
 * Remembers the sha256 of a folder's files, so that what has not changed is not read again. The file is in the order
 * of paths and files are asked for in that order, so no more than a line of it is held: a folder may have millions.
 */
export class HashLedger {
  readonly #file: string;
  readonly #lines: RememberedLines;

  constructor(file: string, log: Logger, isWritten = true) {
    this.#file = file;
    this.#lines = new RememberedLines('hash ledger', file, isWritten ? file : undefined, log);
  }

  /** Only to be asked: nothing is written. */
  static toLookInto(file: string, log: Logger): HashLedger {
    return new HashLedger(file, log, false);
  }

  /** The hash of this version of the file, if it is known. Ask in the order of paths, for each once. */
  find(path: BytePath, version: FileVersion): string | undefined {
    const found = this.look(path, version);
    if (found !== undefined) this.#lines.write(found.line);
    return found?.sha256;
  }

  /** What {@link look} found of the next file a while ago. */
  again({ sha256, line, at }: FoundHash): string {
    this.#lines.write(line);
    this.#lines.skipTo(at + 1);
    return sha256;
  }

  /** As {@link find}, and nothing is remembered for the next time. */
  look(path: BytePath, version: FileVersion): FoundHash | undefined {
    const lines = this.#lines;
    const start = startOf(path, version);
    for (let line = lines.current; line !== undefined; line = lines.current) {
      if (line.startsWith(start) && line.length === start.length + restOfLine) {
        const { at } = lines;
        lines.advance();
        return { sha256: line.slice(start.length + 2, -2), line, at };
      }
      if (this.#isBehind(line, path)) return undefined;
      lines.advance();
    }
    return undefined;
  }

  /** @param readAtMs when the reading began, as `Date.now()` */
  remember(path: BytePath, version: FileVersion, sha256: string, readAtMs: number): void {
    if (BigInt(readAtMs) * 1_000_000n - version.mtimeNs < settledAfterNs) return;
    this.#lines.write(`${startOf(path, version)},"${sha256}"]`);
  }

  /** Keeps what was found or remembered, and unless all files were come to, what was known of the rest. */
  save(isWhole: boolean): void {
    const lines = this.#lines;
    while (lines.current !== undefined && !isWhole) {
      lines.write(lines.current);
      lines.advance();
    }
    lines.finish(this.#file);
  }

  /** What was remembered stays as it was. */
  discard(): void {
    this.#lines.discard();
  }

  /** Whether a line is of a file behind the path. What is no line of ours comes behind all. */
  #isBehind(line: string, path: BytePath): boolean {
    try {
      return v.parse(lineSchema, JSON.parse(line))[0] > path;
    } catch (error) {
      this.#lines.giveUpReading(error);
      return true;
    }
  }
}

/** How the line of this version of a file begins. */
function startOf(path: BytePath, { sizeBytes, mtimeNs, ctimeNs, inode }: FileVersion): string {
  return `[${quoted(path)},${sizeBytes},"${mtimeNs}","${ctimeNs}","${inode}"`;
}
