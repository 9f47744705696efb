import { abortable } from '../abortable.js';
import { delay } from '../delay.js';
import { CloudUnavailableError } from '../errors.js';
import type { Cloud, RentedInstance } from './cloud.js';

/** A list of a cloud's machines, and when it was asked for (`performance.now()`). */
export interface MachineList {
  readonly asked: number;
  readonly machines: readonly RentedInstance[];
}

export interface SharedListOptions {
  /** The provider, as people call it. */
  readonly title: string;
  /** Least time between the beginnings of two calls. */
  readonly gapMs: number;
  readonly list: Cloud['list'];
  /** No list takes longer, paging and waiting for rate limits included; two minutes when not given. */
  readonly patienceMs?: number;
}

/**
 * One list call a tick for a cloud, however many look: callers share the call that is under way, or the list of the
 * last one while that is new enough for them.
 */
export class SharedList {
  readonly #options: SharedListOptions;
  #last: MachineList | undefined;
  #askedAt = -Infinity;
  #asking: { readonly asked: number; readonly answer: Promise<MachineList> } | undefined;

  constructor(options: SharedListOptions) {
    this.#options = options;
  }

  /**
   * The machines as they were at `since` or later.
   * @param since `performance.now()`; now when a change that was just made must be in the list
   * @throws {CloudUnavailableError} the list did not come in time
   */
  async get(since: number, signal: AbortSignal): Promise<MachineList> {
    for (;;) {
      signal.throwIfAborted();
      if (this.#last && this.#last.asked >= since) return this.#last;
      if (this.#asking && this.#asking.asked >= since) return abortable(this.#asking.answer, signal);
      if (this.#asking)
        await abortable(
          this.#asking.answer.catch(() => undefined),
          signal,
        );
      else await this.#ask(signal);
    }
  }

  /** Not before the gap is over, also after one that failed. Whoever comes first asks for everybody. */
  async #ask(signal: AbortSignal): Promise<void> {
    const asked = performance.now();
    const restMs = this.#askedAt + this.#options.gapMs - asked;
    if (restMs > 0) return delay(Math.ceil(restMs), signal);
    this.#askedAt = asked;
    const answer = this.#list(asked);
    this.#asking = { asked, answer };
    const settled = answer
      .then((list) => {
        this.#last = list;
      })
      .finally(() => {
        this.#asking = undefined;
      });
    await abortable(settled, signal);
  }

  async #list(asked: number): Promise<MachineList> {
    const { title, list, patienceMs = 120_000 } = this.#options;
    const patience = AbortSignal.timeout(patienceMs);
    try {
      return { asked, machines: await list(patience) };
    } catch (cause) {
      if (!patience.aborted) throw cause;
      // Not the caller's end: it may ask again.
      throw new CloudUnavailableError(`${title} did not tell in time which machines there are.`, { cause });
    }
  }
}
