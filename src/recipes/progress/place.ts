import type { RunsOfNumber } from './digitRuns.js';

/** From `start` up to `end` (exclusive) of a text. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** Where a number stands: in the text it was found in, and in the digits of every line of that shape. */
export class Place {
  readonly span: Span;
  /** Unset until the layout is remembered; see {@link LineLayout.remember}. */
  runs: RunsOfNumber | undefined;
  /** `nan` and `inf` have no digits: they are part of the shape. */
  readonly constant: number | undefined;

  constructor(span: Span, constant: number | undefined) {
    this.span = span;
    this.constant = constant;
  }
}

/** Where a group of a match stands; the pattern needs the flag `d`. Undefined when the group took no part. */
export function groupSpan(match: RegExpExecArray | null | undefined, group: number): Span | undefined {
  const [start, end] = match?.indices?.[group] ?? [];
  return start === undefined || end === undefined ? undefined : { start, end };
}

export function shifted({ start, end }: Span, by: number): Span {
  return { start: start + by, end: end + by };
}
