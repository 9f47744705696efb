import type { SimulatedClock } from '../base/simulatedClock.js';

/** Two requests of well-behaved clients may come this much closer than they were sent: real milliseconds. */
const jitterMs = 50;

/** So many seconds from one request to the next. */
export class RateLimit {
  readonly #clock: SimulatedClock;
  readonly #seconds: number;
  #last = -Infinity;

  constructor(clock: SimulatedClock, seconds: number) {
    this.#clock = clock;
    this.#seconds = seconds;
  }

  /** Whether one more is let through now. One that is not does not count. */
  admits(): boolean {
    const now = performance.now();
    if (now - this.#last < this.#clock.realMs(this.#seconds) - jitterMs) return false;
    this.#last = now;
    return true;
  }
}
