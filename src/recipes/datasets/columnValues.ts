import type { TableEncoding } from './tableReader.js';

const firstSlots = 64;
const firstTextBytes = 256;
/** Texts of all columns of a table that are remembered, together. */
const mostTextBytes = 256 * 1024 * 1024;

/** What the columns of one table may still remember. */
export class TextBudget {
  bytesLeft = mostTextBytes;
}

/** The different values of a column and how often each came, counted in bounded memory. */
export class ColumnValues {
  /** More values came than are counted; what was counted so far is a part. */
  isOverflowed = false;
  /** Some value came twice. */
  hasRepeats = false;
  readonly #most: number;
  readonly #budget: TextBudget;
  /** By identity, from 1; 0 is nobody's. */
  readonly #counts: number[] = [0];
  /** By identity: the number, or NaN for a text. */
  readonly #numbers: number[] = [NaN];
  readonly #textStarts: number[] = [0];
  readonly #textEnds: number[] = [0];
  #texts = Buffer.alloc(0);
  #textBytes = 0;
  /** Open addressing: identities by the hash of their value. */
  #slots = new Int32Array(firstSlots);

  constructor(most: number, budget: TextBudget) {
    this.#most = most;
    this.#budget = budget;
  }

  get size(): number {
    return this.#counts.length - 1;
  }

  /** @returns the identity of the value, from 1 in the order they came; 0 when it is not counted any more */
  addNumber(value: number): number {
    if (this.isOverflowed) return 0;
    let slot = hashNumber(value) & (this.#slots.length - 1);
    for (;;) {
      const identity = this.#slots[slot] ?? 0;
      if (identity === 0) return this.#addNew(slot, value, 0, 0);
      if (this.#numbers[identity] === value) return this.#addAgain(identity);
      slot = (slot + 1) & (this.#slots.length - 1);
    }
  }

  /** @returns as {@link addNumber} */
  addText(bytes: Buffer, start: number, end: number): number {
    if (this.isOverflowed) return 0;
    let slot = hashBytes(bytes, start, end) & (this.#slots.length - 1);
    for (;;) {
      const identity = this.#slots[slot] ?? 0;
      if (identity === 0) return this.#addNewText(slot, bytes, start, end);
      if (this.#isText(identity, bytes, start, end)) return this.#addAgain(identity);
      slot = (slot + 1) & (this.#slots.length - 1);
    }
  }

  /** Rows by value, in the order the values came. */
  counts(encoding: TableEncoding): [string, number][] {
    const decoder = new TextDecoder(encoding);
    const values: [string, number][] = [];
    for (let identity = 1; identity <= this.size; identity += 1) {
      const number = this.#numbers[identity] ?? NaN;
      const text = this.#texts.subarray(this.#textStarts[identity], this.#textEnds[identity]);
      values.push([
        Number.isNaN(number) ? decoder.decode(text) : String(number),
        this.#counts[identity] ?? 0,
      ]);
    }
    return values;
  }

  #addAgain(identity: number): number {
    this.#counts[identity] = (this.#counts[identity] ?? 0) + 1;
    this.hasRepeats = true;
    return identity;
  }

  #addNewText(slot: number, bytes: Buffer, start: number, end: number): number {
    const length = end - start;
    if (this.size >= this.#most || length > this.#budget.bytesLeft) {
      this.isOverflowed = true;
      return 0;
    }
    this.#budget.bytesLeft -= length;
    const from = this.#textBytes;
    if (from + length > this.#texts.length) this.#growTexts(from + length);
    bytes.copy(this.#texts, from, start, end);
    this.#textBytes += length;
    return this.#addNew(slot, NaN, from, from + length);
  }

  #addNew(slot: number, number: number, textStart: number, textEnd: number): number {
    if (this.size >= this.#most) {
      this.isOverflowed = true;
      return 0;
    }
    const identity = this.#counts.length;
    this.#counts.push(1);
    this.#numbers.push(number);
    this.#textStarts.push(textStart);
    this.#textEnds.push(textEnd);
    this.#slots[slot] = identity;
    if (identity * 2 > this.#slots.length) this.#growSlots();
    return identity;
  }

  #isText(identity: number, bytes: Buffer, start: number, end: number): boolean {
    const from = this.#textStarts[identity] ?? 0;
    const length = end - start;
    if ((this.#textEnds[identity] ?? 0) - from !== length) return false;
    for (let at = 0; at < length; at += 1) if (this.#texts[from + at] !== bytes[start + at]) return false;
    return Number.isNaN(this.#numbers[identity] ?? 0);
  }

  #growTexts(needed: number): void {
    const larger = Buffer.alloc(Math.max(firstTextBytes, this.#texts.length * 2, needed));
    this.#texts.copy(larger);
    this.#texts = larger;
  }

  #growSlots(): void {
    const slots = new Int32Array(this.#slots.length * 2);
    for (let identity = 1; identity <= this.size; identity += 1) {
      const number = this.#numbers[identity] ?? NaN;
      const hash = Number.isNaN(number)
        ? hashBytes(this.#texts, this.#textStarts[identity] ?? 0, this.#textEnds[identity] ?? 0)
        : hashNumber(number);
      let slot = hash & (slots.length - 1);
      while (slots[slot] !== 0) slot = (slot + 1) & (slots.length - 1);
      slots[slot] = identity;
    }
    this.#slots = slots;
  }
}

const float = new Float64Array(1);
const words = new Int32Array(float.buffer);

function hashNumber(value: number): number {
  float[0] = value;
  return mix(Math.imul(words[0] ?? 0, 0x27d4eb2f) ^ (words[1] ?? 0));
}

/** FNV-1a */
function hashBytes(bytes: Buffer, start: number, end: number): number {
  let hash = 0x811c9dc5;
  for (let at = start; at < end; at += 1) hash = Math.imul(hash ^ (bytes[at] ?? 0), 0x01000193);
  return mix(hash);
}

/** Spreads what differs in the high bits over the low ones, which choose the slot. */
function mix(hash: number): number {
  const spread = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
  return spread ^ (spread >>> 13);
}
