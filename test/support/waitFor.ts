import { messageOf } from '../../src/errors.js';
import { delay } from '../../src/delay.js';

export interface WaitOptions {
  readonly timeoutMs?: number;
  readonly intervalMs?: number;
}

/**
 * Asks until the answer is neither `undefined`, `null` nor `false`, and gives it back. A question that throws
 * is asked again; the last error is the cause when time is up.
 * @param what completes the sentence "… did not come true"
 */
export async function waitFor<T>(
  what: string,
  ask: () => T | Promise<T>,
  { timeoutMs = 60_000, intervalMs = 20 }: WaitOptions = {},
): Promise<Exclude<T, undefined | null | false>> {
  const until = performance.now() + timeoutMs;
  const never = new AbortController().signal;
  for (;;) {
    let failure: unknown;
    try {
      const answer = await ask();
      if (isYes(answer)) return answer;
    } catch (error) {
      failure = error;
    }
    if (performance.now() > until) throw timeUp(what, timeoutMs, failure);
    await delay(intervalMs, never);
  }
}

function isYes<T>(answer: T): answer is Exclude<T, undefined | null | false> {
  return answer !== undefined && answer !== null && answer !== false;
}

function timeUp(what: string, timeoutMs: number, cause: unknown): Error {
  const why = cause === undefined ? '' : `: ${messageOf(cause)}`;
  return new Error(`${what} did not come true within ${timeoutMs} ms${why}`, { cause });
}
