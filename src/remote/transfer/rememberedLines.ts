import { messageOf } from '../../errors.js';
import type { Logger } from '../../logger.js';
import { LineSink } from './lineSink.js';
import { linesOf } from './textLines.js';

/**
 * What is remembered of a folder, a line for each of its entries: the lines of the last time are looked at in order, one
 * at a time, while those for the next time are written. Losing them costs time only, so what goes wrong is only logged.
 */
export class RememberedLines {
  readonly #what: string;
  readonly #log: Logger;
  readonly #old: Generator<string> | undefined;
  #sink: LineSink | undefined;
  #current: string | undefined;
  #at = -1;
  /** Where the line stands that is to be the current one: what is skipped is not read before it must be. */
  #wanted = 0;
  #isOver = false;

  /**
   * @param what for the log
   * @param from the file of the last time, if there is one
   * @param beside where the new one is written until it is finished; without it none is
   */
  constructor(what: string, from: string | undefined, beside: string | undefined, log: Logger) {
    this.#what = what;
    this.#log = log;
    this.#old = from === undefined ? undefined : linesOf(from);
    this.#isOver = this.#old === undefined;
    if (beside !== undefined) this.#attempt(() => (this.#sink = new LineSink(beside)));
  }

  /** `undefined` behind the last one. */
  get current(): string | undefined {
    while (this.#at < this.#wanted && !this.#isOver) this.#read();
    return this.#current;
  }

  /** Where among the lines the current one stands. */
  get at(): number {
    return this.#at;
  }

  advance(): void {
    this.#wanted += 1;
  }

  /** The current line is that one from now on, unless it is one behind it. */
  skipTo(at: number): void {
    this.#wanted = Math.max(this.#wanted, at);
  }

  /** The current line is none of ours: nothing behind it is believed either. */
  giveUpReading(error: unknown): void {
    this.#current = undefined;
    this.#isOver = true;
    this.#log.warn(`${this.#what} read → ${messageOf(error)}`);
  }

  write(line: string): void {
    this.#attempt(() => this.#sink?.write(line));
  }

  flush(): void {
    this.#attempt(() => this.#sink?.flush());
  }

  /** Gives what was written its name. */
  finish(file: string): void {
    this.#old?.return(undefined);
    this.#attempt(() => this.#sink?.finish(file));
    this.#sink = undefined;
  }

  /** What was remembered stays as it was. */
  discard(): void {
    this.#old?.return(undefined);
    this.#sink?.discard();
    this.#sink = undefined;
  }

  #read(): void {
    try {
      const line = this.#old?.next();
      this.#isOver = line?.done !== false;
      this.#current = line?.done === false ? line.value : undefined;
      this.#at += 1;
    } catch (error) {
      this.giveUpReading(error);
    }
  }

  #attempt(action: () => unknown): void {
    try {
      action();
    } catch (error) {
      this.#log.warn(`${this.#what} save → ${messageOf(error)}`);
      this.#sink?.discard();
      this.#sink = undefined;
    }
  }
}
