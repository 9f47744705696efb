import { stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { InputError, messageOf } from '../../errors.js';
import { readRunFile, type RunFile } from '../../jobs/jobFile.js';
import type { Place } from '../../jobs/job.js';
import { parseWhere } from '../../jobs/place.js';
import { DatasetFolder } from '../../recipes/datasets/datasetFolder.js';
import { detectRecipes, findRecipe, recipes, type DetectedRecipe } from '../../recipes/index.js';
import { parseParameters } from '../../recipes/parameters.js';
import type { Recipe } from '../../recipes/recipe.js';
import type { Trainyard } from '../../trainyard.js';
import type { RunDraft } from './runDraft.js';

/** What the flow begins with. */
export interface Opening {
  readonly draft: RunDraft;
  readonly detected: readonly DetectedRecipe[];
}

/**
 * Reads what was chosen: a dataset folder, which may hold a trainyard.yaml for itself, or such a file.
 * @throws {InputError} there is nothing to train on, or the file is wrong
 */
export async function openForTraining(
  path: string,
  engine: Trainyard,
  signal: AbortSignal,
): Promise<Opening> {
  const file = await runFileFor(resolve(path));
  const folder = await DatasetFolder.open(file?.dataset ?? path, signal);
  const detected = await detectRecipes(folder, signal);
  const recipe = file?.recipe === undefined ? (detected[0]?.recipe ?? recipes[0]) : findRecipe(file.recipe);
  if (!recipe) throw new InputError('This installation of Trainyard has no recipes. Install it again.');
  if (file) refuseWrongParameters(file, recipe);
  const place = await placeIn(file, engine);
  return { draft: { dataset: folder.path, file, recipe, place, rental: null, changed: {} }, detected };
}

/** The first place that a file names. What is rented of a cloud is chosen later. */
async function placeIn(file: RunFile | null, engine: Trainyard): Promise<Place> {
  const { own, clouds } = parseWhere(file?.providers ?? [], {
    clouds: engine.providers.clouds,
    knownHosts: await engine.sshHosts.list(),
    identityFiles: [],
  });
  const [first] = own;
  if (first) return first;
  return { provider: clouds[0]?.id ?? 'local', destination: null, identityFiles: [] };
}

function refuseWrongParameters({ path, recipe: id, params }: RunFile, recipe: Recipe): void {
  try {
    parseParameters(recipe, params);
  } catch (cause) {
    const hint = id === undefined ? ` (for the recipe ${recipe.id})` : '';
    throw new InputError(`${path}: ${messageOf(cause)}${hint}`, { cause });
  }
}

/** A file that is chosen itself, or one in the chosen folder that is about that folder. */
async function runFileFor(path: string): Promise<RunFile | null> {
  if (await isFile(path)) return readRunFile(path);
  const inside = join(path, 'trainyard.yaml');
  if (!(await isFile(inside))) return null;
  const file = await readRunFile(inside);
  return file.dataset === path ? file : null;
}

async function isFile(path: string): Promise<boolean> {
  return stat(path).then(
    (stats) => stats.isFile(),
    () => false,
  );
}
