import { isUtf8 } from 'node:buffer';

const newline = 0x0a;
const carriageReturn = 0x0d;
const space = 0x20;
const tab = 0x09;
const quote = 0x22;
/** Longer rows mean a quote that was never closed. */
const longestRowBytes = 4 * 1024 * 1024;
const byteOrderMark = Buffer.from([0xef, 0xbb, 0xbf]);
const nothing = Buffer.alloc(0);

/** The cells of one row as ranges of `bytes`, without the blanks around them; valid only during the call. */
export interface ScannedRow {
  bytes: Buffer;
  count: number;
  starts: Int32Array;
  ends: Int32Array;
  /** The line of the file the row ends on, from 1. */
  line: number;
}

export type ScanVisitor = (row: ScannedRow) => void;

/**
 * Finds the rows and cells of a well-formed table right in its bytes, an order of magnitude faster than a parser that
 * makes a string of every cell. Quoted cells may hold separators, line breaks and doubled quotes. Blank lines are
 * passed over. What it does not understand makes it irregular: then it stops, and a parser has to look.
 */
export class TableScanner {
  readonly #separator: number;
  readonly #visit: ScanVisitor;
  /** The beginning of a row whose end was not seen yet. */
  #rest: Buffer = nothing;
  #isFirst = true;
  #isIrregular = false;
  #isUtf8 = true;
  readonly #row: ScannedRow = {
    bytes: nothing,
    count: 0,
    starts: new Int32Array(64),
    ends: new Int32Array(64),
    line: 0,
  };

  /** @param separator one ASCII character */
  constructor(separator: string, visit: ScanVisitor) {
    this.#separator = separator.charCodeAt(0);
    this.#visit = visit;
  }

  /** Quotes or line ends are such that only a parser can say what is meant; rows visited so far do not count. */
  get isIrregular(): boolean {
    return this.#isIrregular;
  }

  /** Every row so far is text in UTF-8. */
  get isUtf8(): boolean {
    return this.#isUtf8;
  }

  /** Visits every row that ends in what was pushed so far. The bytes are the scanner's from now on. */
  push(chunk: Buffer): void {
    if (this.#isIrregular) return;
    const bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    const limit = bytes.lastIndexOf(newline) + 1;
    this.#isUtf8 = this.#isUtf8 && isUtf8(bytes.subarray(0, limit));
    this.#rest = bytes.subarray(limit === 0 ? 0 : this.#scan(bytes, limit));
    if (this.#rest.length > longestRowBytes) this.#isIrregular = true;
  }

  /** Visits the last row, which may lack its line end. */
  end(): void {
    if (this.#rest.length > 0) this.push(Buffer.from('\n'));
    if (this.#rest.length > 0) this.#isIrregular = true;
  }

  /** @returns where the first row begins that does not end before `limit` */
  #scan(bytes: Buffer, limit: number): number {
    let position = this.#isFirst ? this.#start(bytes) : 0;
    while (position < limit && !this.#isIrregular) {
      const next = this.#scanRow(bytes, position, limit);
      if (next < 0) break;
      position = next;
    }
    return position;
  }

  /** Passes over a byte order mark; lines that end in a lone CR are a parser's business. */
  #start(bytes: Buffer): number {
    this.#isFirst = false;
    const firstReturn = bytes.indexOf(carriageReturn);
    if (firstReturn >= 0 && firstReturn + 1 < bytes.indexOf(newline)) this.#isIrregular = true;
    return bytes.subarray(0, 3).equals(byteOrderMark) ? 3 : 0;
  }

  /** @returns where the next row begins; -1 when this one goes on beyond `limit` */
  #scanRow(bytes: Buffer, from: number, limit: number): number {
    const row = this.#row;
    const separator = this.#separator;
    let position = from;
    let linesInside = 0;
    let hasQuotes = false;
    row.count = 0;
    for (;;) {
      let start = position;
      while (isBlankByte(bytes[start], separator)) start += 1;
      let end: number;
      if (bytes[start] === quote) {
        const closing = this.#closingQuote(bytes, start + 1, limit);
        if (closing < 0) return -1;
        linesInside += countNewlines(bytes, start, closing);
        position = closing + 1;
        while (isBlankByte(bytes[position], separator)) position += 1;
        if (bytes[position] !== separator && bytes[position] !== newline) {
          this.#isIrregular = true;
          return from;
        }
        start += 1;
        end = closing;
        hasQuotes = true;
      } else {
        position = start;
        while (bytes[position] !== separator && bytes[position] !== newline) position += 1;
        end = position;
      }
      while (end > start && isBlankByte(bytes[end - 1])) end -= 1;
      this.#add(start, end);
      position += 1;
      if (bytes[position - 1] === newline) break;
    }
    row.line += 1 + linesInside;
    if (hasQuotes) unescapeCells(row, bytes);
    else if (row.count === 1 && row.starts[0] === row.ends[0]) return position;
    row.bytes = bytes;
    this.#visit(row);
    return position;
  }

  /** Doubled quotes belong to the cell. -1 when it does not close before `limit`. */
  #closingQuote(bytes: Buffer, from: number, limit: number): number {
    let closing = bytes.indexOf(quote, from);
    while (closing >= 0 && closing < limit && bytes[closing + 1] === quote) {
      closing = bytes.indexOf(quote, closing + 2);
    }
    return closing < limit ? closing : -1;
  }

  #add(start: number, end: number): void {
    const row = this.#row;
    if (row.count === row.starts.length) {
      row.starts = grown(row.starts);
      row.ends = grown(row.ends);
    }
    row.starts[row.count] = start;
    row.ends[row.count] = end;
    row.count += 1;
  }
}

function isBlankByte(byte: number | undefined, separator = 0): boolean {
  return (byte === space || byte === carriageReturn || byte === tab) && byte !== separator;
}

function countNewlines(bytes: Buffer, start: number, end: number): number {
  let count = 0;
  for (let at = start; at < end; at += 1) if (bytes[at] === newline) count += 1;
  return count;
}

/** Makes one quote of two wherever a cell was quoted, in place: the row is whole, so nobody reads it again. */
function unescapeCells(row: ScannedRow, bytes: Buffer): void {
  for (let cell = 0; cell < row.count; cell += 1) {
    const start = row.starts[cell] ?? 0;
    if (bytes[start - 1] !== quote) continue;
    let end = unescape(bytes, start, row.ends[cell] ?? 0);
    while (end > start && isBlankByte(bytes[end - 1])) end -= 1;
    let first = start;
    while (first < end && isBlankByte(bytes[first])) first += 1;
    row.starts[cell] = first;
    row.ends[cell] = end;
  }
}

/** @returns the new end */
function unescape(bytes: Buffer, start: number, end: number): number {
  const first = bytes.indexOf(quote, start);
  if (first < 0 || first >= end) return end;
  let to = first;
  for (let at = first; at < end; at += 1) {
    bytes[to] = bytes[at] ?? 0;
    to += 1;
    if (bytes[at] === quote) at += 1;
  }
  return to;
}

function grown(array: Int32Array): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(array.length * 2);
  larger.set(array);
  return larger;
}
