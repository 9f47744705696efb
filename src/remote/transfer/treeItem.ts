import { createHash } from 'node:crypto';
import type { WalkedEntry, WalkedFile } from './treeWalk.js';

/** A file of a folder that is sent, as it was read. */
export interface TreeFile {
  readonly entry: WalkedFile;
  readonly sha256: string;
  /** Its bytes, where they were just read. */
  readonly content?: Buffer;
  readonly part?: string;
  /** All of its blocks are on their way. */
  readonly isSent?: boolean;
}

/** What a folder holds. */
export type TreeItem = TreeFile | { readonly entry: Exclude<WalkedEntry, WalkedFile> };

export function withoutContent({ entry, sha256, part }: TreeFile): TreeFile {
  return { entry, sha256, ...(part !== undefined && { part }) };
}

/** Names the blocks of this version of a file, so that those of another one are not taken for its. */
export function partOf({ path, sizeBytes, mtimeNs, ctimeNs, inode }: WalkedFile): string {
  const version = JSON.stringify([path, sizeBytes, ...[mtimeNs, ctimeNs, inode].map(String)]);
  return createHash('sha256').update(version).digest('hex').slice(0, 32);
}
