import type { IgnoreRules } from '../../ignore.js';
import type { WalkedEntry } from './treeWalk.js';
import { walkInOrder } from './walkInOrder.js';

/** Counts what a folder holds, some entries at a time. Blocks while it does: for a thread of its own. */
export class FolderCount {
  readonly folder: string;
  readonly #walk: AsyncGenerator<WalkedEntry[]>;
  readonly #see: (entry: WalkedEntry) => void;
  files = 0;
  bytes = 0;
  isOver = false;

  /** @param see gets each entry, in order */
  constructor(folder: string, rules: IgnoreRules, see: (entry: WalkedEntry) => void = () => undefined) {
    this.folder = folder;
    this.#see = see;
    this.#walk = walkInOrder(folder, rules);
  }

  /** @throws {InputError} as `walkTree` */
  async goOn(): Promise<void> {
    const next = await this.#walk.next();
    this.isOver = next.done === true;
    for (const entry of next.done === true ? [] : next.value) {
      this.#see(entry);
      if (entry.kind !== 'file') continue;
      this.files += 1;
      this.bytes += entry.sizeBytes;
    }
  }
}
