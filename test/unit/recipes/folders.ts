import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { DatasetFolder } from '../../../src/recipes/datasets/datasetFolder.js';
import { parseParameters } from '../../../src/recipes/parameters.js';
import type { CheckResult, Recipe } from '../../../src/recipes/recipe.js';
import { type CleanUp, tempDir } from '../../support/tempDir.js';

export type Files = Readonly<Record<string, string | Buffer>>;

export const never = new AbortController().signal;

/** A folder on disk with these files, removed when the test is over. */
export async function folderWith(test: CleanUp, files: Files): Promise<string> {
  const root = await tempDir(test);
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), content);
  }
  return root;
}

export async function openFolder(test: CleanUp, files: Files): Promise<DatasetFolder> {
  return DatasetFolder.open(await folderWith(test, files), never);
}

/** What the recipe finds in a folder with these files. */
export async function checkFiles(
  test: CleanUp,
  recipe: Recipe,
  files: Files,
  given: Readonly<Record<string, unknown>> = {},
): Promise<CheckResult> {
  return recipe.check(await openFolder(test, files), parseParameters(recipe, given), never);
}

/** The problems as a person reads them: `error table.empty: data.csv is empty. → Give it …`. */
export function sentences(result: CheckResult): string[] {
  return result.problems.map(({ severity, code, message, fix }) =>
    [`${severity} ${code}: ${message}`, ...(fix === null ? [] : [fix])].join(' → '),
  );
}
