import { stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { InputError, messageOf } from '../../errors.js';
import { readRunFile, type RunFile } from '../../jobs/jobFile.js';
import type { JobSpec, Place } from '../../jobs/job.js';
import { parseWhere } from '../../jobs/place.js';
import type { TrainRequest } from '../../jobs/plan.js';
import { mergeWishes } from '../../jobs/wish.js';
import { DatasetFolder } from '../../recipes/datasets/datasetFolder.js';
import { detectRecipes, findRecipe, recipes, type DetectedRecipe } from '../../recipes/index.js';
import { parseParameters } from '../../recipes/parameters.js';
import type { Recipe } from '../../recipes/recipe.js';
import type { Trainyard } from '../../trainyard.js';
import type { Basis, RunDraft } from './runDraft.js';

/** What the flow begins with. */
export interface Opening {
  /** Where questions before the first are answered already, they can be gone back to. */
  readonly first: 'recipe' | 'parameters';
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
  const draft = { dataset: folder.path, basis: file, recipe, place, rental: null, changed: {} };
  return { first: 'recipe', draft, detected };
}

/**
 * Everything as an earlier job had it, parameters first: they are what another run is about.
 * @throws {InputError} its dataset is gone, or this version does not have its recipe
 */
export async function openAgain(
  spec: JobSpec,
  engine: Pick<Trainyard, 'again'>,
  signal: AbortSignal,
): Promise<Opening> {
  const basis = toBasis(spec, await engine.again(spec.id, {}));
  const folder = await DatasetFolder.open(spec.dataset, signal);
  const detected = await detectRecipes(folder, signal);
  const recipe = findRecipe(spec.recipe);
  const draft = { dataset: folder.path, basis, recipe, place: spec.place, rental: null, changed: {} };
  return { first: 'parameters', draft, detected };
}

const toBasis = ({ parameters }: JobSpec, request: TrainRequest): Basis => ({
  path: null,
  name: request.name,
  recipe: request.recipe,
  params: parameters,
  providers: request.providers ?? [],
  ...mergeWishes(request, undefined),
  hours: request.hours,
  budget: request.budget,
  keepMinutes: request.keepMinutes,
  stallMinutes: request.stallMinutes,
  to: request.to,
  checkpoints: request.checkpoints,
});

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
