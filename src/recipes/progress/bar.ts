import type { LineLayout } from './lineLayout.js';
import { isDigit } from './numbers.js';
import { groupSpan, type Place, type Span } from './place.js';

/** What a progress bar of tqdm or Ultralytics says with its numbers. */
export interface Bar {
  readonly count: number;
  /** Null when the length is unknown. */
  readonly total: number | null;
  /** Whether it counts iterations: not bytes, examples or files. */
  readonly countsIterations: boolean;
  readonly remainingSeconds: number | undefined;
}

/** How a progress bar is written. */
export interface BarText {
  /** What stands before it, without the colon: `Epoch 1/5`. */
  readonly label: string;
  readonly labelStart: number;
  /** Null when it is scaled (`84.8M`): it counts something, but not steps. */
  readonly count: Span | null;
  /** Null when the length is unknown or scaled. */
  readonly total: Span | null;
  readonly countsIterations: boolean;
  readonly remaining: Span | null;
  /** `loss=0.31, lr=0.001`: what the program added inside the brackets. */
  readonly postfix: Span;
  /** What is glued behind it. */
  readonly after: string;
}

const amount = '\\d[\\d,]{0,20}(?:\\.\\d{1,9})?[kKMGTP]?i?B?';
const percentBar = new RegExp(
  `\\d{1,3}%(?:\\|[^|]{0,600}\\|| [━╸╺─]{1,80}|) {0,60}(${amount})/(${amount}|\\?)(?= )`,
  'd',
);
const endlessBar = /(?:\|[^|]{0,600}\| {0,4}(\d{1,12})\/\?|(?:^|[\s:])(\d{1,12})(?:it|step|batch))(?= \[)/d;
const bracket =
  / {1,4}\[([\d:]{4,14}|\d{1,4})(?:<(\?|[\d:]{4,14}|\d{1,4}))?(?:,\s{0,4}([\d.?]{1,16}[kKMGT]?\s?[^,\]\s{`]{1,24}))?,?\s{0,4}/dy;
const bareRate =
  / {1,3}(?:([\d.]{1,9}[KMGT]?(?:it\/s|s\/it)) {1,3})?([\d:.]{1,12}s?)(?:<([\d:.]{1,12})s?)?(?:[\d.]{0,6}s{0,2})?/dy;

/** The first bar in the text, or undefined. */
export function findBar(text: string): BarText | undefined {
  const match = text.includes('%') ? percentBar.exec(text) : null;
  if (match) {
    return barAt(text, match, groupSpan(match, 1), groupSpan(match, 2));
  }
  if (text.includes(' [') && (text.includes('/? [') || text.includes('it [') || text.includes('batch ['))) {
    const endless = endlessBar.exec(text);
    return endless
      ? barAt(text, endless, groupSpan(endless, 1) ?? groupSpan(endless, 2), undefined)
      : undefined;
  }
  return undefined;
}

function barAt(
  text: string,
  match: RegExpExecArray,
  count: Span | undefined,
  total: Span | undefined,
): BarText | undefined {
  const tail = readTail(text, match.index + match[0].length);
  if (!tail || !count) {
    return undefined;
  }
  const isEndless = total === undefined || text[total.start] === '?';
  const isScaled = !isPlainCount(text, count) || !(isEndless || isPlainCount(text, total));
  const before = text.slice(0, match.index);
  return {
    label: labelOf(before),
    labelStart: before.length - before.trimStart().length,
    count: isScaled ? null : count,
    total: isScaled || isEndless ? null : total,
    countsIterations: !isScaled && isIterations(tail.rate),
    remaining: tail.remaining,
    postfix: tail.postfix,
    after: text.slice(tail.end).trim(),
  };
}

/** Where the numbers of a bar stand. */
export interface BarLayout {
  readonly count: Place | null;
  readonly total: Place | null;
  readonly countsIterations: boolean;
  /** Hours if there are any, minutes and seconds; nothing when it is not known. */
  readonly remaining: readonly Place[];
}

export function barLayout(text: string, layout: LineLayout): BarLayout | undefined {
  const bar = layout.bar;
  return (
    bar && {
      count: bar.count && layout.number(bar.count),
      total: bar.total && layout.number(bar.total),
      countsIterations: bar.countsIterations,
      remaining: bar.remaining ? clockPlaces(text, bar.remaining, layout) : [],
    }
  );
}

function clockPlaces(text: string, { start, end }: Span, layout: LineLayout): readonly Place[] {
  const clock = /^(?:\d{1,5}:)?\d{1,3}:\d{2}$/.exec(text.slice(start, end));
  return [...(clock?.[0].matchAll(/\d+/g) ?? [])].map(({ index, 0: digits }) =>
    layout.number({ start: start + index, end: start + index + digits.length }),
  );
}

interface Tail {
  readonly rate: string;
  readonly remaining: Span | null;
  readonly postfix: Span;
  readonly end: number;
}

function readTail(text: string, from: number): Tail | undefined {
  bracket.lastIndex = from;
  const inside = bracket.exec(text);
  if (inside) {
    const start = bracket.lastIndex;
    const { end, next } = closing(text, start);
    return {
      rate: inside[3] ?? '',
      remaining: groupSpan(inside, 2) ?? null,
      postfix: { start, end },
      end: next,
    };
  }
  bareRate.lastIndex = from;
  const bare = bareRate.exec(text);
  const end = bareRate.lastIndex;
  return bare
    ? { rate: bare[1] ?? '', remaining: groupSpan(bare, 3) ?? null, postfix: { start: end, end }, end }
    : undefined;
}

/** Where the brackets close. A cut bar has no `]`: a dict or a backtick glued to it ends it too. */
function closing(text: string, from: number): { end: number; next: number } {
  let depth = 0;
  for (let at = from; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === closeBracket) {
      if (depth-- === 0) {
        return { end: at, next: at + 1 };
      }
    } else if (code === openBracket) {
      depth++;
    } else if (code === backtick || (code === openBrace && depth === 0)) {
      return { end: at, next: at };
    }
  }
  return { end: text.length, next: text.length };
}

const openBracket = 0x5b;
const closeBracket = 0x5d;
const backtick = 0x60;
const openBrace = 0x7b;

/** `4.62s/it`, `1.2it/s`, `3 batch/s`, `?it/s` and nothing; not `24.0MB/s`, `512 examples/s`. */
function isIterations(rate: string): boolean {
  return (
    rate === '' ||
    !/[kKMGT]?i?B\/s|s\/[kKMGT]?i?B\b|examples|files?|tokens?|rows?|docs?|images?\/s|url/.test(rate)
  );
}

/** Not `84.8M`. */
function isPlainCount(text: string, { start, end }: Span): boolean {
  return isDigit(text.charCodeAt(end - 1)) && !text.slice(start, end).includes('.');
}

function labelOf(before: string): string {
  const trimmed = before.trim();
  return trimmed.endsWith(':') ? trimmed.slice(0, -1).trimEnd() : trimmed;
}
