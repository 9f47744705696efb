import { access } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { DatasetFolder } from '../../recipes/datasets/datasetFolder.js';
import type { Problem } from '../../recipes/datasets/problem.js';

/** Files that speak for a whole dataset, the most telling first. */
const telling = [
  /^trainyard\.ya?ml$/,
  /^[^/]*\bdata(set)?\.ya?ml$/,
  /^[^/]+\.(csv|tsv|jsonl|json|parquet)(\.gz)?$/,
  /^train\.py$/,
  /^[^/]+\.py$/,
  /^README/i,
];

/**
 * The file, relative to the dataset, on which is shown what concerns the folder as a whole: the run file that was
 * checked, else the data file that other problems are about, else the most telling one.
 * @param checked what was checked: the folder or a run file
 */
export async function anchorOf(
  dataset: string,
  checked: string,
  problems: readonly Problem[],
): Promise<string> {
  if (/\.ya?ml$/i.test(checked)) return relative(dataset, checked);
  if (await exists(join(dataset, 'trainyard.yaml'))) return 'trainyard.yaml';
  const named = problems.find(({ file }) => file !== null)?.file;
  return named ?? mostTelling(await filesOf(dataset)) ?? 'trainyard.yaml';
}

/** @param files paths with `/` between the parts */
export function mostTelling(files: readonly string[]): string | undefined {
  for (const name of telling) {
    const found = files.find((file) => name.test(file));
    if (found !== undefined) return found;
  }
  return files[0];
}

/** None of a folder that is gone by now. */
async function filesOf(dataset: string): Promise<string[]> {
  const { signal } = new AbortController();
  try {
    const folder = await DatasetFolder.open(dataset, signal);
    return (await folder.files(signal)).map(({ path }) => path);
  } catch {
    return [];
  }
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
