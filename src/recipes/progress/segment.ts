import { DigitRuns, maxRuns, type RunsOfNumber } from './digitRuns.js';
import { parseNumber } from './numbers.js';

/** Longer segments are cut: nothing worth reading is that long, and memory stays flat. */
export const maxSegmentBytes = 64 * 1024;
/** Longer segments are read without remembering how. */
const maxRememberedBytes = 2048;

const byteOrderMark = '\ufeff';
const backspace = 0x08;
const newline = 0x0a;
const carriageReturn = 0x0d;
const zero = 0x30;
const nine = 0x39;

/**
 * One state of one line, as bytes, with its shape: a hash in which every run of digits counts as one. One pass
 * over the bytes finds the end, the shape and the digits, so lines that nobody needs are never made a string.
 * The same object is used for every segment; what it says is gone with the next.
 */
export class Segment {
  readonly runs = new DigitRuns();
  /** The shape, in 31 and 32 bits that know nothing of each other. */
  shape = 0;
  check = 0;
  #bytes: Buffer = Buffer.alloc(0);
  #start = 0;
  #end = 0;
  #isAscii = true;

  get length(): number {
    return this.#end - this.#start;
  }

  /** Whether the shape says all there is to know about it, but for the digits. */
  get isMemorable(): boolean {
    return this.length <= maxRememberedBytes && this.runs.count <= maxRuns;
  }

  /** Takes the bytes from `start` up to the next break, and says where that is: at the end when there is none. */
  scan(bytes: Buffer, start: number): number {
    const { values, starts, lengths } = this.runs;
    const end = bytes.length;
    let shape = 0x811c9dc5;
    let check = 1;
    let seen = 0;
    let count = 0;
    let at = start;
    while (at < end) {
      let code = bytes[at] ?? 0;
      if (code >= zero && code <= nine) {
        const first = at;
        let value = 0;
        do {
          value = value * 10 + (code - zero);
          code = bytes[++at] ?? 0;
        } while (code >= zero && code <= nine);
        if (count < maxRuns) {
          values[count] = value;
          starts[count] = first;
          lengths[count] = at - first;
        }
        count++;
        shape = Math.imul(shape ^ zero, 0x01000193);
        check = (Math.imul(check, 31) + zero) | 0;
        if (at >= end) {
          break;
        }
      }
      if (code <= carriageReturn && (code === newline || code === carriageReturn || code === backspace)) {
        break;
      }
      shape = Math.imul(shape ^ code, 0x01000193);
      check = (Math.imul(check, 31) + code) | 0;
      seen |= code;
      at++;
    }
    this.runs.count = count;
    this.shape = shape & 0x3fffffff;
    this.check = check;
    this.#isAscii = seen < 0x80;
    this.#bytes = bytes;
    this.#start = start;
    this.#end = at;
    return at;
  }

  /** The number that these runs of digits write. */
  number(runs: RunsOfNumber): number {
    return this.runs.read(runs) ?? this.#longNumber(runs);
  }

  #longNumber({ sign, whole, fraction, exponent }: RunsOfNumber): number {
    const { starts, lengths } = this.runs;
    const first = whole === -1 ? fraction : whole;
    const last = Math.max(whole, fraction, exponent);
    const digits = this.#bytes.toString('latin1', starts[first], (starts[last] ?? 0) + (lengths[last] ?? 0));
    return sign * parseNumber(whole === -1 ? `.${digits}` : digits);
  }

  /** Broken UTF-8 becomes U+FFFD. Escape sequences are left in. */
  get text(): string {
    const end = Math.min(this.#end, this.#start + maxSegmentBytes);
    if (this.#isAscii) {
      return this.#bytes.toString('latin1', this.#start, end);
    }
    const text = this.#bytes.toString('utf8', this.#start, end);
    return text.startsWith(byteOrderMark) ? text.slice(1) : text;
  }
}

/** Where the next `\n`, `\r` or `\b` is; the length when there is none. */
export function nextBreak(bytes: Uint8Array): number {
  const at = bytes.findIndex((code) => code === newline || code === carriageReturn || code === backspace);
  return at === -1 ? bytes.length : at;
}
