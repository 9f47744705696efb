import { readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { cursorAt } from './cursor.js';

/** More are no help to choose from. */
const most = 100;

/** A folder that can be written at the cursor, as it is written. */
export interface FolderChoice {
  readonly label: string;
  /** Where the word at the cursor begins. */
  readonly start: number;
}

/**
 * The folders beside or below a run file, where one is to be named.
 * @param path of the file; absolute
 */
export async function foldersAt(text: string, offset: number, path: string): Promise<FolderChoice[]> {
  const cursor = cursorAt(text, offset);
  if (!cursor) return [];
  const { start, field } = cursor;
  const name = [...cursor.path, field].join('.');
  if (name !== 'dataset' && name !== 'results.to') return [];
  const parent = /^.*\//.exec(text.slice(start, offset))?.[0] ?? './';
  const entries = await readdir(join(dirname(path), parent), { withFileTypes: true }).catch(() => []);
  return entries
    .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'))
    .slice(0, most)
    .map((entry) => ({ label: `${parent}${entry.name}`, start }));
}
