/** Keeps durations running that were true when they arrived. Uses this side's clock only. */
export class Stopwatch {
  readonly #showers: (() => void)[] = [];

  /** Shows a duration now and at every tick; `direction` -1 counts down, to zero. */
  run(durationMs: number, show: (durationMs: number) => void, direction: 1 | -1 = 1): void {
    const arrived = performance.now();
    this.#showers.push(() => {
      show(Math.max(0, durationMs + direction * (performance.now() - arrived)));
    });
    show(durationMs);
  }

  tick(): void {
    for (const show of this.#showers) show();
  }

  clear(): void {
    this.#showers.length = 0;
  }
}
