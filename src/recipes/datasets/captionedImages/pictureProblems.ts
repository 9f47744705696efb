import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { DatasetFile, DatasetFolder } from '../datasetFolder.js';
import { readImageHeader, uprightSize, type ImageHeader } from '../imageHeader.js';
import { problem, type Problem } from '../problem.js';
import { named, shareOf } from '../wording.js';

export interface Picture {
  readonly file: DatasetFile;
  readonly header: ImageHeader;
}

const readFormats: readonly string[] = ['jpeg', 'png', 'webp'];

/** Reads the headers of images, one after the other. */
export async function readPictures(
  folder: DatasetFolder,
  files: readonly DatasetFile[],
  signal: AbortSignal,
  onRead: (done: number) => void,
): Promise<Picture[]> {
  const pictures: Picture[] = [];
  for (const file of files) {
    signal.throwIfAborted();
    pictures.push({ file, header: await readImageHeader(join(folder.path, file.path)) });
    onRead(pictures.length);
  }
  return pictures;
}

/** What is wrong with the images. `smallestSidePx`: the lowest resolution they are learned at. */
export function pictureProblems(pictures: readonly Picture[], smallestSidePx: number): Problem[] {
  const broken = pictures.filter(({ header }) => !isReadable(header));
  return [
    ...unusable(broken, pictures.length),
    ...truncated(pictures),
    ...small(pictures, smallestSidePx),
    ...unusualColors(pictures),
    ...turned(pictures),
  ];
}

/** Images of a kind that is passed over without a word. */
export function passedOverProblem(files: readonly DatasetFile[], whole: number): Problem[] {
  const [first] = files;
  if (!first) return [];
  const endings = [...new Set(files.map(({ path }) => path.slice(path.lastIndexOf('.') + 1).toUpperCase()))];
  const count = files.length.toLocaleString('en-US');
  const message =
    files.length === 1
      ? `${first.path} is left out: only jpg, png and webp are read.`
      : `${count} files (${endings.join(', ')}) are left out: only jpg, png and webp are read.`;
  const severity = whole === 0 ? 'error' : 'warning';
  const fix = 'Save them as PNG or JPEG.';
  return [problem(severity, 'images.passed-over', message, { file: first.path, fix })];
}

/** Copies of the same image count double. */
export async function duplicateProblem(
  folder: DatasetFolder,
  files: readonly DatasetFile[],
  signal: AbortSignal,
): Promise<Problem[]> {
  const bySize = new Map<number, DatasetFile[]>();
  for (const file of files) bySize.set(file.bytes, [...(bySize.get(file.bytes) ?? []), file]);
  const seen = new Map<string, string>();
  const copies: [copy: string, original: string][] = [];
  for (const alike of bySize.values()) {
    if (alike.length < 2) continue;
    for (const { path } of alike) {
      const hash = await contentHash(folder, path, signal);
      const original = seen.get(hash);
      if (original === undefined) seen.set(hash, path);
      else copies.push([path, original]);
    }
  }
  const [first] = copies;
  if (!first) return [];
  const message = `${named(first[0], copies.length)} has the same content as ${first[1]} and counts double.`;
  return [problem('hint', 'images.duplicate', message, { file: first[0], fix: 'Delete one of the two.' })];
}

async function contentHash(folder: DatasetFolder, path: string, signal: AbortSignal): Promise<string> {
  const hash = createHash('sha256');
  try {
    for await (const chunk of folder.stream(path, signal)) hash.update(chunk as Uint8Array);
  } catch (error) {
    signal.throwIfAborted();
    throw folder.unreadable(path, error);
  }
  return hash.digest('hex');
}

function isReadable(header: ImageHeader): boolean {
  return header.kind === 'image' && readFormats.includes(header.format);
}

/** ai-toolkit says so in its log and goes on without them; without any it ends. */
function unusable(broken: readonly Picture[], whole: number): Problem[] {
  const [first] = broken;
  if (!first) return [];
  const severity = broken.length === whole ? 'error' : 'warning';
  const message = `${named(first.file.path, broken.length)} ${whyUnusable(first.header)} and is left out.`;
  const fix = 'Open it in an image program and save it as PNG or JPEG.';
  return [problem(severity, 'images.unusable', message, { file: first.file.path, fix })];
}

function whyUnusable(header: ImageHeader): string {
  switch (header.kind) {
    case 'empty':
      return 'is empty';
    case 'unreadable':
      return `cannot be read (${header.reason})`;
    case 'damaged':
      return 'is damaged';
    case 'not-an-image':
      return 'is no image, whatever its name says';
    case 'image':
      return `is a ${header.format.toUpperCase()} file, whatever its name says,`;
  }
}

function truncated(pictures: readonly Picture[]): Problem[] {
  const found = pictures.filter(({ header }) => header.kind === 'image' && header.isTruncated);
  const [first] = found;
  if (!first) return [];
  const message = `${named(first.file.path, found.length)} ends before its image does.`;
  const fix = 'Copy it again from where it came.';
  return [problem('warning', 'images.truncated', message, { file: first.file.path, fix })];
}

function small(pictures: readonly Picture[], smallestSidePx: number): Problem[] {
  const found = pictures.filter(({ header }) => {
    if (header.kind !== 'image') return false;
    const { width, height } = uprightSize(header);
    return Math.min(width, height) < smallestSidePx;
  });
  const [first] = found;
  if (!first) return [];
  const which = shareOf(found.length, pictures.length, 'image');
  const message = `${which} a side below ${smallestSidePx} pixels and would be enlarged, which teaches blur.`;
  const fix = 'Use larger ones, or set resolution lower.';
  return [problem('warning', 'images.small', message, { file: first.file.path, fix })];
}

function unusualColors(pictures: readonly Picture[]): Problem[] {
  const found = pictures.filter(
    ({ header }) => header.kind === 'image' && (header.colors === 'cmyk' || (header.bitsPerChannel ?? 8) > 8),
  );
  const [first] = found;
  if (!first) return [];
  const message = `${named(first.file.path, found.length)} is made for print (CMYK or 16 bits a color); its colors may change.`;
  const fix = 'Save it as RGB with 8 bits a color.';
  return [problem('warning', 'images.colors', message, { file: first.file.path, fix })];
}

function turned(pictures: readonly Picture[]): Problem[] {
  const found = pictures.filter(({ header }) => header.kind === 'image' && (header.orientation ?? 1) > 1);
  const [first] = found;
  if (!first) return [];
  const message = `${named(first.file.path, found.length)} is stored turned and shown upright by its EXIF note, which some versions of ai-toolkit mishandle.`;
  const fix = 'Save it upright.';
  return [problem('hint', 'images.turned', message, { file: first.file.path, fix })];
}
