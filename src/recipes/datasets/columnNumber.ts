const zero = 0x30;
const nine = 0x39;
const plus = 0x2b;
const minus = 0x2d;
const point = 0x2e;
/** Whole numbers up to here, and powers of ten up to 22, are exact: their quotient is the nearest number there is. */
const largestExact = Number.MAX_SAFE_INTEGER;
const powersOfTen = Array.from({ length: 23 }, (_, exponent) => 10 ** exponent);
/** Behind an exponent, or too long to be exact. */
const anyNumber = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

/** The number that the bytes from `start` to `end` are, as `-1.5e3` or `.5`; NaN when they are none. */
export function parseNumber(bytes: Buffer, start: number, end: number): number {
  let at = start;
  const first = bytes[at] ?? 0;
  if (first > nine) return NaN;
  if (first === minus || first === plus) at += 1;
  let digits = 0;
  let mantissa = 0;
  let decimals = -1;
  for (; at < end; at += 1) {
    const byte = bytes[at] ?? 0;
    if (byte >= zero && byte <= nine) {
      mantissa = mantissa * 10 + (byte - zero);
      digits += 1;
      if (decimals >= 0) decimals += 1;
    } else if (byte === point && decimals < 0) {
      decimals = 0;
    } else {
      return digits > 0 ? parseText(bytes, start, end, byte) : NaN;
    }
  }
  if (digits === 0) return NaN;
  if (mantissa > largestExact || decimals > 22) return Number(bytes.toString('latin1', start, end));
  const value = decimals > 0 ? mantissa / (powersOfTen[decimals] ?? 1) : mantissa;
  return first === minus ? -value : value;
}

/** Only an exponent may follow the digits. */
function parseText(bytes: Buffer, start: number, end: number, byte: number): number {
  if ((byte | 0x20) !== 0x65) return NaN;
  const text = bytes.toString('latin1', start, end);
  return anyNumber.test(text) ? Number(text) : NaN;
}
