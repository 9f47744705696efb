import { createHash } from 'node:crypto';
import {
  closeSync,
  mkdirSync,
  openSync,
  readFileSync,
  readSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { ContentMarks } from './contentMarks.js';

const hashBytes = 32;

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
  readonly marks: ContentMarks;
}

/** `undefined` when nothing was sent, or it was forgotten. */
export function readSentContents(file: string): SentContents | undefined {
  try {
    const bytes = readFileSync(file);
    let marks: ContentMarks | undefined;
    return {
      hash: hashIn(bytes),
      // Where nothing changed nobody asks for them.
      get marks() {
        return (marks ??= ContentMarks.read(bytes.subarray(hashBytes)));
      },
    };
  } catch {
    return undefined;
  }
}

/** Of what was sent, without the rest. */
export function readSentHash(file: string): string | undefined {
  try {
    const handle = openSync(file, 'r');
    try {
      const bytes = Buffer.alloc(hashBytes);
      return readSync(handle, bytes) < hashBytes ? undefined : hashIn(bytes);
    } finally {
      closeSync(handle);
    }
  } catch {
    return undefined;
  }
}

/** Written, and not yet what is remembered. */
export interface UnfinishedContents {
  finish(): void;
  discard(): void;
}

/** @throws what writing the file throws */
export function writeSentContents(file: string, { hash, marks }: SentContents): UnfinishedContents {
  const unfinished = `${file}.new`;
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(unfinished, Buffer.concat([Buffer.from(hash, 'hex'), marks.write()]));
  return {
    finish: () => renameSync(unfinished, file),
    discard: () => rmSync(unfinished, { force: true }),
  };
}

function hashIn(bytes: Buffer): string {
  return bytes.toString('hex', 0, hashBytes);
}
