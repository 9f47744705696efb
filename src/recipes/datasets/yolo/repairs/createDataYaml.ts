import { posix } from 'node:path';
import { stringify } from 'yaml';
import type { DatasetFile, DatasetFolder } from '../../datasetFolder.js';
import type { Repair } from '../../problem.js';
import { partNames, type PartName } from '../dataYaml.js';
import { FileIndex } from '../fileIndex.js';
import { isImagePath, labelPathOf } from '../imagePaths.js';
import { countOf } from '../../wording.js';
import { replaceFiles } from '../../replaceFiles.js';

/** Lists of class names that labelling tools leave beside the labels. */
const nameLists = /(^|\/)(classes|obj|predefined_classes|labels)\.(txt|names)$/i;
const partWords: Readonly<Record<string, PartName>> = {
  train: 'train',
  training: 'train',
  val: 'val',
  valid: 'val',
  validation: 'val',
  test: 'test',
  testing: 'test',
};

/** Folders with images by the part their names say; images without such a word are there to learn from. */
export function partFolders(files: readonly DatasetFile[]): Partial<Record<PartName, string[]>> {
  const folders = new Set(
    files.filter(({ path }) => isImagePath(path)).map(({ path }) => posix.dirname(path)),
  );
  const parts: Partial<Record<PartName, string[]>> = {};
  for (const folder of [...folders].sort()) {
    const word = folder.split('/').find((name) => partWords[name.toLowerCase()] !== undefined);
    const part = partWords[word?.toLowerCase() ?? ''] ?? 'train';
    (parts[part] ??= []).push(folder);
  }
  return parts;
}

/** Writes the file that Ultralytics needs, from what the folders and the labels say. */
export function createDataYaml(folder: DatasetFolder, files: readonly DatasetFile[]): Repair {
  return {
    title: 'Create data.yaml from the folders',
    changes: [],
    async apply(signal) {
      const parts = partFolders(files);
      const names =
        (await listedNames(folder, files, signal)) ?? (await numberedNames(folder, files, signal));
      const paths = partNames.flatMap((part) => {
        const [first, ...others] = parts[part] ?? [];
        if (first === undefined) return [];
        return [[part, others.length === 0 ? first : [first, ...others]] as const];
      });
      const content = stringify({ ...Object.fromEntries(paths), names });
      await replaceFiles(folder.path, new Map([['data.yaml', content]]), signal);
      return `Wrote data.yaml with ${countOf(names.length, 'name')}; look whether they are right.`;
    },
  };
}

/** Names as a labelling tool has left them. */
async function listedNames(
  folder: DatasetFolder,
  files: readonly DatasetFile[],
  signal: AbortSignal,
): Promise<string[] | undefined> {
  const list = files.find(({ path }) => nameLists.test(path));
  if (!list) return undefined;
  const names = (await folder.text(list.path, signal)).split('\n').map((line) => line.trim());
  const known = names.filter((name) => name !== '');
  return known.length > 0 ? known : undefined;
}

/** `class_0`, `class_1`, …: as many as the labels use. */
async function numberedNames(
  folder: DatasetFolder,
  files: readonly DatasetFile[],
  signal: AbortSignal,
): Promise<string[]> {
  const index = new FileIndex(files);
  let highest = 0;
  for (const { path } of files) {
    signal.throwIfAborted();
    const label = isImagePath(path) ? index.get(labelPathOf(path)) : undefined;
    if (!label) continue;
    for (const line of (await folder.text(label.path, signal)).split('\n')) {
      const id = Number(line.trim().split(/\s+/)[0]);
      if (Number.isInteger(id)) highest = Math.max(highest, id);
    }
  }
  return Array.from({ length: highest + 1 }, (_, id) => `class_${id}`);
}
