import { CsvError } from 'csv-parse/sync';
import type { DatasetFolder } from '../datasetFolder.js';
import { problem, type Problem, type Repair } from '../problem.js';
import { imagesOf, type ImageFolderLayout } from './layout.js';
import {
  formatSplitFile,
  readSplitFile,
  splitBySeed,
  splitFileName,
  type SplitFile,
  type SplitOptions,
} from './split.js';
import { replaceFiles } from '../replaceFiles.js';
import { countOf } from '../wording.js';

export interface DividedLayout {
  readonly layout: ImageFolderLayout;
  readonly problems: readonly Problem[];
  /** Who said which images are held back: a folder, `split.csv`, or nobody. */
  readonly split: string;
}

/** Divides the images as `split.csv` says, or by seed where it holds none back. */
export async function divideByFile(
  folder: DatasetFolder,
  found: ImageFolderLayout,
  options: SplitOptions,
  signal: AbortSignal,
): Promise<DividedLayout> {
  let file: SplitFile;
  try {
    file = await readSplitFile(folder, found, signal);
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    return { layout: splitBySeed(found, options), problems: [unreadable(error)], split: 'by seed' };
  }
  const problems = [...unknownPart(file), ...missingImages(file)];
  if (file.layout.val && file.layout.train.classes.size > 0) {
    return { layout: file.layout, problems, split: splitFileName };
  }
  return {
    layout: splitBySeed(found, options),
    problems: [...problems, nothingHeldBack(file)],
    split: 'by seed',
  };
}

/** A folder whose images nobody divided: a hint, as the training holds some back by itself. */
export function noSplitProblem(
  folder: DatasetFolder,
  divided: ImageFolderLayout,
  { testSize }: SplitOptions,
): Problem {
  const held = countOf(imagesOf(divided.val).length, 'image');
  const message = `There is no val folder; ${held} (${formatShare(testSize)} of each class) are held back to validate on.`;
  const fix = `Add a val folder, or say in ${splitFileName} which ones.`;
  return problem('hint', 'images.no-split', message, { fix, repair: writeSplit(folder, divided, testSize) });
}

function writeSplit(folder: DatasetFolder, divided: ImageFolderLayout, testSize: number): Repair {
  return {
    title: `Write down in ${splitFileName} which ${formatShare(testSize)} are held back`,
    changes: [],
    async apply(signal) {
      await replaceFiles(folder.path, new Map([[splitFileName, formatSplitFile(divided)]]), signal);
      return `${splitFileName} now says which ${countOf(imagesOf(divided.val).length, 'image')} are held back; no image was moved.`;
    },
  };
}

function unreadable(error: CsvError): Problem {
  const message = `${splitFileName} cannot be read: it has a quote that never closes.`;
  const line = 'lines' in error && typeof error.lines === 'number' ? error.lines : null;
  return problem('error', 'images.split-unreadable', message, {
    file: splitFileName,
    line,
    fix: 'Write one image a line, as in rose/1.jpg,val.',
  });
}

function unknownPart({ unknown: [first, ...others] }: SplitFile): Problem[] {
  if (!first) return [];
  const more = others.length === 0 ? '' : ` (and ${others.length} more like it)`;
  const message = `Line ${first.line} of ${splitFileName}${more} says '${first.part}', and the parts are train, val and test.`;
  const place = {
    file: splitFileName,
    line: first.line,
    fix: 'Write one image a line, as in rose/1.jpg,val.',
  };
  return [problem('error', 'images.split-part', message, place)];
}

function missingImages({ missing: [first, ...others] }: SplitFile): Problem[] {
  if (!first) return [];
  const subject = others.length === 0 ? '1 image' : countOf(others.length + 1, 'image');
  const message = `${splitFileName} names ${subject} that the folder does not have (first ${first.path}).`;
  const place = { file: splitFileName, line: first.line, fix: 'Correct the paths, or remove the lines.' };
  return [problem('warning', 'images.split-missing', message, place)];
}

function nothingHeldBack({ layout }: SplitFile): Problem {
  const message = layout.val
    ? `${splitFileName} leaves no image to learn from.`
    : `${splitFileName} holds no image back to validate on.`;
  const fix = 'Give some images the part train and some the part val.';
  return problem('error', 'images.split-empty', message, { file: splitFileName, fix });
}

function formatShare(share: number): string {
  return `${Math.round(share * 100)} %`;
}
