import { DatasetFolder } from '../../../../../src/recipes/datasets/datasetFolder.js';
import type { Problem } from '../../../../../src/recipes/datasets/problem.js';
import {
  checkYolo,
  type YoloCheck,
  type YoloWish,
} from '../../../../../src/recipes/datasets/yolo/yoloCheck.js';
import type { CleanUp } from '../../../../support/tempDir.js';
import { folderWith, never, sentences, type Files } from '../../folders.js';
import { pngFile } from '../pngFile.js';

/** Twelve boxes of two classes: enough of each that nothing is said about their number. */
const boxes = Array.from({ length: 12 }, (_, at) => `${at % 2} 0.5 0.${at + 10} 0.2 0.1\n`).join('');
export const dataYaml = 'train: images/train\nval: images/val\nnames: [cat, dog]\n';

/** Two images to learn from and one to validate on, with labels; nothing is wrong with them. */
export const goodFolder: Files = {
  'data.yaml': dataYaml,
  'images/train/a.png': pngFile(64, 48, { gray: 10 }),
  'images/train/b.png': pngFile(64, 48, { gray: 20 }),
  'images/val/c.png': pngFile(64, 48, { gray: 30 }),
  'labels/train/a.txt': boxes,
  'labels/train/b.txt': boxes,
  'labels/val/c.txt': boxes,
};

/** The good folder with other or more files; `undefined` leaves one out. */
export function variant(changes: Readonly<Record<string, string | Buffer | undefined>>): Files {
  const entries = Object.entries({ ...goodFolder, ...changes });
  return Object.fromEntries(
    entries.flatMap(([path, content]) => (content === undefined ? [] : [[path, content] as const])),
  );
}

const anyTask: YoloWish = { data: '', task: undefined, singleClass: false };

export async function checkAt(root: string, wish: Partial<YoloWish> = {}): Promise<YoloCheck> {
  return checkYolo(await DatasetFolder.open(root, never), { ...anyTask, ...wish }, never);
}

export async function check(t: CleanUp, files: Files, wish: Partial<YoloWish> = {}): Promise<YoloCheck> {
  return checkAt(await folderWith(t, files), wish);
}

/** The problems of the good folder with these changes, as a person reads them. */
export async function said(
  t: CleanUp,
  changes: Readonly<Record<string, string | Buffer | undefined>>,
  wish: Partial<YoloWish> = {},
): Promise<string[]> {
  return sentences(await check(t, variant(changes), wish));
}

/** Applies the repair of the problem with this code, and says what was done and what is still wrong. */
export async function repaired(
  root: string,
  code: string,
  wish: Partial<YoloWish> = {},
): Promise<{
  readonly done: string;
  readonly changes: readonly string[];
  readonly problems: readonly Problem[];
}> {
  const { problems } = await checkAt(root, wish);
  const repair = problems.find((problem) => problem.code === code)?.repair;
  if (!repair)
    throw new Error(`${code} has no repair among ${problems.map((problem) => problem.code).join(', ')}`);
  const done = await repair.apply(never);
  return { done, changes: repair.changes, problems: (await checkAt(root, wish)).problems };
}
