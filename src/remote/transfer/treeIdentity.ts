import { createHash } from 'node:crypto';
import { quoted } from './bytePath.js';
import type { TreeItem } from './treeItem.js';

const version = 'trainyard dataset 1';
/** Characters; hashing each entry by itself would take longer than the hashing. */
const hashedAtOnce = 64 * 1024;

/** The hash of a tree: of paths, kinds, executable bits and bytes; neither of times nor of its place. */
export class TreeIdentity {
  readonly #hash = createHash('sha256').update(`${version}\n`);
  #unhashed = '';

  /** Entries come in the order of paths. */
  add(item: TreeItem): void {
    this.addKnown(identityOf(item));
  }

  /** What {@link identityOf} said of the next one. */
  addKnown(identity: string): void {
    this.#unhashed += `${identity}\n`;
    if (this.#unhashed.length > hashedAtOnce) this.#update();
  }

  /** In hexadecimal; nothing can be added any more. */
  digest(): string {
    this.#update();
    return this.#hash.digest('hex');
  }

  #update(): void {
    this.#hash.update(this.#unhashed);
    this.#unhashed = '';
  }
}

/** What of an entry is hashed. */
export function identityOf(item: TreeItem): string {
  const path = quoted(item.entry.path);
  if ('sha256' in item) {
    const { mode, sizeBytes } = item.entry;
    return `["f",${path},${(mode & 0o100) !== 0},${sizeBytes},"${item.sha256}"]`;
  }
  return item.entry.kind === 'folder' ? `["d",${path}]` : `["l",${path},${quoted(item.entry.target)}]`;
}
