import type { CheckResult, OnCheckProgress } from '../../recipe.js';
import type { DatasetFolder } from '../datasetFolder.js';
import { folderProblems } from '../folderProblems.js';
import { problem, type Problem } from '../problem.js';
import { captionProblems, type CaptionSettings } from './captionProblems.js';
import { pairUp, type CaptionedImage } from './pairing.js';
import { duplicateProblem, passedOverProblem, pictureProblems, readPictures } from './pictureProblems.js';

export interface CaptionedImagesSettings extends CaptionSettings {
  /** What captions end in, without the dot. */
  readonly captionEnding: string;
  /** The lowest resolution the images are learned at. */
  readonly smallestSidePx: number;
  readonly steps: number;
}

const fewImages = 8;
const manyImages = 500;
/** A hundred steps an image is where people begin; far from it is worth a word. */
const fewStepsPerImage = 20;
const manyStepsPerImage = 500;

/** Everything about a folder of images with captions that would make a LoRA fail or disappoint. */
export async function checkCaptionedImages(
  folder: DatasetFolder,
  settings: CaptionedImagesSettings,
  signal: AbortSignal,
  onProgress: OnCheckProgress = () => undefined,
): Promise<CheckResult> {
  const general = await folderProblems(folder, signal);
  if (general.some(({ severity }) => severity === 'error')) return { problems: general, summary: {} };
  const pairing = await pairUp(folder, settings.captionEnding, signal);
  const { images, otherImages } = pairing;
  const passedOver = passedOverProblem(otherImages, images.length);
  if (images.length === 0) {
    const problems = [...general, ...(passedOver.length > 0 ? passedOver : [noImages(folder)])];
    return { problems, summary: { images: 0 } };
  }
  const files = images.map(({ file }) => file);
  const pictures = await readPictures(folder, files, signal, (done) => onProgress(done, files.length));
  const captions = await captionProblems(folder, pairing, settings, signal);
  const problems = [
    ...general,
    ...passedOver,
    ...pictureProblems(pictures, settings.smallestSidePx),
    ...captions.problems,
    ...kohyaFolders(images),
    ...countProblem(images.length),
    ...stepsProblem(images.length, settings.steps),
    ...(await duplicateProblem(folder, files, signal)),
  ];
  return { problems, summary: { images: images.length, captions: captions.count } };
}

function noImages(folder: DatasetFolder): Problem {
  const fix = 'Choose the folder that holds them, each with a text of the same name beside it.';
  return problem('error', 'images.none', `There is no jpg, png or webp image in ${folder.path}.`, { fix });
}

/** kohya's `40_ohwx man`: how often, and what it is. Here it is a folder like any other. */
function kohyaFolders(images: readonly CaptionedImage[]): Problem[] {
  const found = images.map(({ file }) => /(?:^|\/)(\d+_[^/]+)\//.exec(file.path)?.[1]).find(Boolean);
  if (found === undefined) return [];
  const message = `The folder ${found} is named as kohya's scripts want it; here neither its number nor its words count.`;
  const fix = 'Set trigger to its word, and steps to how long you want to train.';
  return [problem('warning', 'images.kohya-folder', message, { file: found, fix })];
}

function countProblem(count: number): Problem[] {
  if (count < fewImages) {
    const message = `${count} ${count === 1 ? 'image is' : 'images are'} few; 10 to 30 good ones are usual.`;
    return [problem('hint', 'images.few', message)];
  }
  if (count <= manyImages) return [];
  const message = `${count.toLocaleString('en-US')} images are many for a LoRA; 10 to 30 good ones are usual.`;
  return [problem('hint', 'images.many', message)];
}

function stepsProblem(count: number, steps: number): Problem[] {
  const perImage = steps / count;
  if (perImage >= fewStepsPerImage && perImage <= manyStepsPerImage) return [];
  const message = `${steps.toLocaleString('en-US')} steps are ${Math.max(1, Math.round(perImage)).toLocaleString('en-US')} an image; about 100 are a common start.`;
  return [problem('hint', 'images.steps', message)];
}
