import { delay } from '../delay.js';

/** Keeps calls of one kind apart: each may begin only so long after the one before. */
export class Pace {
  readonly #gapMs: number;
  #next = 0;
  #last: Promise<void> = Promise.resolve();

  constructor(gapMs: number) {
    this.#gapMs = gapMs;
  }

  /** Resolves when it is this caller's turn. An aborted one leaves its place to the next. */
  turn(signal: AbortSignal): Promise<void> {
    const turn = this.#last.then(async () => {
      await delay(Math.max(0, this.#next - performance.now()), signal);
      this.#next = performance.now() + this.#gapMs;
    });
    this.#last = turn.catch(() => undefined);
    return turn;
  }

  /** The provider has asked for a pause: nobody begins before it is over. */
  pause(ms: number): void {
    this.#next = Math.max(this.#next, performance.now() + ms);
  }
}
