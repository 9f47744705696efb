import { abortable } from '../../abortable.js';
import type { Disposable } from '../../disposable.js';
import type { HostProcess } from '../host.js';

/** How long a program stands by that nobody wants. */
const patienceMs = 5 * 60_000;
/** Of what a program writes: something came, or nothing will. */
const events = ['readable', 'end', 'close'] as const;

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

  /**
   * Has so many of a program stand by, and no more. Resolves once they wait for their request, or cannot: that shows
   * when one is wanted.
   */
  async have(source: string, count: number): Promise<void> {
    const there = this.#waiting.filter((each) => each.source === source);
    const kept = there.slice(0, count);
    const spare = there.slice(count);
    for (const each of spare) this.#forget(each);
    const more = Array.from({ length: count - kept.length }, () => this.#add(source));
    await Promise.all([...kept.map(hasBegun), ...more.map(hasBegun), ...spare.map(end)]);
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

/** Resolves once the program has said anything, which it does when it waits; or when it has ended. */
async function hasBegun({ started }: Waiting): Promise<void> {
  const stdout = (await started)?.stdout;
  if (stdout === undefined || stdout.readableLength > 0 || stdout.closed) return;
  await new Promise<void>((resolve) => {
    const settle = (): void => {
      for (const event of events) stdout.off(event, settle);
      resolve();
    };
    for (const event of events) stdout.on(event, settle);
  });
}

async function end({ started, patience }: Waiting): Promise<void> {
  clearTimeout(patience);
  const process = await started;
  process?.kill();
  await process?.exit;
}
