import { rmSync } from 'node:fs';
import * as v from 'valibot';
import { messageOf } from '../../errors.js';
import type { Logger } from '../../logger.js';
import type { BytePath } from './bytePath.js';
import { LineSink } from './lineSink.js';
import { linesOf } from './textLines.js';

const lineSchema = v.looseTuple([v.string(), v.string()]);

/**
 * The entries of a folder as a place was told them last, so that of those that are as they were no more is told than
 * where they stood. In the order of paths, of which no more than a line is held: a folder may have millions. Losing it
 * costs time only, so what goes wrong with it is only logged.
 */
export class SentEntries {
  readonly #sentFile: string;
  readonly #base: string | undefined;
  readonly #log: Logger;
  readonly #old: Generator<string>;
  #next: string | undefined;
  #at = -1;
  #sink: LineSink | undefined;

  /** @param base the hash of the tree that the place was left with, where that is known */
  constructor(sentFile: string, base: string | undefined, log: Logger) {
    this.#sentFile = sentFile;
    this.#base = base;
    this.#log = log;
    this.#old = base === undefined ? noLines() : linesOf(entriesFile(sentFile, base));
    this.#advance();
    try {
      this.#sink = new LineSink(sentFile);
    } catch (error) {
      this.#giveUp(error);
    }
  }

  /**
   * Remembers an entry, and says where among all entries it stood, if it is what it was.
   * Ask in the order of paths, for each once.
   * @param line the entry as it is told, in JSON
   */
  place(path: BytePath, line: string): number | undefined {
    this.#write(line);
    for (let old = this.#next; old !== undefined; old = this.#next) {
      const isSame = old === line;
      if (!isSame && this.#pathOf(old) > path) return undefined;
      const at = this.#at;
      this.#advance();
      if (isSame) return at;
    }
    return undefined;
  }

  /** The place has all that was asked about here. */
  save(hash: string): void {
    this.#old.return(undefined);
    try {
      this.#sink?.finish(entriesFile(this.#sentFile, hash));
      if (this.#base !== undefined && this.#base !== hash)
        rmSync(entriesFile(this.#sentFile, this.#base), { force: true });
    } catch (error) {
      this.#giveUp(error);
    }
  }

  /** Nobody knows what the place has: what was remembered stays as it was. */
  discard(): void {
    this.#old.return(undefined);
    this.#sink?.discard();
    this.#sink = undefined;
  }

  #advance(): void {
    this.#next = undefined;
    try {
      const line = this.#old.next();
      if (line.done === true) return;
      this.#next = line.value;
      this.#at += 1;
    } catch (error) {
      this.#unread(error);
    }
  }

  /** Of a line that is no entry, one behind all others. */
  #pathOf(line: string): BytePath {
    try {
      return v.parse(lineSchema, JSON.parse(line))[1];
    } catch (error) {
      this.#next = undefined;
      this.#unread(error);
      return '\u{10ffff}';
    }
  }

  #write(line: string): void {
    try {
      this.#sink?.write(line);
    } catch (error) {
      this.#giveUp(error);
    }
  }

  #unread(error: unknown): void {
    this.#log.warn(`sent entries read ${this.#sentFile} → ${messageOf(error)}`);
  }

  #giveUp(error: unknown): void {
    this.#log.warn(`sent entries save → ${messageOf(error)}`);
    this.#sink?.discard();
    this.#sink = undefined;
  }
}

/** The same tree has the same entries in the same order wherever it is, so its hash names them. */
function entriesFile(sentFile: string, hash: string): string {
  return `${sentFile}.${hash.slice(0, 32)}`;
}

function* noLines(): Generator<string> {
  // Nothing was sent, or nothing is known of it.
}
