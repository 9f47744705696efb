import { join } from 'node:path';
import type { OnCheckProgress } from '../../recipe.js';
import type { DatasetFile, DatasetFolder } from '../datasetFolder.js';
import { readImageHeader, uprightSize, type ImageHeader } from '../imageHeader.js';
import { problem, type Problem } from '../problem.js';
import { imagesOf, partNames, type ImageFolderLayout } from './layout.js';
import { inParallel } from '../inParallel.js';
import { countOf } from '../wording.js';

const reportEvery = 100;
/** The names of netpbm images are enough: their headers are text, and nobody has broken ones. */
const netpbmName = /\.(ppm|pgm)$/i;

/** What the headers of the images say. */
export interface ImageHeaders {
  /** In pixels, as a person sees the images; of every image that could be read. */
  readonly widths: readonly number[];
  readonly heights: readonly number[];
  /** By path, in order: empty, no image at all, or damaged from the start. */
  readonly broken: readonly string[];
  /** They end before the image does. */
  readonly truncated: readonly string[];
  /** Of a format no loader opens, whatever their names say. */
  readonly disguised: readonly string[];
}

/** Reads the header of every image, many at once. */
export async function readHeaders(
  folder: DatasetFolder,
  layout: ImageFolderLayout,
  signal: AbortSignal,
  onProgress?: OnCheckProgress,
): Promise<ImageHeaders> {
  const images = partNames
    .flatMap((part) => imagesOf(layout[part]))
    .filter(({ path }) => !netpbmName.test(path));
  const headers: Mutable<ImageHeaders> = {
    widths: [],
    heights: [],
    broken: [],
    truncated: [],
    disguised: [],
  };
  onProgress?.(0, images.length);
  let done = 0;
  await inParallel(
    images,
    async ({ path }) => {
      note(headers, path, await readImageHeader(join(folder.path, path)));
      done += 1;
      if (done % reportEvery === 0 || done === images.length) onProgress?.(done, images.length);
    },
    signal,
  );
  for (const paths of [headers.broken, headers.truncated, headers.disguised]) paths.sort();
  return headers;
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] extends readonly (infer Item)[] ? Item[] : T[K] };

function note(headers: Mutable<ImageHeaders>, path: string, header: ImageHeader): void {
  if (header.kind !== 'image') {
    headers.broken.push(path);
    return;
  }
  if (header.format === 'heic') headers.disguised.push(path);
  else if (header.isTruncated) headers.truncated.push(path);
  const { width, height } = uprightSize(header);
  headers.widths.push(width);
  headers.heights.push(height);
}

/** What is wrong inside the images. `foreign` are image files of formats that are not looked at at all. */
export function contentProblems(
  layout: ImageFolderLayout,
  headers: ImageHeaders,
  foreign: readonly DatasetFile[],
): Problem[] {
  const unusable = new Set([...headers.broken, ...headers.disguised]);
  return [
    ...wholeClassProblem(layout, unusable),
    ...brokenProblem(headers.broken),
    ...truncatedProblem(headers.truncated),
    ...foreignProblem([...headers.disguised, ...foreign.map(({ path }) => path)]),
  ];
}

function wholeClassProblem(layout: ImageFolderLayout, unusable: ReadonlySet<string>): Problem[] {
  return [...layout.train.classes]
    .filter(([, images]) => images.every(({ path }) => unusable.has(path)))
    .map(([name, images]) => {
      const message = `Not one of the ${countOf(images.length, 'image')} of class '${name}' can be read.`;
      return problem('error', 'images.class-unreadable', message, {
        file: images[0]?.path ?? null,
        fix: 'Convert them to JPEG or PNG, or copy them again.',
      });
    });
}

function brokenProblem(paths: readonly string[]): Problem[] {
  const [first] = paths;
  if (first === undefined) return [];
  const what =
    paths.length === 1
      ? '1 image is damaged or no image at all, and is'
      : `${countOf(paths.length, 'image')} are damaged or no images at all, and are`;
  const message = `${what} left out (first ${first}).`;
  const fix = `Remove or replace ${paths.length === 1 ? 'it' : 'them'}.`;
  return [problem('warning', 'images.broken', message, { file: first, fix })];
}

function truncatedProblem(paths: readonly string[]): Problem[] {
  const [first] = paths;
  if (first === undefined) return [];
  const what =
    paths.length === 1
      ? '1 image is cut off before its end'
      : `${countOf(paths.length, 'image')} are cut off before their end`;
  const message = `${what}, and may be left out (first ${first}).`;
  const fix = `Copy the whole ${paths.length === 1 ? 'file' : 'files'} again.`;
  return [problem('warning', 'images.truncated', message, { file: first, fix })];
}

function foreignProblem(paths: readonly string[]): Problem[] {
  const [first] = paths;
  if (first === undefined) return [];
  const what =
    paths.length === 1
      ? '1 image has a format that cannot be read, like HEIC or GIF, and is'
      : `${countOf(paths.length, 'image')} have a format that cannot be read, like HEIC or GIF, and are`;
  const message = `${what} left out (first ${first}).`;
  const fix = `Convert ${paths.length === 1 ? 'it' : 'them'} to JPEG or PNG.`;
  return [problem('warning', 'images.foreign', message, { file: first, fix })];
}
