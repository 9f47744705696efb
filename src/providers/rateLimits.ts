import type { Headers } from 'node-fetch';

/**
 * How long a refused caller is asked to wait, in ms, from headers: `Retry-After` (seconds or a date, RFC 9110) or the
 * limits of {@link exhaustedMs}. `undefined` when nothing is said.
 */
export function waitAskedFor(headers: Headers, now: number): number | undefined {
  const text = headers.get('retry-after');
  if (text === null) return exhaustedMs(headers);
  const seconds = Number(text);
  if (text.trim() !== '' && Number.isFinite(seconds)) return Math.max(0, seconds * 1000);
  const date = Date.parse(text);
  return Number.isNaN(date) ? exhaustedMs(headers) : Math.max(0, date - now);
}

/**
 * How long until a used-up allowance is filled again, in ms: `RateLimit: "minute";r=0;t=12, "hour";r=2800;t=1812`
 * (draft-ietf-httpapi-ratelimit-headers: `r` calls remain, the window begins anew in `t` seconds).
 */
export function exhaustedMs(headers: Headers): number | undefined {
  const limits = [...(headers.get('ratelimit') ?? '').matchAll(/;\s*r=(\d+)\s*;\s*t=(\d+)/g)];
  const waits = limits
    .filter(([, remaining]) => remaining === '0')
    .map(([, , seconds]) => Number(seconds) * 1000);
  return waits.length === 0 ? undefined : Math.max(...waits);
}
