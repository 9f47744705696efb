import { delay } from '../delay.js';
import { ConnectionError } from '../errors.js';
import { timeScaleOf } from '../timeScale.js';

const firstDelayMs = 500;
const longestDelayMs = 30_000;

export interface RetryOptions {
  readonly signal: AbortSignal;
  /** Called before each wait; `attempt` counts the failures in a row from 1. */
  readonly onRetry?: (error: ConnectionError, delayMs: number, attempt: number) => void;
  /** Factor on every wait; `TRAINYARD_TIME_SCALE` when not given. */
  readonly timeScale?: number;
}

/**
 * Does the action, again and again while the machine cannot be reached: at first after half a second, then after
 * ever longer waits of at most 30 s. Only a {@link ConnectionError} is tried again, and only the signal ends that.
 * A connection that was lost after it had held for longer than the last wait starts the waits anew.
 */
export async function retryConnection<T>(action: () => Promise<T>, options: RetryOptions): Promise<T> {
  const { signal, onRetry, timeScale = timeScaleOf(process.env) } = options;
  let attempt = 0;
  let delayMs = 0;
  for (;;) {
    signal.throwIfAborted();
    const startedMs = performance.now();
    try {
      return await action();
    } catch (error) {
      if (!(error instanceof ConnectionError)) throw error;
      const held = error.phase === 'lost' && performance.now() - startedMs > delayMs;
      attempt = held ? 1 : attempt + 1;
      delayMs = Math.round(backoffMs(attempt) * timeScale);
      onRetry?.(error, delayMs, attempt);
      await delay(delayMs, signal);
    }
  }
}

/** Doubles with each failure; the last half is random, so that many clients do not come back together. */
export function backoffMs(attempt: number, random: () => number = Math.random): number {
  const fullMs = Math.min(longestDelayMs, firstDelayMs * 2 ** Math.min(attempt - 1, 16));
  return fullMs * (0.5 + 0.5 * random());
}
