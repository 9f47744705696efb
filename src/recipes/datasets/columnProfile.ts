/** More different values than this are not counted one by one, so that a table of any size fits in memory. */
const mostDistinct = 10_000;

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
const numberText = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;
const infinityText = /^[+-]?inf(inity)?$/i;
const decimalCommaText = /^[+-]?\d+,\d+$/;

/** What one column of a table holds, learned cell by cell in bounded memory. */
export class ColumnProfile {
  readonly name: string;
  rows = 0;
  gaps = 0;
  infinities = 0;
  minimum = Infinity;
  maximum = -Infinity;
  #numbers = 0;
  #wholeNumbers = 0;
  #decimalCommas = 0;
  #overflowed = false;
  readonly #counts = new Map<string, number>();

  constructor(name: string) {
    this.name = name;
  }

  /** @param cell as it stands in the file, without the blanks around it */
  add(cell: string): void {
    this.rows += 1;
    if (gapWords.has(cell)) this.gaps += 1;
    else if (infinityText.test(cell)) this.#addInfinity();
    else this.#addValue(cell);
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

  /** How many different values; `Infinity` when more than were counted. */
  get distinct(): number {
    return this.#overflowed ? Infinity : this.#counts.size;
  }

  /** No value comes twice, as far as they were counted. */
  get isUnique(): boolean {
    return this.filled > 1 && this.#counts.size === Math.min(this.filled, mostDistinct);
  }

  /** Rows by value, the rarest first; empty when there are too many values to count. */
  counts(): [string, number][] {
    return this.#overflowed ? [] : [...this.#counts].sort((a, b) => a[1] - b[1]);
  }

  #addInfinity(): void {
    this.infinities += 1;
    this.#numbers += 1;
  }

  #addValue(cell: string): void {
    if (!numberText.test(cell)) {
      if (decimalCommaText.test(cell)) this.#decimalCommas += 1;
      this.#count(cell);
      return;
    }
    const number = Number(cell);
    this.#numbers += 1;
    if (Number.isInteger(number)) this.#wholeNumbers += 1;
    this.minimum = Math.min(this.minimum, number);
    this.maximum = Math.max(this.maximum, number);
    this.#count(String(number));
  }

  #count(value: string): void {
    const known = this.#counts.get(value);
    if (known !== undefined) this.#counts.set(value, known + 1);
    else if (this.#counts.size < mostDistinct) this.#counts.set(value, 1);
    else this.#overflowed = true;
  }
}
