import { dirname, isAbsolute, relative, sep } from 'node:path';
import type { RunFile, RunFileContent } from '../../jobs/jobFile.js';
import type { Place } from '../../jobs/job.js';
import { formatPlace } from '../../jobs/place.js';
import type { TrainRequest } from '../../jobs/plan.js';
import { changedParameters, parseParameters } from '../../recipes/parameters.js';
import type { Parameters, ParameterValue, Recipe } from '../../recipes/recipe.js';

/** What the user has chosen so far in the launch flow. Plain data; an answer makes another. */
export interface RunDraft {
  /** Absolute path of the dataset folder. */
  readonly dataset: string;
  /** The trainyard.yaml the flow began with. */
  readonly file: RunFile | null;
  readonly recipe: Recipe;
  readonly place: Place;
  /** What differs from the defaults and from the file. */
  readonly changed: Parameters;
}

/** What the file says counts only for the recipe it was written for. */
export function fileOf({ file, recipe }: Pick<RunDraft, 'file' | 'recipe'>): RunFile | null {
  return file?.recipe === undefined || file.recipe === recipe.id ? file : null;
}

/** Every parameter with the value it would run with. */
export function valuesOf(draft: RunDraft): Parameters {
  return parseParameters(draft.recipe, givenOf(draft));
}

/** Another recipe has other parameters: those that were changed for the earlier one are forgotten. */
export function withRecipe(draft: RunDraft, recipe: Recipe): RunDraft {
  return recipe.id === draft.recipe.id ? draft : { ...draft, recipe, changed: {} };
}

export function withParameter(draft: RunDraft, name: string, value: ParameterValue): RunDraft {
  return { ...draft, changed: { ...draft.changed, [name]: value } };
}

/** Takes back what was changed: the default counts again, or the file. */
export function withoutParameter(draft: RunDraft, name: string): RunDraft {
  const rest = Object.entries(draft.changed).filter(([other]) => other !== name);
  return { ...draft, changed: Object.fromEntries(rest) };
}

/** @param defaultTo folder for the model when the file does not say */
export function toRequest(draft: RunDraft, defaultTo: string): TrainRequest {
  const { dataset, recipe, place, changed } = draft;
  return {
    path: fileOf(draft)?.path ?? dataset,
    recipe: recipe.id,
    parameters: changed,
    provider: formatPlace(place),
    identityFiles: place.identityFiles,
    defaultTo,
  };
}

/** What a trainyard.yaml beside or above the dataset says of this draft: only what differs from the defaults. */
export function toRunFile(draft: RunDraft, name: string, path: string): RunFileContent {
  const defaults = parseParameters(draft.recipe, {});
  const given = Object.entries(givenOf(draft)).filter(([key, value]) => value !== defaults[key]);
  return {
    name,
    dataset: relativeTo(dirname(path), draft.dataset),
    recipe: draft.recipe.id,
    params: Object.fromEntries(given),
    resources: { providers: [formatPlace(draft.place)] },
  };
}

function givenOf(draft: RunDraft): Parameters {
  return changedParameters(draft.recipe, fileOf(draft)?.params ?? {}, draft.changed);
}

/** With `/` on every system, so that the file means the same everywhere. */
function relativeTo(folder: string, path: string): string {
  const way = relative(folder, path).split(sep).join('/');
  return way === '' ? '.' : way.startsWith('..') || isAbsolute(way) ? way : `./${way}`;
}
