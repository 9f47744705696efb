/** Lines with more digits than this are read anew each time. */
export const maxRuns = 256;

/** Whole numbers up to here are exact, and so are these powers of ten, and a quotient or product of both. */
const maxExact = Number.MAX_SAFE_INTEGER;
const powersOfTen = Array.from({ length: 23 }, (_, exponent) => 10 ** exponent);

/** Which runs of digits of a line write a number: `-1.5e-3` has three of them. */
export interface RunsOfNumber {
  readonly sign: 1 | -1;
  /** The run before the point; -1 when there is none, as in `.5`. */
  readonly whole: number;
  readonly fraction: number;
  readonly exponent: number;
  readonly exponentSign: 1 | -1;
}

/**
 * The runs of digits in one line, in order. They are all that differs between the lines of one shape, so a
 * number whose runs are known is read without looking for it again.
 */
export class DigitRuns {
  count = 0;
  /** Exact up to {@link maxExact}. */
  readonly values = new Float64Array(maxRuns);
  /** Where each begins in the bytes, and how many digits it has. */
  readonly starts = new Uint32Array(maxRuns);
  readonly lengths = new Uint32Array(maxRuns);

  /** The number that these runs write; undefined when it has more digits than can be put together exactly. */
  read({ sign, whole, fraction, exponent, exponentSign }: RunsOfNumber): number | undefined {
    let digits = whole === -1 ? 0 : this.#value(whole);
    let decimals = 0;
    if (fraction !== -1) {
      decimals = this.lengths[fraction] ?? 0;
      digits = digits * (powersOfTen[decimals] ?? NaN) + this.#value(fraction);
    }
    if (exponent !== -1) {
      decimals -= exponentSign * this.#value(exponent);
    }
    const power = powersOfTen[decimals < 0 ? -decimals : decimals];
    if (power === undefined || !(digits <= maxExact)) {
      return undefined;
    }
    return sign * (decimals < 0 ? digits * power : digits / power);
  }

  #value(run: number): number {
    return this.values[run] ?? NaN;
  }
}
