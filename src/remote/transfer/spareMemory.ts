/** Kept of each size; more is not on its way at once. */
const mostOfSize = 32;

/**
 * Memory that is used again and again for pieces of a few sizes. New memory each time costs more than reading a file into
 * it: the system clears it, page by page, and the collector is called for it.
 */
export class SpareMemory {
  readonly #spare: ReadonlyMap<number, ArrayBuffer[]>;

  /** @param sizes of pieces, in bytes */
  constructor(sizes: readonly number[]) {
    this.#spare = new Map(sizes.map((size) => [size, []]));
  }

  /** Memory of its own, with anything in it. */
  take(size: number): Buffer {
    const spare = this.#spare.get(size)?.pop();
    return spare === undefined ? Buffer.allocUnsafeSlow(size) : Buffer.from(spare);
  }

  /** Nobody uses it any more. What is of another size is forgotten. */
  giveBack(memory: ArrayBuffer | undefined): void {
    const spare = memory && this.#spare.get(memory.byteLength);
    if (memory !== undefined && spare !== undefined && spare.length < mostOfSize) spare.push(memory);
  }
}

/** Of pieces that are sent one behind the other, the memory of the last: that is one of the content, and has it alone. */
export function memoryOf(pieces: readonly Uint8Array[]): ArrayBuffer | undefined {
  const memory = pieces.at(-1)?.buffer;
  return memory instanceof ArrayBuffer ? memory : undefined;
}
