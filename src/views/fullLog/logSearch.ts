import type { LogPages } from '../../jobs/logPages.js';
import { LogLines } from '../logLines.js';

/** A line that holds what was searched for. */
export interface LogMatch {
  readonly page: number;
  /** Of the page as it is shown, from 0. */
  readonly line: number;
  readonly column: number;
  readonly text: string;
}

export interface LogSearch {
  readonly text: string;
  /** No more matches than this are wanted. */
  readonly most: number;
  /** Told after each page how much is searched, 0..1, and how many were found. */
  readonly onProgress: (fraction: number, found: number) => void;
}

/** A page as it is shown: bars in their last state, without colours. */
export async function readPage(pages: LogPages, page: number): Promise<string> {
  return asShown(await pages.read(page));
}

function asShown(bytes: Uint8Array): string {
  const lines = new LogLines();
  return lines.push(bytes) + lines.end();
}

/** Searches every page for a text in any case, oldest first. Memory is that of a page. */
export async function searchPages(
  pages: LogPages,
  { text, most, onProgress }: LogSearch,
  signal: AbortSignal,
): Promise<readonly LogMatch[]> {
  const wanted = text.toLowerCase();
  const count = await pages.count();
  const found: LogMatch[] = [];
  for (let page = 1; page <= count && found.length < most; page += 1) {
    signal.throwIfAborted();
    const bytes = await pages.read(page);
    if (mayHold(bytes, wanted)) {
      found.push(...matchesOn(page, asShown(bytes), wanted).slice(0, most - found.length));
    }
    onProgress(page / count, found.length);
  }
  return found;
}

/** Quick, and true of every page that holds the text once it is shown: only escape sequences could part it before. */
function mayHold(bytes: Uint8Array, wanted: string): boolean {
  return bytes.includes(escape) || new TextDecoder().decode(bytes).toLowerCase().includes(wanted);
}

const escape = 0x1b;

function matchesOn(page: number, shown: string, wanted: string): LogMatch[] {
  return shown.split('\n').flatMap((text, line) => {
    const column = text.toLowerCase().indexOf(wanted);
    return column === -1 ? [] : [{ page, line, column, text }];
  });
}
