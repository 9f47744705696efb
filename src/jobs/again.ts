import { findRecipe } from '../recipes/index.js';
import { changedParameters } from '../recipes/parameters.js';
import type { JobSpec } from './job.js';
import type { RentWish } from './rentWish.js';
import { formatPlace } from './place.js';
import type { TrainRequest } from './plan.js';
import type { Wish } from './wish.js';

/**
 * What has to be asked for to run a job once more as a job of its own: same dataset, recipe, parameters and place.
 * @param changes parameters that are to be different, as values or as typed
 * @throws {InputError} this version does not have the recipe
 */
export function requestAgain(spec: JobSpec, changes: Readonly<Record<string, unknown>>): TrainRequest {
  const { dataset, name, recipe, parameters, place, rent, limits, results } = spec;
  return {
    path: dataset,
    name,
    recipe,
    parameters: changedParameters(findRecipe(recipe), parameters, changes),
    providers: rent ? cloudsOf(rent, place.provider) : [formatPlace(place)],
    identityFiles: place.identityFiles,
    ...(rent && wishOf(rent)),
    hours: limits.hours ?? undefined,
    budget: limits.budgetUsd ?? undefined,
    stallMinutes: limits.stallMinutes ?? undefined,
    keepMinutes: limits.keepMinutes,
    to: results.to,
    checkpoints: results.checkpoints,
    defaultTo: results.to,
  };
}

/** Where nobody named a cloud, the one it was rented from. */
const cloudsOf = ({ providers }: RentWish, provider: string): readonly string[] =>
  providers.length > 0 ? providers : [provider];

function wishOf({ need }: RentWish): Wish {
  const { gpus, vramGb, count, spot, maxUsdPerHour, regions, diskGb } = need;
  return {
    gpu: gpus,
    vram: vramGb ?? undefined,
    gpus: count,
    spot: spot ?? undefined,
    maxPrice: maxUsdPerHour ?? undefined,
    regions,
    disk: diskGb,
  };
}
