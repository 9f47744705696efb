import type { SimulatedClock } from './simulatedClock.js';

/** What something looked like before, for clouds whose lists lag behind. */
export class History<T> {
  readonly #clock: SimulatedClock;
  readonly #states: { readonly atSeconds: number; readonly state: T }[] = [];

  constructor(clock: SimulatedClock, first: T) {
    this.#clock = clock;
    this.keep(first);
  }

  /** Notes how it is from now on. It must not be changed afterwards. */
  keep(state: T): void {
    this.#states.push({ atSeconds: this.#clock.seconds, state });
  }

  /** How it was so many cloud seconds ago; before that, as it was at first. */
  ago(seconds: number): T {
    const at = this.#clock.seconds - seconds;
    const [first] = this.#states;
    const last = this.#states.findLast(({ atSeconds }) => atSeconds <= at) ?? first;
    if (last === undefined) throw new Error('A history has a first state.');
    return last.state;
  }
}
