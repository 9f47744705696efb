/** More lines are not remembered: the memory stays the same, and repeats further apart go unnoticed. */
const mostLines = 1_500_000;
const slots = 2 ** 21;

/** Remembers lines by a hash of 53 bits, in at most 16 MiB. */
export class SeenLines {
  #table = new Float64Array(2 ** 12);
  #count = 0;

  /** Whether an equal line was seen before. */
  add(line: string): boolean {
    const hash = hashOf(line);
    const slot = this.#find(this.#table, hash);
    if (this.#table[slot] === hash) return true;
    if (this.#count < mostLines) this.#insert(slot, hash);
    return false;
  }

  #insert(slot: number, hash: number): void {
    this.#table[slot] = hash;
    this.#count += 1;
    if (this.#count * 2 > this.#table.length && this.#table.length < slots) this.#grow();
  }

  #grow(): void {
    const larger = new Float64Array(this.#table.length * 4 > slots ? slots : this.#table.length * 4);
    for (const hash of this.#table) if (hash !== 0) larger[this.#find(larger, hash)] = hash;
    this.#table = larger;
  }

  /** Where it is, or where it belongs. */
  #find(table: Float64Array, hash: number): number {
    const mask = table.length - 1;
    let slot = hash % table.length;
    while (table[slot] !== 0 && table[slot] !== hash) slot = (slot + 1) & mask;
    return slot;
  }
}

/** Never 0, which stands for an empty slot. Two rounds of FNV-like mixing over UTF-16. */
function hashOf(line: string): number {
  let high = 0x9e3779b9;
  let low = 0x85ebca6b;
  for (let index = 0; index < line.length; index += 1) {
    const code = line.charCodeAt(index);
    high = Math.imul(high ^ code, 0x01000193);
    low = Math.imul(low ^ code, 0x85ebca6b) + 0x5bd1e995;
  }
  low ^= low >>> 15;
  low = Math.imul(low ^ high, 0x2c1b3c6d);
  return (high >>> 11) * 2 ** 32 + ((low ^ (low >>> 12)) >>> 0) || 1;
}
