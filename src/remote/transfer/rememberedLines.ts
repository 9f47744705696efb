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
  /** Where among the lines the current one stands. */
  at = -1;

  /**
   * @param what for the log
   * @param from the file of the last time, if there is one
   * @param beside where the new one is written until it is finished
   */
  constructor(what: string, from: string | undefined, beside: string, log: Logger) {
    this.#what = what;
    this.#log = log;
    this.#old = from === undefined ? undefined : linesOf(from);
    this.advance();
    this.#attempt(() => (this.#sink = new LineSink(beside)));
  }

  /** `undefined` behind the last one. */
  get current(): string | undefined {
    return this.#current;
  }

  advance(): void {
    this.#current = undefined;
    try {
      const line = this.#old?.next();
      if (line === undefined || line.done === true) return;
      this.#current = line.value;
      this.at += 1;
    } catch (error) {
      this.giveUpReading(error);
    }
  }

  /** The current line is none of ours: nothing behind it is believed either. */
  giveUpReading(error: unknown): void {
    this.#current = undefined;
    this.#log.warn(`${this.#what} read → ${messageOf(error)}`);
  }

  write(line: string): void {
    this.#attempt(() => this.#sink?.write(line));
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
