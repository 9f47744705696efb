import type { IgnoreRules } from '../../ignore.js';
import type { WalkedEntry } from './treeWalk.js';
import { walkInOrder } from './walkInOrder.js';

/** Counts what a folder holds, some entries at a time. Blocks while it does: for a thread of its own. */
export class FolderCount {
  readonly folder: string;
  readonly #walk: AsyncGenerator<WalkedEntry[]>;
  files = 0;
  bytes = 0;
  isOver = false;

  constructor(folder: string, rules: IgnoreRules) {
    this.folder = folder;
    this.#walk = walkInOrder(folder, rules);
  }

  /** @throws {InputError} as `walkTree` */
  async goOn(): Promise<void> {
    const next = await this.#walk.next();
    this.isOver = next.done === true;
    for (const entry of next.done === true ? [] : next.value) {
      if (entry.kind !== 'file') continue;
      this.files += 1;
      this.bytes += entry.sizeBytes;
    }
  }
}
