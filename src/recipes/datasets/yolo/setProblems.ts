import { createHash } from 'node:crypto';
import { basename } from 'node:path';
import type { DatasetFile, DatasetFolder } from '../datasetFolder.js';
import { problem, type Problem } from '../problem.js';
import { inParallel } from '../inParallel.js';
import type { LabelTally } from './labelTally.js';
import type { Part } from './parts.js';
import { countOf, listOf } from '../wording.js';

/** A class with fewer boxes is hardly learned. */
const fewBoxes = 10;
/** Images of one size that begin like this are the same; cameras write more than this before the picture. */
const comparedBytes = 64 * 1024;

/** Images to learn from that are also validated on. */
export async function overlapProblems(
  folder: DatasetFolder,
  train: Part,
  val: Part,
  signal: AbortSignal,
): Promise<Problem[]> {
  const learned = new Set(train.images.map(({ path }) => path));
  const same = val.images.filter(({ path }) => learned.has(path)).map(({ path }) => path);
  const copies = same.length > 0 ? same : await findCopies(folder, train.images, val.images, signal);
  const [first] = copies;
  if (first === undefined) return [];
  const message = `${countOf(copies.length, 'image')} ${copies.length === 1 ? 'is' : 'are'} in both train and val (first ${first}): the score will look too good.`;
  return [
    problem('warning', 'yolo.in-both', message, { file: first, fix: 'Leave each image in one of them.' }),
  ];
}

/** Images of `val` whose content is also in `train`; only those of the same size are read. */
async function findCopies(
  folder: DatasetFolder,
  train: readonly DatasetFile[],
  val: readonly DatasetFile[],
  signal: AbortSignal,
): Promise<string[]> {
  const sizes = new Set(val.map(({ bytes }) => bytes));
  const candidates = train.filter(({ bytes }) => sizes.has(bytes));
  const learned = new Set(candidates.map(({ bytes }) => bytes));
  const digests = new Set<string>();
  const digestOf = async ({ path, bytes }: DatasetFile): Promise<string> => {
    const head = await folder.head(path, Math.min(bytes, comparedBytes));
    return `${bytes}:${createHash('sha1').update(head).digest('base64')}`;
  };
  await inParallel(candidates, async (image) => void digests.add(await digestOf(image)), signal);
  const copies: string[] = [];
  const compare = async (image: DatasetFile): Promise<void> => {
    if (digests.has(await digestOf(image))) copies.push(image.path);
  };
  await inParallel(
    val.filter(({ bytes }) => learned.has(bytes)),
    compare,
    signal,
  );
  return copies.sort();
}

/** Classes with few boxes, or none. */
export function balanceProblems(names: readonly string[], train: LabelTally): Problem[] {
  if (train.boxes === 0) return [];
  const few = names
    .map((name, id) => ({ name, count: train.boxesOfClass.get(id) ?? 0 }))
    .filter(({ count }) => count < fewBoxes)
    .sort((a, b) => a.count - b.count);
  const [first, ...others] = few;
  if (!first) return [];
  const has = first.count === 0 ? 'no boxes' : `only ${first.count} ${first.count === 1 ? 'box' : 'boxes'}`;
  const message =
    others.length === 0
      ? `Class ${first.name} has ${has}.`
      : `Class ${first.name} has ${has}, and ${countOf(others.length, 'other')} fewer than ${fewBoxes} (${listOf(others.map(({ name }) => name))}).`;
  return [problem('hint', 'yolo.few-boxes', message, { fix: 'Label more of them, or leave the class out.' })];
}

/** Label files beside the used ones that belong to no image: a name was misspelt. */
export function orphanProblem(labels: readonly DatasetFile[]): Problem[] {
  const [first] = labels;
  if (!first) return [];
  const message = `${countOf(labels.length, 'label file')} ${labels.length === 1 ? 'belongs' : 'belong'} to no image (first ${first.path}).`;
  const fix = `An image and its labels have the same name: ${basename(first.path, '.txt')}.jpg and ${basename(first.path)}.`;
  return [problem('hint', 'yolo.orphans', message, { file: first.path, fix })];
}
