const fewestSlots = 32 * 1024;
const hexDigits = 12;
const markBytes = 8;

/**
 * Contents that one folder ever had, each by 48 bits of its sha256: a mistake costs a question to the machine. Takes up
 * to 24 bytes for each, where a `Set` takes 60 and more: a folder may have millions of files.
 */
export class ContentMarks {
  /** Where the marks stand by their value; 0 where none does. */
  #slots: Float64Array;
  #count = 0;

  /** @param expected so many will probably be added */
  constructor(expected = 0) {
    let slots = fewestSlots;
    while (slots < expected * 2) slots *= 2;
    this.#slots = new Float64Array(slots);
  }

  /** As they were written by {@link write}. */
  static read(bytes: Buffer): ContentMarks {
    const marks = new ContentMarks(bytes.length / markBytes);
    for (let at = 0; at + markBytes <= bytes.length; at += markBytes) marks.#add(bytes.readDoubleLE(at));
    return marks;
  }

  get size(): number {
    return this.#count;
  }

  add(sha256: string): void {
    this.#add(markOf(sha256));
  }

  has(sha256: string): boolean {
    const mark = markOf(sha256);
    return this.#slots[this.#slotOf(mark)] === mark;
  }

  /** In no particular order. */
  write(): Buffer {
    const bytes = Buffer.allocUnsafe(this.#count * markBytes);
    let at = 0;
    for (const mark of this.#slots) if (mark !== 0) at = bytes.writeDoubleLE(mark, at);
    return bytes;
  }

  #add(mark: number): void {
    const slot = this.#slotOf(mark);
    if (this.#slots[slot] === mark) return;
    this.#slots[slot] = mark;
    this.#count += 1;
    if (this.#count * 2 > this.#slots.length) this.#grow();
  }

  /** Where the mark stands or would. */
  #slotOf(mark: number): number {
    const slots = this.#slots;
    let slot = mark % slots.length;
    while (slots[slot] !== mark && slots[slot] !== 0) slot = (slot + 1) % slots.length;
    return slot;
  }

  #grow(): void {
    const before = this.#slots;
    this.#slots = new Float64Array(before.length * 2);
    for (const mark of before) if (mark !== 0) this.#slots[this.#slotOf(mark)] = mark;
  }
}

function markOf(sha256: string): number {
  return Number.parseInt(sha256.slice(0, hexDigits), 16) || 1;
}
