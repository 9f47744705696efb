import { posix } from 'node:path';
import { nearestName } from '../../../../nearest.js';
import type { DatasetFolder } from '../../datasetFolder.js';
import type { Repair } from '../../problem.js';
import { partNames, type DataYaml, type PartName } from '../dataYaml.js';
import type { FileIndex } from '../fileIndex.js';
import { isImagePath } from '../imagePaths.js';
import { resolvePlace } from '../parts.js';
import { withValues } from './editYaml.js';
import { replaceFiles } from '../../replaceFiles.js';

const otherNames: Readonly<Record<PartName, readonly string[]>> = {
  train: ['train', 'training'],
  val: ['val', 'valid', 'validation'],
  test: ['test', 'testing'],
};

/** Points a line of data.yaml at the folder that was most likely meant; `undefined` when none is likely. */
export function correctPath(
  folder: DatasetFolder,
  index: FileIndex,
  yaml: DataYaml,
  part: PartName,
  value: string,
): Repair | undefined {
  const meant = likelyFolder(index, yaml, part, value);
  // A list of several folders is not guessed at.
  if (meant === undefined || yaml.parts[part]?.length !== 1) return undefined;
  const root = posix.join(yaml.folder, rootInside(index, yaml) ?? '');
  const written = posix.relative(root, meant);
  return {
    title: `Set \`${part}:\` to ${written}`,
    changes: [yaml.file],
    async apply(signal) {
      const key = part === 'val' && yaml.lineOf('val') === yaml.lineOf('validation') ? 'validation' : part;
      await replaceFiles(
        folder.path,
        new Map([[yaml.file, await withValues(folder, yaml.file, { [key]: written }, signal)]]),
        signal,
      );
      return `\`${part}:\` of ${yaml.file} is now ${written}.`;
    },
  };
}

/** `path:`, when it is a folder of the dataset. */
function rootInside(index: FileIndex, yaml: DataYaml): string | undefined {
  const { root } = yaml;
  if (root === undefined || posix.isAbsolute(root)) return undefined;
  const place = posix.normalize(posix.join(yaml.folder, root)).replace(/\/$/, '');
  return !place.startsWith('..') && index.hasFolder(place === '.' ? '' : place) ? root : undefined;
}

function likelyFolder(index: FileIndex, yaml: DataYaml, part: PartName, value: string): string | undefined {
  const taken = partNames
    .filter((name) => name !== part)
    .flatMap((name) => yaml.parts[name] ?? [])
    .map((other) => resolvePlace(index, yaml, other)?.path);
  const folders = imageFolders(index).filter((candidate) => !taken.includes(candidate));
  const wanted = value
    .trim()
    .replaceAll('\\', '/')
    .replace(/^['"]+|['"]+$/g, '')
    .replace(/^(\.{0,2}\/)+|\/+$/g, '');
  const names = variantsOf(wanted, part).map((name) => posix.join(yaml.folder, name));
  return names.find((name) => folders.includes(name)) ?? nearestName(wanted, folders);
}

/** `images/valid` may also be called `images/val` or `val/images`. */
function variantsOf(wanted: string, part: PartName): string[] {
  const known = otherNames[part];
  const renamed = known.map((name) =>
    wanted
      .split('/')
      .map((word) => (known.includes(word.toLowerCase()) ? name : word))
      .join('/'),
  );
  const usual = known.flatMap((name) => [`images/${name}`, `${name}/images`]);
  return [wanted, ...renamed, ...usual];
}

/** Every folder that holds images right inside. */
function imageFolders(index: FileIndex): string[] {
  const images = index.below('').filter(({ path }) => isImagePath(path));
  return [...new Set(images.map(({ path }) => posix.dirname(path)))];
}
