import type { Disposable } from './disposable.js';

/** Runs a task again and again, never overlapping, until stopped. A failing task is the task's to report. */
export class Poller implements Disposable {
  readonly #intervalMs: number;
  readonly #task: () => Promise<void>;
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> | undefined;
  #on = false;

  constructor(intervalMs: number, task: () => Promise<void>) {
    this.#intervalMs = intervalMs;
    this.#task = task;
  }

  start(): void {
    if (this.#on) return;
    this.#on = true;
    this.#schedule();
  }

  stop(): void {
    this.#on = false;
    clearTimeout(this.#timer);
  }

  /** Runs the task at once, or joins the run that is under way. */
  now(): Promise<void> {
    this.#running ??= this.#task().finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  dispose(): void {
    this.stop();
  }

  #schedule(): void {
    this.#timer = setTimeout(() => {
      void this.now()
        .catch(() => undefined)
        .then(() => {
          if (this.#on) this.#schedule();
        });
    }, this.#intervalMs);
  }
}
