import { createHash } from 'node:crypto';
import { parse } from 'csv-parse/sync';
import type { DatasetFile, DatasetFolder } from '../datasetFolder.js';
import { imagesOf, partNames, type ImageFolderLayout, type ImagePart, type PartName } from './layout.js';

/** The file of a dataset that says which image belongs to which part: lines of `path,part`. */
export const splitFileName = 'split.csv';

export interface SplitOptions {
  /** Share of each class that is held back. */
  readonly testSize: number;
  readonly seed: number;
}

/**
 * Holds back a share of each class, at least one image, and leaves at least one to learn from.
 * runtime/recipes/pytorch_images.py holds back the same ones: those whose path, hashed with the seed, comes first.
 */
export function splitBySeed(layout: ImageFolderLayout, { testSize, seed }: SplitOptions): ImageFolderLayout {
  const train = new Map<string, readonly DatasetFile[]>();
  const val = new Map<string, readonly DatasetFile[]>();
  for (const [name, images] of layout.train.classes) {
    const order = images
      .map((image) => ({ image, rank: rankOf(image.path, seed) }))
      .sort((a, b) => (a.rank < b.rank ? -1 : 1))
      .map(({ image }) => image);
    const held = Math.min(images.length - 1, Math.max(1, Math.floor(images.length * testSize + 0.5)));
    if (held > 0) val.set(name, order.slice(0, held));
    train.set(name, order.slice(held));
  }
  const { folder } = layout.train;
  return { ...layout, train: { folder, classes: train }, val: { folder, classes: val } };
}

function rankOf(path: string, seed: number): string {
  return createHash('sha256').update(`${seed}:${path}`).digest('hex');
}

/** What `split.csv` says about the images of a layout without a part to validate on. */
export interface SplitFile {
  readonly layout: ImageFolderLayout;
  /** Lines whose image is not there. */
  readonly missing: readonly SplitLine[];
  /** Lines with another part than train, val or test. */
  readonly unknown: readonly SplitLine[];
}

export interface SplitLine {
  readonly path: string;
  readonly part: string;
  /** From 1. */
  readonly line: number;
}

/** Divides the images as the file says; those it does not name are learned from. */
export async function readSplitFile(
  folder: DatasetFolder,
  layout: ImageFolderLayout,
  signal: AbortSignal,
): Promise<SplitFile> {
  const lines = parseLines(await folder.text(splitFileName, signal));
  const known = new Set(imagesOf(layout.train).map(({ path }) => path));
  const parts = new Map(lines.flatMap(({ path, part }) => (isPartName(part) ? [[path, part] as const] : [])));
  const pick = (wanted: PartName): ImagePart => {
    const classes = [...layout.train.classes].map(
      ([name, images]) =>
        [name, images.filter(({ path }) => (parts.get(path) ?? 'train') === wanted)] as const,
    );
    return {
      folder: layout.train.folder,
      classes: new Map(classes.filter(([, images]) => images.length > 0)),
    };
  };
  const [val, test] = [pick('val'), pick('test')].filter(({ classes }) => classes.size > 0);
  return {
    layout: { train: pick('train'), ...(val && { val }), ...(test && { test }), loose: layout.loose },
    missing: lines.filter(({ path }) => !known.has(path)),
    unknown: lines.filter(({ part }) => !isPartName(part)),
  };
}

export function formatSplitFile(layout: ImageFolderLayout): string {
  const lines = partNames.flatMap((part) =>
    imagesOf(layout[part]).map(({ path }) => ({ path, line: `${toCell(path)},${part}` })),
  );
  const sorted = lines.sort((a, b) => (a.path < b.path ? -1 : 1)).map(({ line }) => line);
  return `${['path,part', ...sorted].join('\n')}\n`;
}

function parseLines(text: string): SplitLine[] {
  const rows = parse(text, {
    bom: true,
    trim: true,
    relax_quotes: true,
    relax_column_count: true,
    skip_empty_lines: true,
    info: true,
  }) as unknown as readonly { readonly record: readonly string[]; readonly info: { lines: number } }[];
  return rows
    .map(({ record, info }) => ({ path: record[0] ?? '', part: record[1] ?? '', line: info.lines }))
    .filter(({ path, part, line }) => line > 1 || path !== 'path' || part !== 'part');
}

function isPartName(text: string): text is PartName {
  return partNames.some((name) => name === text);
}

function toCell(text: string): string {
  return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
