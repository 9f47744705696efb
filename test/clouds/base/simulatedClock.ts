/**
 * The time of a simulated cloud. Durations that a cloud is known for (a boot of 90 s, a lease of an hour) are given in
 * its seconds, and pass as fast as the scale says. Deadlines in labels and answers are Unix time, which nothing scales.
 */
export class SimulatedClock {
  readonly #scale: number;
  readonly #startedAt = performance.now();
  readonly #timers = new Set<NodeJS.Timeout>();

  /** @param scale real seconds that one second of the cloud takes: with 0.001, 20 minutes pass in 1.2 s */
  constructor(scale = 1) {
    this.#scale = scale;
  }

  /** Cloud seconds since the clock was made. */
  get seconds(): number {
    return (performance.now() - this.#startedAt) / this.realMs(1);
  }

  /** Real Unix time in whole seconds. */
  nowSeconds(): number {
    return Math.floor(Date.now() / 1000);
  }

  /** How many real milliseconds some cloud seconds take. */
  realMs(seconds: number): number {
    return seconds * this.#scale * 1000;
  }

  /**
   * Does something once so many cloud seconds have passed, unless the clock was stopped.
   * @returns takes it back
   */
  after(seconds: number, action: () => void): () => void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      action();
    }, this.realMs(seconds));
    this.#timers.add(timer);
    return () => {
      clearTimeout(timer);
      this.#timers.delete(timer);
    };
  }

  /** What was still to come does not come any more. */
  stop(): void {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
  }
}
