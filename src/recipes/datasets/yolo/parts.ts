import { posix } from 'node:path';
import type { DatasetFile, DatasetFolder } from '../datasetFolder.js';
import { partNames, type DataYaml, type PartName } from './dataYaml.js';
import type { FileIndex } from './fileIndex.js';
import { isForeignImagePath, isImagePath } from './imagePaths.js';

/** The images of one part of a dataset. */
export interface Part {
  readonly name: PartName;
  readonly images: readonly DatasetFile[];
  /** Images of formats that are not read. */
  readonly foreign: readonly DatasetFile[];
  /** Where they come from: folders and lists, relative to the dataset folder. */
  readonly sources: readonly string[];
  /** Paths of data.yaml that lead nowhere, as they stand there. */
  readonly lost: readonly string[];
  /** `path:` was wrong, and the folder beside data.yaml was taken. */
  readonly isGuessed: boolean;
  /** Lines of lists that name no image of the folder. */
  readonly lostLines: readonly LostLine[];
}

export interface LostLine {
  readonly file: string;
  /** From 1. */
  readonly line: number;
  readonly text: string;
}

/** Every part that data.yaml names, with its images. */
export async function findParts(
  folder: DatasetFolder,
  index: FileIndex,
  yaml: DataYaml,
  signal: AbortSignal,
): Promise<Partial<Record<PartName, Part>>> {
  const parts: Partial<Record<PartName, Part>> = {};
  for (const name of partNames) {
    const values = yaml.parts[name];
    if (values) parts[name] = await findPart(folder, index, { yaml, name, values }, signal);
  }
  return parts;
}

interface PartRequest {
  readonly yaml: DataYaml;
  readonly name: PartName;
  readonly values: readonly string[];
}

async function findPart(
  folder: DatasetFolder,
  index: FileIndex,
  { yaml, name, values }: PartRequest,
  signal: AbortSignal,
): Promise<Part> {
  const found = { name, images: [], foreign: [], sources: [], lost: [], isGuessed: false, lostLines: [] };
  const part: { -readonly [K in keyof Part]: Part[K] extends readonly (infer Item)[] ? Item[] : Part[K] } =
    found;
  for (const value of values) {
    const place = resolvePlace(index, yaml, value);
    if (!place) {
      part.lost.push(value);
      continue;
    }
    part.isGuessed ||= place.isGuessed;
    part.sources.push(place.path);
    const file = index.get(place.path);
    const files = file === undefined ? index.below(place.path) : [file];
    if (file && !isImagePath(file.path)) {
      const list = readList(index, yaml, file.path, await folder.text(file.path, signal));
      part.images.push(...list.images);
      part.lostLines.push(...list.lost);
      continue;
    }
    for (const candidate of files) {
      if (isImagePath(candidate.path)) part.images.push(candidate);
      else if (isForeignImagePath(candidate.path)) part.foreign.push(candidate);
    }
  }
  return { ...part, images: withoutRepeats(part.images) };
}

/** Images that two sources name count once. */
function withoutRepeats(images: readonly DatasetFile[]): DatasetFile[] {
  return [...new Map(images.map((image) => [image.path, image])).values()];
}

export interface Place {
  /** Relative to the dataset folder. */
  readonly path: string;
  /** It is not where `path:` says. */
  readonly isGuessed: boolean;
}

/**
 * Where a path of data.yaml leads inside the dataset folder: below `path:`, which counts from data.yaml, else beside
 * data.yaml, else at the top of the folder. Folders of another computer are followed by their ends.
 * runtime/recipes/yolo_dataset.py resolves by the same rule.
 */
export function resolvePlace(index: FileIndex, yaml: DataYaml, value: string): Place | undefined {
  const [exact, ...guesses] = placesOf(yaml, value);
  if (exact !== undefined && exists(index, exact)) return { path: exact, isGuessed: false };
  const path = guesses.find((guess) => guess !== undefined && exists(index, guess));
  return path === undefined ? undefined : { path, isGuessed: yaml.root !== undefined };
}

function exists(index: FileIndex, path: string): boolean {
  return index.get(path) !== undefined || index.hasFolder(path);
}

/** The first is what data.yaml says; `undefined` stands for a place out of the folder. */
function placesOf(yaml: DataYaml, value: string): (string | undefined)[] {
  const wanted = toPosix(value);
  if (isAbsolute(wanted)) return [undefined, ...endsOf(wanted)];
  const inner = wanted.replace(/^(\.{1,2}\/)+/, '');
  const root = toPosix(yaml.root ?? '');
  const below = isAbsolute(root)
    ? [undefined, ...endsOf(root).map((end) => inside(end, inner))]
    : [inside(yaml.folder, root, wanted)];
  return [...below, inside(yaml.folder, inner), inside(inner)];
}

function toPosix(path: string): string {
  return path.trim().replaceAll('\\', '/');
}

function isAbsolute(path: string): boolean {
  return path.startsWith('/') || /^[A-Za-z]:\//.test(path);
}

/** `/data/me/flowers` → `data/me/flowers`, `me/flowers`, `flowers`; never a bare `images`, which says too little. */
function endsOf(path: string): string[] {
  const parts = posix
    .normalize(path)
    .split('/')
    .filter((part) => part !== '');
  return parts.map((_, from) => parts.slice(from).join('/')).filter((end) => end !== 'images');
}

/** The path of these parts, when it stays in the folder. */
function inside(...parts: readonly string[]): string | undefined {
  const path = posix.join(...parts.filter((part) => part !== ''), '.').replace(/\/$/, '');
  if (path === '.') return '';
  return path.startsWith('..') || path.startsWith('/') ? undefined : path;
}

/** A list names an image per line; `./` counts from the list, anything else is looked for wherever it could be. */
function readList(
  index: FileIndex,
  yaml: DataYaml,
  file: string,
  text: string,
): { readonly images: DatasetFile[]; readonly lost: LostLine[] } {
  const images: DatasetFile[] = [];
  const lost: LostLine[] = [];
  const folder = posix.dirname(file);
  const beside = { ...yaml, folder: folder === '.' ? '' : folder, root: undefined };
  text.split('\n').forEach((row, at) => {
    const line = row.trim();
    if (line === '') return;
    const place = resolvePlace(index, beside, line) ?? resolvePlace(index, yaml, line);
    const image = place && index.get(place.path);
    if (image) images.push(image);
    else lost.push({ file, line: at + 1, text: line });
  });
  return { images, lost };
}
