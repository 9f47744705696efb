import type { NeededFile } from './readerMessages.js';
import { type TreeFile, withoutContent } from './treeItem.js';
import { entriesInFrame, slabBytes } from './uploadFrames.js';

/** A file that the machine needs, and of a large one the blocks: first and count. */
export interface Needed {
  readonly file: TreeFile;
  readonly blocks: NeededFile['blocks'];
}

/** Files that the machine was asked about, and what of them it turned out to need. */
export class Questions {
  /** Frames that are not answered yet, oldest first: their files by index. */
  readonly #asked: ReadonlyMap<number, TreeFile>[] = [];
  /** What is answered at the end of the tree. */
  readonly #late = new Map<number, TreeFile>();
  readonly #needed: Needed[] = [];
  #heldBytes = 0;

  /** Of content that was read and waits for the answer. */
  get heldBytes(): number {
    return this.#heldBytes;
  }

  /** Whether nothing more can be needed. */
  get areAnswered(): boolean {
    return this.#asked.length === 0 && this.#late.size === 0;
  }

  get isAnyNeeded(): boolean {
    return this.#needed.length > 0;
  }

  /** @param files of one frame, by index */
  ask(files: ReadonlyMap<number, TreeFile>): void {
    this.#asked.push(files);
    for (const file of files.values()) this.#heldBytes += file.content?.length ?? 0;
  }

  /** Of the oldest frame, or of all that was late. @returns what the machine has */
  answer(needed: readonly NeededFile[], late: readonly number[]): { files: number; bytes: number } {
    const files = this.#asked.shift();
    if (files === undefined) {
      for (const { index } of this.#need(needed, this.#late)) this.#late.delete(index);
      return { files: 0, bytes: 0 };
    }
    const isNeeded = new Set(this.#need(needed, files).map(({ index }) => index));
    const isLate = new Set(late);
    const found = { files: 0, bytes: 0 };
    for (const [index, file] of files) {
      if (isNeeded.has(index)) continue;
      this.#heldBytes -= file.content?.length ?? 0;
      if (isLate.has(index)) this.#late.set(index, withoutContent(file));
      else {
        found.files += 1;
        found.bytes += file.entry.sizeBytes;
      }
    }
    return found;
  }

  /** What is needed next: a large file, or small ones that fill a slab. */
  next(): readonly Needed[] {
    const batch: Needed[] = [];
    let bytes = 0;
    for (let first = this.#needed[0]; first !== undefined; first = this.#needed[0]) {
      const { file } = first;
      bytes += file.entry.sizeBytes;
      const isFull = bytes > slabBytes || batch.length >= entriesInFrame || file.part !== undefined;
      if (batch.length > 0 && isFull) break;
      this.#needed.shift();
      this.#heldBytes -= file.content?.length ?? 0;
      batch.push(first);
      if (file.part !== undefined) break;
    }
    return batch;
  }

  #need(needed: readonly NeededFile[], files: ReadonlyMap<number, TreeFile>): readonly NeededFile[] {
    for (const { index, blocks } of needed) {
      const file = files.get(index);
      if (file === undefined) throw new Error(`file ${index} was not asked about`);
      this.#needed.push({ file, blocks });
    }
    return needed;
  }
}
