import { abortable } from '../../abortable.js';
import type { Disposable } from '../../disposable.js';
import type { HostProcess } from '../host.js';

/** How long a program stands by that nobody wants. */
const patienceMs = 5 * 60_000;

interface Waiting {
  readonly source: string;
  /** `undefined` where it could not be started. */
  readonly started: Promise<HostProcess | undefined>;
  readonly patience: NodeJS.Timeout;
}

/**
 * Programs that were started ahead of what they will be asked, so that nobody waits for a login script and for Python
 * when there is something to do.
 */
export class Standby implements Disposable {
  readonly #start: (source: string, signal: AbortSignal) => Promise<HostProcess>;
  readonly #over = new AbortController();
  #waiting: readonly Waiting[] = [];

  /** @param start starts a program up to where it waits for its request */
  constructor(start: (source: string, signal: AbortSignal) => Promise<HostProcess>) {
    this.#start = start;
  }

  /** Has so many of a program stand by. Resolves once they do, or cannot: that shows when one is wanted. */
  async have(source: string, count: number): Promise<void> {
    const there = this.#waiting.filter((each) => each.source === source);
    const more = Array.from({ length: Math.max(0, count - there.length) }, () => this.#add(source));
    await Promise.all([...there, ...more].map(({ started }) => started));
  }

  /** One of them; `undefined` when none stands by. It is the caller's from now on. */
  async take(source: string, signal: AbortSignal): Promise<HostProcess | undefined> {
    for (let next = this.#first(source); next !== undefined; next = this.#first(source)) {
      this.#forget(next);
      try {
        const process = await abortable(next.started, signal);
        if (process?.stdin.writable === true) return process;
      } catch (error) {
        void end(next);
        throw error;
      }
    }
    return undefined;
  }

  /** Ends those that stand by, for the room they take. */
  async dismiss(): Promise<void> {
    const dismissed = this.#waiting;
    this.#waiting = [];
    await Promise.all(dismissed.map(end));
  }

  dispose(): void {
    this.#over.abort();
    void this.dismiss();
  }

  #first(source: string): Waiting | undefined {
    return this.#waiting.find((each) => each.source === source);
  }

  #add(source: string): Waiting {
    const started = this.#start(source, this.#over.signal).catch(() => undefined);
    const patience = setTimeout(() => {
      this.#forget(waiting);
      void end(waiting);
    }, patienceMs).unref();
    const waiting = { source, started, patience };
    this.#waiting = [...this.#waiting, waiting];
    return waiting;
  }

  #forget(waiting: Waiting): void {
    clearTimeout(waiting.patience);
    this.#waiting = this.#waiting.filter((other) => other !== waiting);
  }
}

async function end({ started, patience }: Waiting): Promise<void> {
  clearTimeout(patience);
  const process = await started;
  process?.kill();
  await process?.exit;
}
