import { isAbsolute, join, relative } from 'node:path';
import type { JobSpec } from './job.js';

/** A place in a source file that a log names. Offsets are those of the text, in UTF-16 units. */
export interface SourceReference {
  readonly start: number;
  readonly end: number;
  /** As the machine calls the file. */
  readonly path: string;
  /** Counted from 1. */
  readonly line: number;
}

/** `File "/x/train.py", line 12` of Python's tracebacks, and `/x/train.py:12: UserWarning` of its warnings. */
const references =
  /File "(?<file>[^"\n]{1,1000})", line (?<line>\d{1,9})|^(?<warned>(?:\/|\w)[^\s:"]{0,1000}\.py):(?<at>\d{1,9})(?=: )/gm;

/** Every place in a source file that a text names. */
export function* sourceReferences(text: string): Generator<SourceReference> {
  for (const { 0: whole, index, groups = {} } of text.matchAll(references)) {
    const path = groups.file ?? groups.warned ?? '';
    yield { start: index, end: index + whole.length, path, line: Number(groups.line ?? groups.at) };
  }
}

/**
 * The file here that was uploaded as `path`: scripts run in a copy of the dataset's folder beside their run, and recipes
 * read the dataset itself. Absolute; `null` for a file that did not come from here.
 */
export function uploadedFrom({ id, dataset }: Pick<JobSpec, 'id' | 'dataset'>, path: string): string | null {
  const inside = insideOf(id, path);
  if (inside === null) return null;
  const here = join(dataset, inside);
  const way = relative(dataset, here);
  return way === '' || way.startsWith('..') || isAbsolute(way) ? null : here;
}

function insideOf(jobId: string, path: string): string | null {
  if (!path.startsWith('/')) return /^<|^[A-Za-z]:/.test(path) ? null : path;
  const work = `/runs/${jobId}/work/`;
  const at = path.lastIndexOf(work);
  if (at !== -1) return path.slice(at + work.length);
  return /\/datasets\/[0-9a-f]{8,64}\/(.+)$/.exec(path)?.[1] ?? null;
}
