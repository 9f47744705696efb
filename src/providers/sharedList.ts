import { delay } from '../delay.js';
import type { Cloud, RentedInstance } from './cloud.js';

/** A list of a cloud's machines, and when it was asked for (`performance.now()`). */
export interface MachineList {
  readonly asked: number;
  readonly machines: readonly RentedInstance[];
}

/** No list takes longer, paging and waiting for rate limits included. */
const longestMs = 120_000;

/**
 * One list call a tick for a cloud, however many look: callers share the call that is under way, or the list of the
 * last one while that is new enough for them.
 */
export class SharedList {
  readonly #gapMs: number;
  readonly #list: (signal: AbortSignal) => ReturnType<Cloud['list']>;
  #last: MachineList | undefined;
  #asking: { readonly asked: number; readonly answer: Promise<MachineList> } | undefined;

  constructor(gapMs: number, list: (signal: AbortSignal) => ReturnType<Cloud['list']>) {
    this.#gapMs = gapMs;
    this.#list = list;
  }

  /**
   * The machines as they were at `since` or later.
   * @param since `performance.now()`; now when a change that was just made must be in the list
   */
  async get(since: number, signal: AbortSignal): Promise<MachineList> {
    for (;;) {
      signal.throwIfAborted();
      if (this.#last && this.#last.asked >= since) return this.#last;
      if (this.#asking && this.#asking.asked >= since) return untilAborted(this.#asking.answer, signal);
      if (this.#asking)
        await untilAborted(
          this.#asking.answer.catch(() => undefined),
          signal,
        );
      else await this.#ask(signal);
    }
  }

  /** Not before the gap is over. Whoever comes first asks for everybody. */
  async #ask(signal: AbortSignal): Promise<void> {
    const restMs = (this.#last?.asked ?? -Infinity) + this.#gapMs - performance.now();
    if (restMs > 0) return delay(restMs, signal);
    const asked = performance.now();
    const answer = this.#list(AbortSignal.timeout(longestMs)).then((machines) => ({ asked, machines }));
    this.#asking = { asked, answer };
    const settled = answer
      .then((list) => {
        this.#last = list;
      })
      .finally(() => {
        this.#asking = undefined;
      });
    await untilAborted(settled, signal);
  }
}

/** The call goes on for the others. */
function untilAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(signal.reason as Error);
    signal.addEventListener('abort', onAbort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}
