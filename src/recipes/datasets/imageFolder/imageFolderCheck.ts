import type { CheckResult, OnCheckProgress } from '../../recipe.js';
import type { DatasetFolder } from '../datasetFolder.js';
import { problem, type Problem } from '../problem.js';
import { classProblems } from './classProblems.js';
import { contentProblems, readHeaders, type ImageHeaders } from './contentProblems.js';
import { copyProblems } from './copyProblems.js';
import { emptyClassProblems } from './emptyClasses.js';
import { junkClassProblems } from './junkClasses.js';
import { findLayout, imagesOf, isForeignImageFile, isImageFile, type ImageFolderLayout } from './layout.js';
import { looseProblem, nameProblems } from './placeProblems.js';
import { splitBySeed, splitFileName, type SplitOptions } from './split.js';
import { divideByFile, noSplitProblem, type DividedLayout } from './splitProblems.js';
import { countOf } from '../wording.js';

export interface ImageFolderOptions extends SplitOptions {
  /** The trainer numbers the classes of the validation part by themselves, so that none may be missing there. */
  readonly valNeedsEveryClass?: boolean;
  /** What to do about classes of very different size, besides adding images. */
  readonly balanceFix?: string;
}

export interface ImageFolderCheck extends CheckResult {
  /** As it will be trained on, with the images that are held back; absent when there is nothing to train on. */
  readonly layout?: ImageFolderLayout;
  /** Width and height, in pixels, that half of the images do not exceed; absent when no header could be read. */
  readonly medianSize?: { readonly width: number; readonly height: number };
}

/**
 * Finds out everything that would make an image classifier on this folder fail or disappoint. Reads the names, the
 * headers of the images, and whole files only where two could be the same.
 */
export async function checkImageFolder(
  folder: DatasetFolder,
  options: ImageFolderOptions,
  signal: AbortSignal,
  onProgress?: OnCheckProgress,
): Promise<ImageFolderCheck> {
  const files = await folder.files(signal);
  const found = findLayout(files);
  if (!found) return { problems: [noClasses(files)], summary: { images: files.filter(isImageFile).length } };

  const { layout, problems, split } = await divide(folder, found, options, signal);
  const headers = await readHeaders(folder, layout, signal, onProgress);
  const foreign = files.filter(isForeignImageFile);
  const all = [
    ...problems,
    ...looseProblem(layout),
    ...(await junkClassProblems(folder, layout)),
    ...(await emptyClassProblems(folder, layout, signal)),
    ...nameProblems(layout),
    ...classProblems(layout, options),
    ...contentProblems(layout, headers, foreign),
    ...(await copyProblems(folder, layout, signal)),
  ];
  return { problems: all, summary: summarize(layout, split, headers), layout, ...medianOf(headers) };
}

async function divide(
  folder: DatasetFolder,
  found: ImageFolderLayout,
  options: ImageFolderOptions,
  signal: AbortSignal,
): Promise<DividedLayout> {
  if (found.val) return { layout: found, problems: [], split: found.val.folder };
  if (await folder.find(splitFileName, signal)) return divideByFile(folder, found, options, signal);
  const layout = splitBySeed(found, options);
  return { layout, problems: [noSplitProblem(folder, layout, options)], split: 'by seed' };
}

function noClasses(files: readonly { readonly path: string; readonly bytes: number }[]): Problem {
  const [first, ...others] = files.filter(isImageFile);
  if (first) {
    const message =
      others.length === 0
        ? `The only image, ${first.path}, lies outside of class folders.`
        : `All ${countOf(others.length + 1, 'image')} lie outside of class folders, ${first.path} for one.`;
    const fix = 'Put the images of every class into a folder of their own.';
    return problem('error', 'images.no-classes', message, { file: first.path, fix });
  }
  const foreign = files.find(isForeignImageFile);
  if (foreign) {
    const message = `The folder holds no JPEG, PNG, BMP, TIFF, PPM or WebP image; ${foreign.path} is of another format.`;
    return problem('error', 'images.missing', message, {
      file: foreign.path,
      fix: 'Convert it to JPEG or PNG.',
    });
  }
  const fix = 'Put the images of every class into a folder of their own, or choose another recipe.';
  return problem('error', 'images.missing', 'The folder holds no images.', { fix });
}

function summarize(layout: ImageFolderLayout, split: string, headers: ImageHeaders): CheckResult['summary'] {
  const { medianSize } = medianOf(headers);
  return {
    images: imagesOf(layout.train).length + imagesOf(layout.val).length + imagesOf(layout.test).length,
    classes: [...layout.train.classes.keys()],
    train: imagesOf(layout.train).length,
    val: imagesOf(layout.val).length,
    ...(layout.test && { test: imagesOf(layout.test).length }),
    split,
    ...(medianSize && { medianSize: `${medianSize.width} × ${medianSize.height}` }),
  };
}

function medianOf(headers: ImageHeaders): Pick<ImageFolderCheck, 'medianSize'> {
  if (headers.widths.length === 0) return {};
  return { medianSize: { width: median(headers.widths), height: median(headers.heights) } };
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor((values.length - 1) / 2)] ?? 0;
}
