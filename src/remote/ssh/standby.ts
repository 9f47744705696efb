import { setMaxListeners } from 'node:events';
import { isDeepStrictEqual } from 'node:util';
import { abortable } from '../../abortable.js';
import type { Disposable } from '../../disposable.js';
import type { HostProcess, Program } from '../host.js';

/** How long a program stands by that nobody wants. */
const patienceMs = 5 * 60_000;
/** Of what a program writes: something came, or nothing will. */
const events = ['readable', 'end', 'close'] as const;

interface Waiting {
  readonly program: Program;
  /** `undefined` where it could not be started. */
  readonly started: Promise<HostProcess | undefined>;
  readonly patience: NodeJS.Timeout;
}

/**
 * Programs that were started before they are wanted, so that nobody waits for a login script, for Python, and for a first
 * look at the machine when there is something to do.
 */
export class Standby implements Disposable {
  readonly #start: (program: Program, signal: AbortSignal) => Promise<HostProcess>;
  readonly #over = new AbortController();
  #waiting: readonly Waiting[] = [];

  /** @param start starts a program, which waits for more than its request */
  constructor(start: (program: Program, signal: AbortSignal) => Promise<HostProcess>) {
    this.#start = start;
    // Each start may listen, and how many there are is for the caller to say.
    setMaxListeners(0, this.#over.signal);
  }

  /**
   * Has so many of a program stand by, and none of it with another request. Resolves once they run, or cannot: that shows
   * when one is wanted.
   */
  async have(program: Program, count: number): Promise<void> {
    const kept = this.#waiting.filter((each) => isSame(each.program, program)).slice(0, count);
    const spare = this.#waiting.filter(
      (each) => each.program.source === program.source && !kept.includes(each),
    );
    for (const each of spare) this.#forget(each);
    const more = Array.from({ length: count - kept.length }, () => this.#add(program));
    await Promise.all([...kept.map(hasBegun), ...more.map(hasBegun), ...spare.map(end)]);
  }

  /** One of them; `undefined` when none stands by. It is the caller's from now on. */
  async take(program: Program, signal: AbortSignal): Promise<HostProcess | undefined> {
    for (let next = this.#first(program); next !== undefined; next = this.#first(program)) {
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

  #first(program: Program): Waiting | undefined {
    return this.#waiting.find((each) => isSame(each.program, program));
  }

  #add(program: Program): Waiting {
    const started = this.#start(program, this.#over.signal).catch(() => undefined);
    const patience = setTimeout(() => {
      this.#forget(waiting);
      void end(waiting);
    }, patienceMs).unref();
    const waiting = { program, started, patience };
    this.#waiting = [...this.#waiting, waiting];
    return waiting;
  }

  #forget(waiting: Waiting): void {
    clearTimeout(waiting.patience);
    this.#waiting = this.#waiting.filter((other) => other !== waiting);
  }
}

function isSame(a: Program, b: Program): boolean {
  return a.source === b.source && isDeepStrictEqual(a.request, b.request);
}

/** Resolves once the program has said anything, which it does when it runs; or when it has ended. */
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
