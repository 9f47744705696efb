import { findLayout, isImageFile, type ImageFolderLayout } from '../datasets/imageFolder/layout.js';
import type { DatasetFile, DatasetFolder } from '../datasets/datasetFolder.js';
import { findTables } from '../datasets/tableFile.js';
import { textOf } from '../parameterValues.js';
import type { Fit, Parameters } from '../recipe.js';

export type DataKind = 'images' | 'table';

/** Fewer folders are a pile of images, not classes. */
const fewestClasses = 2;

/**
 * What the recipe learns from in this folder: what was asked for, else images of at least two classes, else a table.
 * runtime/recipes/pytorch_train.py decides by the same rule.
 */
export async function dataKindOf(
  folder: DatasetFolder,
  given: Parameters,
  signal: AbortSignal,
): Promise<DataKind> {
  const asked = textOf(given, 'data');
  if (asked === 'images' || asked === 'table') return asked;
  const layout = findLayout(await folder.files(signal));
  if (layout && layout.train.classes.size >= fewestClasses) return 'images';
  return (await findTables(folder, signal)).length > 0 ? 'table' : 'images';
}

/** Class folders of images; not the images of another task, which have a text each or a file that lists them. */
export async function detectImageFolder(
  folder: DatasetFolder,
  signal: AbortSignal,
): Promise<Fit | undefined> {
  const files = await folder.files(signal);
  const layout = findLayout(files);
  if (!layout || layout.train.classes.size < fewestClasses) return undefined;
  if (files.some(({ path }) => /(^|\/)data\.ya?ml$/i.test(path)) || haveTexts(files)) return undefined;
  return { score: 0.7, why: `has images of ${layout.train.classes.size} classes${partsOf(layout)}` };
}

/** Whether most images have a text of the same name beside them: captions or boxes. */
function haveTexts(files: readonly DatasetFile[]): boolean {
  const texts = new Set(
    files.filter(({ path }) => /\.(txt|caption)$/i.test(path)).map(({ path }) => withoutEnding(path)),
  );
  const images = files.filter(isImageFile);
  return images.filter(({ path }) => texts.has(withoutEnding(path))).length > images.length / 2;
}

function withoutEnding(path: string): string {
  return path.slice(0, path.lastIndexOf('.'));
}

function partsOf({ train, val }: ImageFolderLayout): string {
  return val ? ` in ${train.folder} and ${val.folder}` : '';
}
