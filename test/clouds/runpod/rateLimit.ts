import type { SimulatedClock } from '../base/simulatedClock.js';

interface Window {
  readonly name: string;
  readonly quota: number;
  readonly seconds: number;
  began: number;
  used: number;
}

/** RunPod's allowances, in the numbers of its documentation and the seconds of the cloud. */
export class RateLimit {
  readonly #clock: SimulatedClock;
  readonly #windows: readonly Window[] = [
    { name: 'minute', quota: 60, seconds: 60, began: 0, used: 0 },
    { name: 'hour', quota: 3000, seconds: 3600, began: 0, used: 0 },
    { name: 'day', quota: 50_000, seconds: 86_400, began: 0, used: 0 },
  ];

  constructor(clock: SimulatedClock) {
    this.#clock = clock;
  }

  /** Takes one from every window. @returns seconds to wait, when one is empty */
  take(): number | undefined {
    const now = this.#clock.seconds;
    for (const window of this.#windows.filter(({ began, seconds }) => now >= began + seconds)) {
      window.began = now;
      window.used = 0;
    }
    const empty = this.#windows.filter(({ used, quota }) => used >= quota);
    if (empty.length > 0) return Math.max(...empty.map((window) => this.#secondsLeft(window)));
    for (const window of this.#windows) window.used += 1;
    return undefined;
  }

  /** On every answer to somebody with a key. */
  get headers(): Readonly<Record<string, string>> {
    const limits = this.#windows.map(
      (window) => `"${window.name}";r=${window.quota - window.used};t=${this.#secondsLeft(window)}`,
    );
    const policies = this.#windows.map(({ name, quota, seconds }) => `"${name}";q=${quota};w=${seconds}`);
    return { ratelimit: limits.join(', '), 'ratelimit-policy': policies.join(', ') };
  }

  #secondsLeft({ began, seconds }: Window): number {
    return Math.max(0, Math.ceil(began + seconds - this.#clock.seconds));
  }
}
