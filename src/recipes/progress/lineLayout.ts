import { plainTexts, sequences } from './ansi.js';
import { findBar, type BarText } from './bar.js';
import type { RunsOfNumber } from './digitRuns.js';
import { numberIn, parseNumber } from './numbers.js';
import { Place, type Span } from './place.js';
import { withoutPrefixes } from './prefix.js';
import type { Segment } from './segment.js';

/** Finds out how a text is written. Pure, but for the places it asks the layout for. */
export type Finding<T> = (text: string, layout: LineLayout) => T;

const number = /^([-+]?)(\d*)(?:\.(\d*))?(?:[eEdD]([-+]?)(\d+))?$/;
/** `1,234`: whether that is one number depends on how many digits there are, so the shape does not tell. */
const digitsAroundComma = /\d,\d/;
const digitsOrSequences = new RegExp(`\\d+|${sequences.source}`, 'g');

/** Digits that belong to a name: other digits would make it another name. */
interface FixedRun {
  readonly run: number;
  readonly value: number;
  readonly length: number;
}

/**
 * What was found out about how a line is written. Lines of one shape differ only in their digits, so what was
 * found in one of them holds for all, once the layout is remembered.
 */
export class LineLayout {
  readonly #text: string;
  readonly #findings: unknown[] = [];
  readonly #places: Place[] = [];
  readonly #fixed: Span[] = [];
  #fixedRuns: readonly FixedRun[] = [];
  #isRaw = true;
  #isRemembered = false;
  #bar: BarText | null | undefined;

  constructor(text: string) {
    this.#text = text;
  }

  /** The progress bar in the text. */
  get bar(): BarText | undefined {
    this.#bar ??= findBar(this.#text) ?? null;
    return this.#bar ?? undefined;
  }

  /** Whether it is good for other lines than the one it was found in. */
  get isRemembered(): boolean {
    return this.#isRemembered;
  }

  knows(finding: Finding<unknown>): boolean {
    return this.#findings.includes(finding);
  }

  /** What `finding` says about the text: asked once. */
  find<T>(finding: Finding<T>): T {
    const findings = this.#findings;
    for (let at = 0; at < findings.length; at += 2) {
      if (findings[at] === finding) {
        return findings[at + 1] as T;
      }
    }
    const found = finding(this.#text, this);
    findings.push(finding, found);
    return found;
  }

  /** Marks a number, so that it can be asked for in every line of this shape. */
  number(span: Span): Place {
    const text = this.#text.slice(span.start, span.end);
    const place = new Place(span, /\d/.test(text) ? undefined : parseNumber(text));
    this.#places.push(place);
    return place;
  }

  /** Marks a name: its digits are no numbers. */
  name(span: Span): void {
    if (/\d/.test(this.#text.slice(span.start, span.end))) {
      this.#fixed.push(span);
    }
  }

  /** The value of a place in the text itself. */
  ownValue({ constant, span }: Place): number {
    return constant ?? numberIn(this.#text, span.start, span.end);
  }

  /** The text of another segment of this shape. */
  textOf(segment: Segment): string {
    return this.#isRaw ? segment.text : withoutPrefixes(plainTexts(segment.text).join(''));
  }

  /** Makes the layout good for every segment of the shape of this one; false when the shape does not tell enough. */
  remember(raw: string, segment: Segment): boolean {
    const text = this.#text;
    this.#isRaw = raw === text;
    const runs = digitsAroundComma.test(text) ? undefined : runsOfText(raw, text);
    if (!runs) {
      return false;
    }
    for (const place of this.#places) {
      place.runs = place.constant === undefined ? runsOfNumber(text, place.span, runs) : undefined;
    }
    this.#fixedRuns = this.#fixed.flatMap(({ start, end }) =>
      runs
        .filter((run) => run.start >= start && run.start < end)
        .map(({ ordinal }) => ({ run: ordinal, ...digitsOf(segment, ordinal) })),
    );
    this.#isRemembered = true;
    return true;
  }

  /** Whether the names in a segment of the remembered shape are the same, too. */
  fits(segment: Segment): boolean {
    for (const { run, value, length } of this.#fixedRuns) {
      if (segment.runs.values[run] !== value || segment.runs.lengths[run] !== length) {
        return false;
      }
    }
    return true;
  }
}

function digitsOf({ runs }: Segment, run: number): { value: number; length: number } {
  return { value: runs.values[run] ?? NaN, length: runs.lengths[run] ?? 0 };
}

/** A run of digits of a text. */
interface TextRun {
  readonly start: number;
  /** The how-manieth of the whole segment it is. */
  readonly ordinal: number;
}

/**
 * Which runs of digits of `raw` are those of `text`, which is `raw` without escape sequences (they have digits
 * of their own) and prefixes. Undefined when that cannot be said: a sequence may part a number.
 */
function runsOfText(raw: string, text: string): readonly TextRun[] | undefined {
  const visible = visibleRuns(raw);
  const runs = [...text.matchAll(/\d+/g)];
  const first = visible.length - runs.length;
  const isSame = first >= 0 && runs.every(([digits], index) => digits === visible[first + index]?.digits);
  return isSame
    ? runs.map(({ index }, at) => ({ start: index, ordinal: visible[first + at]?.ordinal ?? 0 }))
    : undefined;
}

function visibleRuns(raw: string): readonly { digits: string; ordinal: number }[] {
  const visible: { digits: string; ordinal: number }[] = [];
  let ordinal = 0;
  for (const [token] of raw.matchAll(digitsOrSequences)) {
    if (/^\d/.test(token)) {
      visible.push({ digits: token, ordinal });
      ordinal++;
    } else {
      ordinal += token.match(/\d+/g)?.length ?? 0;
    }
  }
  return visible;
}

function runsOfNumber(
  text: string,
  { start, end }: Span,
  runs: readonly TextRun[],
): RunsOfNumber | undefined {
  const [, sign, whole = '', fraction = '', exponentSign, exponent = ''] =
    number.exec(text.slice(start, end)) ?? [];
  let next = runs.findIndex((run) => run.start >= start);
  const take = (digits: string): number => (digits === '' ? -1 : (runs[next++]?.ordinal ?? -1));
  return {
    sign: sign === '-' ? -1 : 1,
    whole: take(whole),
    fraction: take(fraction),
    exponent: take(exponent),
    exponentSign: exponentSign === '-' ? -1 : 1,
  };
}
