import { rmSync } from 'node:fs';
import * as v from 'valibot';
import type { Logger } from '../../logger.js';
import type { BytePath } from './bytePath.js';
import { RememberedLines } from './rememberedLines.js';

const lineSchema = v.looseTuple([v.string(), v.string()]);

/** What is known of the tree that a place was left with. */
export interface LastTree {
  readonly hash: string;
  /** Whether the place may have it still. */
  readonly isBase: boolean;
}

/**
 * The entries of a folder as a place was told them last, so that of those that are as they were no more is told than
 * where they stood. In the order of paths, of which no more than a line is held: a folder may have millions.
 */
export class SentEntries {
  readonly #sentFile: string;
  readonly #last: LastTree | undefined;
  readonly #lines: RememberedLines;

  constructor(sentFile: string, last: LastTree | undefined, log: Logger, isWritten = true) {
    this.#sentFile = sentFile;
    this.#last = last;
    const from = last?.isBase === true ? entriesFile(sentFile, last.hash) : undefined;
    this.#lines = new RememberedLines('sent entries', from, isWritten ? sentFile : undefined, log);
  }

  /** Only to be asked: nothing is written. */
  static toLookInto(sentFile: string, last: LastTree | undefined, log: Logger): SentEntries {
    return new SentEntries(sentFile, last, log, false);
  }

  /**
   * Remembers an entry, and says where among all entries it stood, if it is what it was.
   * Ask in the order of paths, for each once.
   * @param line the entry as it is told, in JSON
   */
  place(path: BytePath, line: string): number | undefined {
    this.#lines.write(line);
    return this.look(path, line);
  }

  /** What {@link look} found of the next entry a while ago. */
  again(place: number, line: string): number {
    this.#lines.write(line);
    this.#lines.skipTo(place + 1);
    return place;
  }

  /** As {@link place}, and nothing is remembered for the next time. */
  look(path: BytePath, line: string): number | undefined {
    const lines = this.#lines;
    for (let old = lines.current; old !== undefined; old = lines.current) {
      const { at } = lines;
      const isSame = old === line;
      if (!isSame && this.#isBehind(old, path)) return undefined;
      lines.advance();
      if (isSame) return at;
    }
    return undefined;
  }

  /** Writes down what was asked so far, for little to be left at the end. */
  flush(): void {
    this.#lines.flush();
  }

  /** The place has all that was asked about here. */
  save(hash: string): void {
    this.#lines.finish(entriesFile(this.#sentFile, hash));
    if (this.#last !== undefined && this.#last.hash !== hash)
      rmSync(entriesFile(this.#sentFile, this.#last.hash), { force: true });
  }

  /** Nobody knows what the place has: what was remembered stays as it was. */
  discard(): void {
    this.#lines.discard();
  }

  /** Whether an entry comes behind the path. What is no entry comes behind all. */
  #isBehind(line: string, path: BytePath): boolean {
    try {
      return v.parse(lineSchema, JSON.parse(line))[1] > path;
    } catch (error) {
      this.#lines.giveUpReading(error);
      return true;
    }
  }
}

/** The same tree has the same entries in the same order wherever it is, so its hash names them. */
function entriesFile(sentFile: string, hash: string): string {
  return `${sentFile}.${hash.slice(0, 32)}`;
}
