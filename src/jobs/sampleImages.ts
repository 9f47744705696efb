import { createHash } from 'node:crypto';
import { posix } from 'node:path';
import * as v from 'valibot';

/** An image of a run's `output/` that is here: a line of `samples/index.jsonl`. */
export interface SampleImage {
  /** Relative to `output/` on the machine, with `/`. */
  readonly path: string;
  /** Its name in the job's `samples/` folder here: our own, whatever the machine calls it. */
  readonly file: string;
  readonly bytes: number;
  /** When it was written: Unix seconds of the machine's clock. */
  readonly modified: number;
}

/** Endings of images that a webview can show and that run nothing. */
export const imageEndings: readonly string[] = ['.png', '.jpg', '.jpeg', '.webp', '.gif'];

const ourName = /^[\w-]{1,80}\.(?:png|jpg|jpeg|webp|gif)$/;

const schema = v.pipe(
  v.string(),
  v.parseJson(),
  v.object({
    path: v.string(),
    file: v.pipe(v.string(), v.regex(ourName)),
    bytes: v.number(),
    modified: v.number(),
  }),
);

/** `undefined` for a line that is torn or not ours. */
export function parseSampleImage(line: string): SampleImage | undefined {
  const parsed = v.safeParse(schema, line);
  return parsed.success ? parsed.output : undefined;
}

/**
 * Where an image of that content is kept here: what is readable of its name, and a hash of the rest. Names of the
 * machine never reach this computer's disk, and another content gets another name.
 */
export function localNameOf(path: string, bytes: number, modified: number): string {
  const base = path.slice(path.lastIndexOf('/') + 1);
  const ending = endingOf(base);
  const readable = base.slice(0, base.length - ending.length).replace(/[^A-Za-z0-9-]+/g, '_');
  const hash = createHash('sha256')
    .update(JSON.stringify([path, bytes, modified]))
    .digest('hex');
  return `${readable.slice(0, 48)}_${hash.slice(0, 16)}${ending}`;
}

/** `.jpg`, in small letters; empty when it is no image we show. */
export function endingOf(path: string): string {
  const lower = path.toLowerCase();
  return imageEndings.find((ending) => lower.endsWith(ending)) ?? '';
}

/**
 * The path of a sample's image relative to the run's `output/`, as far as its name tells: absolute on the machine, or
 * relative to `output/`. `undefined` when it lies elsewhere.
 */
export function pathInOutput(image: string, jobId: string): string | undefined {
  const mark = `/runs/${jobId}/output/`;
  const path = posix.normalize(image);
  const at = path.indexOf(mark);
  if (at !== -1) return path.slice(at + mark.length);
  return path.startsWith('/') || path.startsWith('../') ? undefined : path.replace(/^output\//, '');
}
