import type { Segment } from './segment.js';

/** Enough for any program; a stream of ever new shapes starts again. */
const maxShapes = 4096;

interface Known<T> {
  readonly check: number;
  readonly value: T;
}

/**
 * Remembers what was found in segments that differ only in their digits. Programs print few shapes, many times,
 * so most lines go straight to the detector that read the last one like it, or to nobody.
 */
export class ShapeMemory<T> {
  readonly #known = new Map<number, Known<T>>();

  get({ shape, check }: Segment): T | undefined {
    const known = this.#known.get(shape);
    return known?.check === check ? known.value : undefined;
  }

  set({ shape, check }: Segment, value: T): void {
    if (this.#known.size >= maxShapes) {
      this.#known.clear();
    }
    this.#known.set(shape, { check, value });
  }

  delete({ shape }: Segment): void {
    this.#known.delete(shape);
  }

  /** What was learned holds no more. */
  clear(): void {
    this.#known.clear();
  }
}
