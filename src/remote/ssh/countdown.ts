/** Calls back once after a while, unless stopped. It stands still while a person is asked something. */
export class Countdown {
  readonly #ms: number;
  readonly #onEnd: () => void;
  #timer: NodeJS.Timeout | undefined;
  #over = false;

  constructor(ms: number, onEnd: () => void) {
    this.#ms = ms;
    this.#onEnd = onEnd;
    this.#start();
  }

  /** Waits for the action without counting; afterwards there is the full time again. */
  async pausedWhile<T>(action: () => Promise<T>): Promise<T> {
    clearTimeout(this.#timer);
    try {
      return await action();
    } finally {
      if (!this.#over) this.#start();
    }
  }

  stop(): void {
    this.#over = true;
    clearTimeout(this.#timer);
  }

  #start(): void {
    this.#timer = setTimeout(() => {
      this.#over = true;
      this.#onEnd();
    }, this.#ms);
  }
}
