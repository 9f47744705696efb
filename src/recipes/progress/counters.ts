import { isDigit } from './numbers.js';
import type { Span } from './place.js';

/** `Epoch 3/10`, `step: 1,200 of 5,000`, `[2]`: a count and, where it is said, how many there are. */
export interface Counter {
  readonly count: Span;
  readonly total: Span | undefined;
  /** Where it ends, exclusive. */
  readonly end: number;
}

/** How many blanks, colons and brackets may stand before a count. */
const maxGap = 12;

/** The counter that follows `from` at once, behind blanks, `: # = _ -` and an opening bracket. */
export function counterAt(text: string, from: number): Counter | undefined {
  const start = skipGap(text, from);
  const end = amountEnd(text, start);
  if (end === start) {
    return undefined;
  }
  const count = { start, end };
  const totalStart = behindSlash(text, end);
  const totalEnd = totalStart === undefined ? end : amountEnd(text, totalStart);
  return totalStart === undefined || totalEnd === totalStart
    ? { count, total: undefined, end: closed(text, end) }
    : { count, total: { start: totalStart, end: totalEnd }, end: closed(text, totalEnd) };
}

function skipGap(text: string, from: number): number {
  let at = from;
  while (at - from < maxGap && isGap(text.charCodeAt(at))) {
    at++;
  }
  return at;
}

/** Blank, tab, `# ( - : = [ _`. */
function isGap(code: number): boolean {
  return (
    code === 0x20 ||
    code === 0x09 ||
    code === 0x23 ||
    code === 0x28 ||
    code === 0x2d ||
    code === 0x3a ||
    code === 0x3d ||
    code === 0x5b ||
    code === 0x5f
  );
}

/** Digits, with thousands separators or a fraction (an epoch of 1.5). */
function amountEnd(text: string, start: number): number {
  let end = start;
  while (isDigit(text.charCodeAt(end)) || (end > start && isSeparator(text, end))) {
    end++;
  }
  return end;
}

/** A comma before three digits, or a point before one. */
function isSeparator(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  const isPoint = code === 0x2e && isDigit(text.charCodeAt(at + 1));
  const isComma =
    code === 0x2c &&
    isDigit(text.charCodeAt(at + 1)) &&
    isDigit(text.charCodeAt(at + 2)) &&
    isDigit(text.charCodeAt(at + 3));
  return isPoint || isComma;
}

/** Where the total begins: behind `/` or `of`. */
function behindSlash(text: string, end: number): number | undefined {
  let at = skipBlanks(text, end);
  if (text.charCodeAt(at) === 0x2f) {
    at++;
  } else if (at > end && (text.startsWith('of ', at) || text.startsWith('out of ', at))) {
    at = text.indexOf('of ', at) + 3;
  } else {
    return undefined;
  }
  return skipBlanks(text, at);
}

function skipBlanks(text: string, from: number): number {
  let at = from;
  while (at - from < maxGap && text.charCodeAt(at) === 0x20) {
    at++;
  }
  return at;
}

function closed(text: string, end: number): number {
  const code = text.charCodeAt(end);
  return code === 0x5d || code === 0x29 ? end + 1 : end;
}
