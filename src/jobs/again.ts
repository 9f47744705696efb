import { findRecipe } from '../recipes/index.js';
import { changedParameters } from '../recipes/parameters.js';
import type { JobSpec } from './job.js';
import { formatPlace } from './place.js';
import type { TrainRequest } from './plan.js';

/**
 * What has to be asked for to run a job once more as a job of its own: same dataset, recipe, parameters and place.
 * @param changes parameters that are to be different, as values or as typed
 * @throws {InputError} this version does not have the recipe
 */
export function requestAgain(spec: JobSpec, changes: Readonly<Record<string, unknown>>): TrainRequest {
  const { dataset, name, recipe, parameters, place, limits, results } = spec;
  return {
    path: dataset,
    name,
    recipe,
    parameters: changedParameters(findRecipe(recipe), parameters, changes),
    provider: formatPlace(place),
    identityFiles: place.identityFiles,
    hours: limits.hours ?? undefined,
    stallMinutes: limits.stallMinutes ?? undefined,
    to: results.to,
    checkpoints: results.checkpoints,
    defaultTo: results.to,
  };
}
