import { parseNumber } from './columnNumber.js';
import { ColumnValues, type TextBudget } from './columnValues.js';
import type { TableEncoding } from './tableReader.js';

/** Cells that mean *nothing here*: what pandas takes for a gap, and the `?` of older data sets. */
const gapWords = new Set(
  [
    '',
    '?',
    '#N/A',
    '#NA',
    '-NaN',
    '-nan',
    '<NA>',
    'N/A',
    'NA',
    'NULL',
    'NaN',
    'None',
    'n/a',
    'nan',
    'null',
  ].concat(['#N/A N/A', '-1.#IND', '-1.#QNAN', '1.#IND', '1.#QNAN']),
);
const infinityText = /^[+-]?inf(inity)?$/i;
const decimalCommaText = /^[+-]?\d+,\d+$/;
/** `2024-05-31`, `31.05.2024`, `5/31/24`, with a time of day or without. */
const dateText = /^(?:\d{4}-\d{1,2}-\d{1,2}|\d{1,2}([./])\d{1,2}\1(?:\d{4}|\d{2}))(?:[T ]\d{1,2}:.*)?$/;

/** First letters of gap words and infinities: only texts that begin so are compared with them. */
const suspicious = new Set([...gapWords, 'inf', 'Inf', '+'].map((word) => word.charCodeAt(0)));
const longestWord = '-infinity'.length;
const firstDigit = 0x30;
const lastDigit = 0x39;

/** What one column of a table holds, learned cell by cell in bounded memory. */
export class ColumnProfile {
  readonly name: string;
  /** Of the bytes that are added. */
  encoding: TableEncoding = 'utf-8';
  rows = 0;
  gaps = 0;
  infinities = 0;
  minimum = Infinity;
  maximum = -Infinity;
  /** Of the cell that was added last; NaN when it is none. */
  number = NaN;
  #numbers = 0;
  #wholeNumbers = 0;
  #decimalCommas = 0;
  #dates = 0;
  readonly #values: ColumnValues;

  /** @param most different values are counted one by one, so that a table of any size fits in memory */
  constructor(name: string, most: number, budget: TextBudget) {
    this.name = name;
    this.#values = new ColumnValues(most, budget);
  }

  /**
   * Adds the cell between `start` and `end`, which has no blanks around it.
   * @returns the identity of its value among those of this column; 0 for a gap, -1 when it is not counted
   */
  add(bytes: Buffer, start: number, end: number): number {
    this.rows += 1;
    this.number = NaN;
    if (start >= end) return this.#addGap();
    const number = parseNumber(bytes, start, end);
    return Number.isNaN(number) ? this.#addText(bytes, start, end) : this.#addNumber(number);
  }

  /** Cells that hold something. */
  get filled(): number {
    return this.rows - this.gaps;
  }

  get isNumeric(): boolean {
    return this.filled > 0 && this.#numbers === this.filled;
  }

  get isWhole(): boolean {
    return this.isNumeric && this.#wholeNumbers === this.filled;
  }

  /** Text only because its numbers are written as `1,5`. */
  get hasDecimalCommas(): boolean {
    return this.#decimalCommas > 0 && this.#numbers + this.#decimalCommas === this.filled;
  }

  /** Every cell that holds something holds a day. */
  get hasDates(): boolean {
    return this.filled > 0 && this.#dates === this.filled;
  }

  /** How many different values; `Infinity` when more than were counted. */
  get distinct(): number {
    return this.#values.isOverflowed ? Infinity : this.#values.size;
  }

  /** No value comes twice, as far as they were counted. */
  get isUnique(): boolean {
    return this.filled > 1 && !this.#values.hasRepeats;
  }

  /** Rows by value, the rarest first; empty when there are too many values to count. */
  counts(): [string, number][] {
    return this.#values.isOverflowed ? [] : this.#values.counts(this.encoding).sort((a, b) => a[1] - b[1]);
  }

  #addGap(): number {
    this.gaps += 1;
    return 0;
  }

  #addNumber(number: number): number {
    this.#numbers += 1;
    this.number = number;
    if (Number.isInteger(number)) this.#wholeNumbers += 1;
    if (number < this.minimum) this.minimum = number;
    if (number > this.maximum) this.maximum = number;
    // -0 + 0 is 0, so that both are one value.
    return this.#values.addNumber(number + 0) || -1;
  }

  #addText(bytes: Buffer, start: number, end: number): number {
    const first = bytes[start] ?? 0;
    if (suspicious.has(first) && end - start <= longestWord) {
      const text = bytes.toString('latin1', start, end);
      if (gapWords.has(text)) return this.#addGap();
      if (infinityText.test(text)) return this.#addInfinity();
    }
    if (first <= lastDigit) this.#lookAtDigits(bytes, start, end, first);
    return this.#values.addText(bytes, start, end) || -1;
  }

  #addInfinity(): number {
    this.infinities += 1;
    this.#numbers += 1;
    return -1;
  }

  /** Counted only as long as all cells are of one kind: after that nobody asks. */
  #lookAtDigits(bytes: Buffer, start: number, end: number, first: number): void {
    const before = this.filled - 1;
    const mayBeDate = this.#dates === before && first >= firstDigit;
    const mayBeNumber = this.#decimalCommas + this.#numbers === before;
    if (!mayBeDate && !mayBeNumber) return;
    const text = bytes.toString('latin1', start, end);
    if (mayBeNumber && decimalCommaText.test(text)) this.#decimalCommas += 1;
    else if (mayBeDate && dateText.test(text)) this.#dates += 1;
  }
}
