import * as v from 'valibot';
import { newMetrics, type Metrics } from '../point.js';

/** Numbers may come as strings: `"5"`, `"NaN"`. Anything else counts as absent. */
export const looseNumber = v.fallback(
  v.optional(
    v.pipe(
      v.union([v.number(), v.string()]),
      v.transform((value) => (typeof value === 'number' ? value : numberOfText(value))),
    ),
  ),
  undefined,
);

/** What can be read as a number, `NaN` and infinities included; the rest is left out. */
export function toMetrics(record: Readonly<Record<string, unknown>>): Metrics {
  const metrics = newMetrics();
  for (const [name, value] of Object.entries(record)) {
    const parsed =
      typeof value === 'number' ? value : typeof value === 'string' ? numberOfText(value) : undefined;
    if (parsed !== undefined) {
      metrics[name] = parsed;
    }
  }
  return metrics;
}

/** The number a text says, NaN and infinities included; undefined when it says something else. */
export function numberOfText(text: string): number | undefined {
  const plain = text.trim().toLowerCase();
  if (plain === 'nan') {
    return NaN;
  }
  const infinity = /^([-+]?)inf(?:inity)?$/.exec(plain);
  if (infinity) {
    return infinity[1] === '-' ? -Infinity : Infinity;
  }
  const value = plain === '' ? NaN : Number(plain);
  return Number.isNaN(value) ? undefined : value;
}
