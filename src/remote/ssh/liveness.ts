import type { Duplex } from 'node:stream';

/** A server that is asked something at least every 15 s answers within this, however slow the link. */
export const silenceLimitMs = 45_000;
const checksPerLimit = 9;

/**
 * Watches that bytes keep coming in. Any byte counts, not only answers to pings: those queue behind the megabytes of
 * an upload, and a slow link is not a dead one.
 */
export class Liveness {
  readonly #timer: NodeJS.Timeout;
  #lastInboundMs = performance.now();

  constructor(stream: Duplex, limitMs: number, onSilence: () => void) {
    stream.on('data', () => {
      this.#lastInboundMs = performance.now();
    });
    this.#timer = setInterval(() => {
      if (performance.now() - this.#lastInboundMs < limitMs) return;
      this.stop();
      onSilence();
    }, limitMs / checksPerLimit);
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}
