import { isDigit, parseCount, parseDuration } from './numbers.js';

/** A progress bar as tqdm or Ultralytics draws it. */
export interface Bar {
  /** What stands before it, without the colon: `Epoch 1/5`. */
  readonly label: string;
  readonly count: number;
  /** Null when the length is unknown. */
  readonly total: number | null;
  /** Whether it counts iterations: not bytes, examples or files. */
  readonly countsIterations: boolean;
  readonly remainingSeconds: number | undefined;
  /** `loss=0.31, lr=0.001`: what the program added inside the brackets. */
  readonly postfix: string;
  /** What is glued behind it. */
  readonly after: string;
}

const amount = '\\d[\\d,]{0,20}(?:\\.\\d{1,9})?[kKMGTP]?i?B?';
const percentBar = new RegExp(
  `\\d{1,3}%(?:\\|[^|]{0,600}\\|| [━╸╺─]{1,80}|) {0,60}(${amount})/(${amount}|\\?)(?= )`,
);
const endlessBar = /(?:\|[^|]{0,600}\| {0,4}(\d{1,12})\/\?|(?:^|[\s:])(\d{1,12})(?:it|step|batch))(?= \[)/;
const bracket =
  / {1,4}\[([\d:]{4,14}|\d{1,4})(?:<(\?|[\d:]{4,14}|\d{1,4}))?(?:,\s{0,4}([\d.?]{1,16}[kKMGT]?\s?[^,\]\s{`]{1,24}))?,?\s{0,4}/y;
const bareRate =
  / {1,3}(?:([\d.]{1,9}[KMGT]?(?:it\/s|s\/it)) {1,3})?([\d:.]{1,12}s?)(?:<([\d:.]{1,12})s?)?(?:[\d.]{0,6}s{0,2})?/y;

/** The first bar in the text, or undefined. */
export function findBar(text: string): Bar | undefined {
  const match = text.includes('%') ? percentBar.exec(text) : null;
  if (match) {
    return barAt(text, match, match[1] ?? '', match[2] ?? '?');
  }
  if (text.includes(' [') && (text.includes('/? [') || text.includes('it [') || text.includes('batch ['))) {
    const endless = endlessBar.exec(text);
    return endless ? barAt(text, endless, endless[1] ?? endless[2] ?? '', '?') : undefined;
  }
  return undefined;
}

function barAt(text: string, match: RegExpExecArray, count: string, total: string): Bar | undefined {
  const tail = readTail(text, match.index + match[0].length);
  if (!tail) {
    return undefined;
  }
  const isScaled = !isPlainCount(count) || !(total === '?' || isPlainCount(total));
  return {
    label: labelOf(text.slice(0, match.index)),
    count: isScaled ? 0 : parseCount(count),
    total: isScaled || total === '?' ? null : parseCount(total),
    countsIterations: !isScaled && isIterations(tail.rate),
    remainingSeconds: tail.remaining === undefined ? undefined : parseDuration(tail.remaining),
    postfix: tail.postfix,
    after: text.slice(tail.end).trim(),
  };
}

interface Tail {
  readonly rate: string;
  readonly remaining: string | undefined;
  readonly postfix: string;
  readonly end: number;
}

function readTail(text: string, from: number): Tail | undefined {
  bracket.lastIndex = from;
  const inside = bracket.exec(text);
  if (inside) {
    const start = bracket.lastIndex;
    const { end, next } = closing(text, start);
    return { rate: inside[3] ?? '', remaining: inside[2], postfix: text.slice(start, end).trim(), end: next };
  }
  bareRate.lastIndex = from;
  const bare = bareRate.exec(text);
  return bare ? { rate: bare[1] ?? '', remaining: bare[3], postfix: '', end: bareRate.lastIndex } : undefined;
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
function isPlainCount(text: string): boolean {
  return isDigit(text.charCodeAt(text.length - 1)) && !text.includes('.');
}

function labelOf(before: string): string {
  const trimmed = before.trim();
  return trimmed.endsWith(':') ? trimmed.slice(0, -1).trimEnd() : trimmed;
}
