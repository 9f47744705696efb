/** Enough for any program; a stream of ever new shapes starts again. */
const maxShapes = 4096;

/**
 * Remembers what was found in texts that differ only in their digits. Programs print few shapes, many times,
 * so most lines go straight to the detector that read the last one like it, or to nobody.
 */
export class ShapeMemory<T> {
  readonly #known = new Map<number, T>();

  get(shape: number): T | undefined {
    return this.#known.get(shape);
  }

  set(shape: number, value: T): void {
    if (this.#known.size >= maxShapes) {
      this.#known.clear();
    }
    this.#known.set(shape, value);
  }

  /** What was learned holds no more. */
  clear(): void {
    this.#known.clear();
  }
}

/** A 53-bit hash of the text in which every run of digits counts as one. */
export function shapeOf(text: string): number {
  let high = 0x811c9dc5;
  let low = 0x01000193;
  let inDigits = false;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    const isDigit = code >= 0x30 && code <= 0x39;
    if (!isDigit || !inDigits) {
      const mark = isDigit ? 0x30 : code;
      high = Math.imul(high ^ mark, 0x01000193);
      low = Math.imul(low, 31) + mark;
    }
    inDigits = isDigit;
  }
  return (high >>> 0) * 0x200000 + (low & 0x1fffff);
}
