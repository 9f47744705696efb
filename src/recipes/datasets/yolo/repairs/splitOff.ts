import { createHash } from 'node:crypto';
import { posix } from 'node:path';
import type { DatasetFolder } from '../../datasetFolder.js';
import type { Repair } from '../../problem.js';
import type { DataYaml } from '../dataYaml.js';
import type { Part } from '../parts.js';
import { countOf } from '../../wording.js';
import { withValues } from './editYaml.js';
import { replaceFiles } from '../../replaceFiles.js';

const share = 0.2;
const listNames = { train: 'split-train.txt', val: 'split-val.txt' } as const;

/** Lists which images are learned from and which are validated on; the images stay where they are. */
export function splitOff(folder: DatasetFolder, yaml: DataYaml, train: Part): Repair {
  return {
    title: 'Split off 20 % for validation',
    changes: [yaml.file],
    async apply(signal) {
      const held = heldBack(train.images.map(({ path }) => path));
      const kept = train.images.map(({ path }) => path).filter((path) => !held.has(path));
      const listOf = (paths: Iterable<string>): string =>
        [...paths].map((path) => `./${posix.relative(yaml.folder, path)}\n`).join('');
      const values = { train: below(yaml, listNames.train), val: below(yaml, listNames.val) };
      const files = new Map([
        [posix.join(yaml.folder, listNames.train), listOf(kept)],
        [posix.join(yaml.folder, listNames.val), listOf([...held].sort())],
        [yaml.file, await withValues(folder, yaml.file, values, signal)],
      ]);
      await replaceFiles(folder.path, files, signal);
      return `${countOf(held.size, 'image')} of ${train.images.length.toLocaleString('en-US')} are now for validation: ${listNames.val} lists them. No image was moved.`;
    },
  };
}

/** Always the same images of the same names, spread over the whole folder. */
function heldBack(paths: readonly string[]): Set<string> {
  const ranked = paths
    .map((path) => ({ path, rank: createHash('sha256').update(path).digest('hex') }))
    .sort((a, b) => (a.rank < b.rank ? -1 : 1));
  const count = Math.max(1, Math.round(paths.length * share));
  return new Set(ranked.slice(0, count).map(({ path }) => path));
}

/** A file beside data.yaml as data.yaml says it: counted from `path:` where that is a folder inside. */
function below(yaml: DataYaml, name: string): string {
  const { root } = yaml;
  if (root === undefined || posix.isAbsolute(root) || root.includes('\\')) return name;
  return posix.relative(posix.join(yaml.folder, root), posix.join(yaml.folder, name));
}
