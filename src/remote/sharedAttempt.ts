import { abortable } from '../abortable.js';

interface Attempt<T> {
  readonly outcome: Promise<T>;
  readonly abort: AbortController;
  waiting: number;
}

/** One attempt at a time, shared by all who want its outcome; it is aborted when the last of them gives up. */
export class SharedAttempt<T> {
  readonly #action: (signal: AbortSignal) => Promise<T>;
  #current: Attempt<T> | undefined;

  constructor(action: (signal: AbortSignal) => Promise<T>) {
    this.#action = action;
  }

  /** Joins the attempt under way, or starts one. */
  async join(signal: AbortSignal): Promise<T> {
    signal.throwIfAborted();
    const attempt = (this.#current ??= this.#start());
    attempt.waiting += 1;
    try {
      return await abortable(attempt.outcome, signal);
    } finally {
      attempt.waiting -= 1;
      if (attempt.waiting === 0) this.#leave(attempt);
    }
  }

  #start(): Attempt<T> {
    const abort = new AbortController();
    const outcome = this.#action(abort.signal);
    const attempt = { outcome, abort, waiting: 0 };
    const over = (): void => this.#forget(attempt);
    outcome.then(over, over);
    return attempt;
  }

  #leave(attempt: Attempt<T>): void {
    if (this.#current !== attempt) return;
    this.#forget(attempt);
    attempt.abort.abort();
  }

  #forget(attempt: Attempt<T>): void {
    if (this.#current === attempt) this.#current = undefined;
  }
}
