/** A number as training programs print it, for patterns: thousands separators, Fortran's `D` exponent, nan and inf. */
export const number =
  '[-+]?(?:(?:\\d{1,3}(?:,\\d{3}){1,5}(?:\\.\\d{1,30})?|\\d{1,30}(?:\\.\\d{0,30})?|\\.\\d{1,30})(?:[eEdD][-+]?\\d{1,4})?|(?:nan|NaN|NAN|inf(?:inity)?|Inf(?:inity)?|INF)\\b)';

/** What must not follow a metric's value: it would be a time, a date, a fraction or something with a unit. */
export const afterNumber = '(?![\\w:/-]|\\.\\d)';

/** The value of text that matched {@link number}. */
export function parseNumber(text: string): number {
  const value = Number(text);
  return Number.isNaN(value) ? parseUnusual(text) : value;
}

function parseUnusual(text: string): number {
  const plain = text.toLowerCase().replaceAll(',', '').replace('d', 'e');
  if (plain.includes('inf')) {
    return plain.startsWith('-') ? -Infinity : Infinity;
  }
  return plain.includes('nan') ? NaN : Number(plain);
}

/** Whole numbers of this many digits, and these powers of ten, are exact, and so is their quotient rounded once. */
const maxExactDigits = 15;
const powersOfTen = Array.from({ length: maxExactDigits + 1 }, (_, exponent) => 10 ** exponent);

/** The value of the number at `start` up to `end`, without a string in between for the usual decimals. */
export function numberIn(text: string, start: number, end: number): number {
  let whole = 0;
  let pointAt = end;
  for (let at = start; at < end; at++) {
    const code = text.charCodeAt(at);
    if (isDigit(code)) {
      whole = whole * 10 + (code - 0x30);
    } else if (code === point && pointAt === end) {
      pointAt = at;
    } else {
      return parseNumber(text.slice(start, end));
    }
  }
  const decimals = pointAt === end ? 0 : end - pointAt - 1;
  const divisor = powersOfTen[decimals];
  return divisor === undefined || end - start > maxExactDigits
    ? parseNumber(text.slice(start, end))
    : whole / divisor;
}

/** `1,600` → 1600. */
export function parseCount(text: string): number {
  return Number(text.includes(',') ? text.replaceAll(',', '') : text);
}

/** Seconds of `05:37`, `1:56:41` or `6 days, 15:22:46`; undefined when it is none of them. */
export function parseDuration(text: string): number | undefined {
  const match = /^(?:(\d{1,5}) days?, )?(?:(\d{1,5}):)?(\d{1,3}):(\d{2})$/.exec(text.trim());
  if (!match) {
    return undefined;
  }
  const [, days = '0', hours = '0', minutes = '0', seconds = '0'] = match;
  return ((Number(days) * 24 + Number(hours)) * 60 + Number(minutes)) * 60 + Number(seconds);
}

const word = /(?:nan|infinity|inf)(?!\w)/iy;

/** Where the number that begins at `start` ends (exclusive), without patterns: most lines are made of numbers. */
export function numberEnd(text: string, start: number): number | undefined {
  const first = text.charCodeAt(start);
  const unsigned = first === plus || first === minus ? start + 1 : start;
  const whole = digitsEnd(text, unsigned);
  if (whole === unsigned && text.charCodeAt(unsigned) !== point) {
    return wordEnd(text, unsigned);
  }
  const grouped = groupsEnd(text, unsigned, whole);
  const fraction = text.charCodeAt(grouped) === point ? digitsEnd(text, grouped + 1) : grouped;
  return fraction === unsigned + 1 && whole === unsigned ? undefined : exponentEnd(text, fraction);
}

/** `,600,000` behind one to three digits. */
function groupsEnd(text: string, start: number, whole: number): number {
  let end = whole;
  while (whole - start <= 3 && text.charCodeAt(end) === comma && digitsEnd(text, end + 1) === end + 4) {
    end += 4;
  }
  return end;
}

function exponentEnd(text: string, end: number): number {
  const code = text.charCodeAt(end) | 0x20;
  if (code !== 0x65 && code !== 0x64) {
    return end;
  }
  const sign = text.charCodeAt(end + 1);
  const start = sign === plus || sign === minus ? end + 2 : end + 1;
  const exponent = digitsEnd(text, start);
  return exponent === start ? end : exponent;
}

function wordEnd(text: string, start: number): number | undefined {
  const code = text.charCodeAt(start) | 0x20;
  if (code !== 0x6e && code !== 0x69) {
    return undefined;
  }
  word.lastIndex = start;
  return word.test(text) ? word.lastIndex : undefined;
}

function digitsEnd(text: string, start: number): number {
  let end = start;
  while (isDigit(text.charCodeAt(end))) {
    end++;
  }
  return end;
}

export function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39;
}

const plus = 0x2b;
const comma = 0x2c;
const minus = 0x2d;
const point = 0x2e;
