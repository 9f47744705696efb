import { abortable } from '../abortable.js';
import { delay } from '../delay.js';

/** Keeps calls of one kind apart: each may begin only so long after the one before. */
export class Pace {
  readonly #gapMs: number;
  #next = 0;
  #last: Promise<void> = Promise.resolve();

  constructor(gapMs: number) {
    this.#gapMs = gapMs;
  }

  /** Resolves when it is this caller's turn. An aborted one leaves its place to the next, and knows at once. */
  async turn(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const turn = this.#last.then(() => this.#wait(signal));
    this.#last = turn.catch(() => undefined);
    await abortable(turn, signal);
  }

  /** The provider has asked for a pause: nobody begins before it is over. */
  pause(ms: number): void {
    this.#next = Math.max(this.#next, performance.now() + ms);
  }

  async #wait(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    // Asked for a pause meanwhile, it waits on; and a timer may be a little early.
    for (let restMs; (restMs = this.#next - performance.now()) > 0;) await delay(Math.ceil(restMs), signal);
    this.#next = performance.now() + this.#gapMs;
  }
}
