import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const hashBytes = 32;

/** Enough of a sha256 to tell contents apart that one folder ever had; a mistake costs a question to the machine. */
export type ContentMark = number;

/** 48 bits. */
export function markOf(sha256: string): ContentMark {
  return Number.parseInt(sha256.slice(0, 12), 16);
}

/** Where it is remembered what a place was last sent from a folder. */
export function sentContentsFile(cacheDir: string, folder: string, place: string): string {
  const name = createHash('sha256')
    .update(JSON.stringify([folder, place]))
    .digest('hex')
    .slice(0, 32);
  return join(cacheDir, 'sent', name);
}

/** What a place was left with by the last sync from here: a guess at what it has, never believed without asking. */
export interface SentContents {
  /** Names the tree, see {@link FolderReading}. */
  readonly hash: string;
  readonly marks: ReadonlySet<ContentMark>;
}

/** `undefined` when nothing was sent, or it was forgotten. */
export function readSentContents(file: string): SentContents | undefined {
  try {
    const bytes = readFileSync(file);
    const marks = new Set<ContentMark>();
    for (let at = hashBytes; at + 8 <= bytes.length; at += 8) marks.add(bytes.readDoubleLE(at));
    return { hash: bytes.toString('hex', 0, hashBytes), marks };
  } catch {
    return undefined;
  }
}

/** @throws what writing the file throws */
export function writeSentContents(file: string, { hash, marks }: SentContents): void {
  const bytes = Buffer.allocUnsafe(hashBytes + marks.size * 8);
  bytes.write(hash, 'hex');
  let at = hashBytes;
  for (const mark of marks) at = bytes.writeDoubleLE(mark, at);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(`${file}.new`, bytes);
  renameSync(`${file}.new`, file);
}
