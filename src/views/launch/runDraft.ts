import { dirname, isAbsolute, relative, sep } from 'node:path';
import { defaultRentedHours } from '../../jobs/budget.js';
import { defaultKeepMinutes } from '../../jobs/eventParser.js';
import type { JobFileContent } from '../../jobs/jobFileSchema.js';
import type { Place } from '../../jobs/job.js';
import { formatPlace } from '../../jobs/place.js';
import type { TrainRequest } from '../../jobs/plan.js';
import { mergeWishes, type Wish } from '../../jobs/wish.js';
import type { Offer } from '../../providers/cloud.js';
import { changedParameters, parseParameters } from '../../recipes/parameters.js';
import type { Parameters, ParameterValue, Recipe } from '../../recipes/recipe.js';

/** What the user has chosen so far in the launch flow. Plain data; an answer makes another. */
export interface RunDraft {
  /** Absolute path of the dataset folder. */
  readonly dataset: string;
  /** What the flow began with, where that was more than a folder. */
  readonly basis: Basis | null;
  readonly recipe: Recipe;
  readonly place: Place;
  /** What was chosen to be rented there; `null` for a machine of the user's own, and while nothing is chosen. */
  readonly rental: Rental | null;
  /** What differs from the defaults and from the basis. */
  readonly changed: Parameters;
}

/** What was said before the flow began: by a trainyard.yaml, or by the job that is run again. */
export interface Basis extends Wish {
  /** The trainyard.yaml; `null` for a job. */
  readonly path: string | null;
  readonly name: string | undefined;
  readonly recipe: string | undefined;
  readonly params: Parameters;
  readonly providers: readonly string[];
  readonly hours: number | undefined;
  /** US dollars. */
  readonly budget: number | undefined;
  readonly keepMinutes: number | undefined;
  readonly stallMinutes: number | undefined;
  /** Absolute path of the folder for the model. */
  readonly to: string | undefined;
  readonly checkpoints: boolean | undefined;
}

/** An offer that was chosen, and what the user allows it to cost. */
export interface Rental {
  readonly offer: Offer;
  /** The provider, as people call it. */
  readonly title: string;
  /** What differs from the defaults and from the basis. */
  readonly limits: { readonly [Limit in keyof RentalLimits]?: RentalLimits[Limit] | undefined };
}

export interface RentalLimits {
  /** Longest life of the machine. */
  readonly hours: number;
  /** Most that the job may cost in US dollars; `null`: what its hours cost. */
  readonly budgetUsd: number | null;
  /** How long the machine waits for somebody who collects the results. */
  readonly keepMinutes: number;
}

/** What was said before counts only for the recipe it was said for. */
export function basisOf({ basis, recipe }: Pick<RunDraft, 'basis' | 'recipe'>): Basis | null {
  return basis?.recipe === undefined || basis.recipe === recipe.id ? basis : null;
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

/** Takes back what was changed: the default counts again, or the basis. */
export function withoutParameter(draft: RunDraft, name: string): RunDraft {
  const rest = Object.entries(draft.changed).filter(([other]) => other !== name);
  return { ...draft, changed: Object.fromEntries(rest) };
}

/** The limits a machine would be rented with. */
export function limitsOf(draft: RunDraft): RentalLimits {
  const basis = basisOf(draft);
  const changed = draft.rental?.limits;
  return {
    hours: changed?.hours ?? basis?.hours ?? defaultRentedHours,
    budgetUsd: changed?.budgetUsd ?? basis?.budget ?? null,
    keepMinutes: changed?.keepMinutes ?? basis?.keepMinutes ?? defaultKeepMinutes,
  };
}

/** What was wanted of the machine before the flow began. */
export function wishOf(draft: RunDraft): Wish {
  return mergeWishes({}, basisOf(draft) ?? undefined);
}

/**
 * What is asked for wherever it runs: as much as a look at the dataset needs.
 * @param defaultTo folder for the model when nobody said before
 */
export function toDatasetRequest(draft: RunDraft, defaultTo: string): TrainRequest {
  const { dataset, recipe, changed } = draft;
  const basis = basisOf(draft);
  const asked = { path: basis?.path ?? dataset, recipe: recipe.id, defaultTo };
  if (basis?.path !== null) return { ...asked, parameters: changed };
  return { ...basis, ...asked, parameters: givenOf(draft) };
}

/** @param defaultTo folder for the model when nobody said before */
export function toRequest(draft: RunDraft, defaultTo: string): TrainRequest {
  const { place, rental } = draft;
  return {
    ...toDatasetRequest(draft, defaultTo),
    providers: [formatPlace(place)],
    identityFiles: place.identityFiles,
    ...(rental === null ? {} : toRentalRequest(draft, rental)),
  };
}

/** The offer itself, and its like in case that it is gone. */
function toRentalRequest(draft: RunDraft, { offer }: Rental): Partial<TrainRequest> {
  const { hours, budgetUsd, keepMinutes } = limitsOf(draft);
  const { id, gpu, vramGb, count, spot } = offer;
  return {
    offerId: id,
    gpu: [gpu],
    vram: vramGb,
    gpus: count,
    spot,
    hours,
    ...(budgetUsd === null ? {} : { budget: budgetUsd }),
    keepMinutes,
  };
}

/**
 * What a trainyard.yaml beside or above the dataset says of this draft: only what differs from the defaults, and what was
 * said before and no question asks for.
 */
export function toRunFile(draft: RunDraft, name: string, path: string): JobFileContent {
  const folder = dirname(path);
  const defaults = parseParameters(draft.recipe, {});
  const given = Object.entries(givenOf(draft)).filter(([key, value]) => value !== defaults[key]);
  return {
    name,
    dataset: relativeTo(folder, draft.dataset),
    recipe: draft.recipe.id,
    params: Object.fromEntries(given),
    resources: { ...machineIn(draft), providers: [formatPlace(draft.place)] },
    limits: unlessEmpty(limitsIn(draft)),
    results: unlessEmpty(resultsIn(draft, folder)),
  };
}

/** Another machine like the chosen one will do the next time; offers come and go. */
function machineIn(draft: RunDraft): NonNullable<JobFileContent['resources']> {
  if (draft.rental === null) return {};
  const { gpu, vramGb, count, spot } = draft.rental.offer;
  const { regions = [], disk } = wishOf(draft);
  return {
    gpu,
    vram: vramGb,
    gpus: count > 1 ? count : undefined,
    spot: spot || undefined,
    region: regions.length > 0 ? [...regions] : undefined,
    disk,
  };
}

function limitsIn(draft: RunDraft): NonNullable<JobFileContent['limits']> {
  const { maxPrice, hours, stallMinutes } = basisOf(draft) ?? {};
  if (draft.rental === null) return { hours, stallMinutes };
  const { budgetUsd, ...limits } = limitsOf(draft);
  return { price: maxPrice, budget: budgetUsd ?? undefined, ...limits, stallMinutes };
}

function resultsIn(draft: RunDraft, folder: string): NonNullable<JobFileContent['results']> {
  const { to, checkpoints } = basisOf(draft) ?? {};
  return {
    to: to === undefined ? undefined : relativeTo(folder, to),
    checkpoints: checkpoints === false ? false : undefined,
  };
}

const unlessEmpty = <T extends object>(fields: T): T | undefined =>
  Object.values(fields).some((value) => value !== undefined) ? fields : undefined;

function givenOf(draft: RunDraft): Parameters {
  return changedParameters(draft.recipe, basisOf(draft)?.params ?? {}, draft.changed);
}

/** With `/` on every system, so that the file means the same everywhere. */
function relativeTo(folder: string, path: string): string {
  const way = relative(folder, path).split(sep).join('/');
  return way === '' ? '.' : way.startsWith('..') || isAbsolute(way) ? way : `./${way}`;
}
