import { mkdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DatasetFolder } from '../../src/recipes/datasets/datasetFolder.js';
import { parseParameters } from '../../src/recipes/parameters.js';
import type { Recipe } from '../../src/recipes/recipe.js';
import { ensureEnvironment } from '../../src/remote/environment.js';
import { LocalHost } from '../../src/remote/localHost.js';
import { RuntimeFiles } from '../../src/remote/runtimeFiles.js';
import { type CleanUp, tempDir } from './tempDir.js';

const repository = fileURLToPath(new URL('../../', import.meta.url));
const never = new AbortController().signal;

/** Trainyard's folder of all tests that need packages: kept between runs, so that each is installed once. */
const shared = join(repository, '.cache', 'trainyard');

/**
 * The python that has what a recipe needs for a dataset folder, made by the product itself. Test files that ask at
 * the same time wait for each other.
 * @param parameters as a user gives them; the recipe's defaults are filled in
 */
export async function recipePython(
  recipe: Recipe,
  folder: string,
  parameters: Readonly<Record<string, unknown>> = {},
): Promise<string> {
  const dataset = await DatasetFolder.open(folder, never);
  const needed = await recipe.environment(dataset, parseParameters(recipe, parameters), never);
  const host = new LocalHost({ root: shared });
  const runtime = new RuntimeFiles(join(repository, 'runtime'));
  const { python } = await ensureEnvironment(host, runtime, needed, () => undefined, never);
  return python;
}

/** An empty home for whole jobs, whose environments (and the uv that makes them) are those of {@link recipePython}. */
export async function homeWithEnvironments(test: CleanUp): Promise<string> {
  const home = await tempDir(test);
  for (const folder of ['envs', 'tools']) {
    await mkdir(join(shared, folder), { recursive: true });
    await symlink(join(shared, folder), join(home, folder));
  }
  return home;
}
