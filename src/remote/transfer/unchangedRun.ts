import type { TreeItem } from './treeItem.js';

/** An entry and how it is told, in JSON; of a large file without the name of its part. */
export interface ToldItem {
  readonly item: TreeItem;
  readonly line: string;
}

/** Entries one behind the other that stood one behind the other the last time. */
export class UnchangedRun {
  first = 0;
  count = 0;
  files = 0;
  bytes = 0;
  /** So many came that they are not told anew. */
  isLong = false;
  /** All of them while they are too few for that. */
  items: ToldItem[] = [];

  continuesAt(place: number): boolean {
    return place === this.first + this.count || (this.count === 0 && !this.isLong);
  }

  add(place: number, told: ToldItem): void {
    if (this.count === 0) this.first = place;
    this.count += 1;
    if (!this.isLong) this.items.push(told);
    if (!('sha256' in told.item)) return;
    this.files += 1;
    this.bytes += told.item.entry.sizeBytes;
  }

  leaveOut(): void {
    this.isLong = true;
    this.items = [];
  }

  /** Those so far are told; what follows them belongs to them. */
  goOn(): void {
    this.first += this.count;
    [this.count, this.files, this.bytes] = [0, 0, 0];
  }
}
