import { InputError } from '../errors.js';
import { suggest } from '../nearest.js';
import type { DatasetFolder } from './datasets/datasetFolder.js';
import { fluxLora } from './fluxLora.js';
import { lightgbm } from './lightgbm.js';
import { llm } from './llm.js';
import { pytorch } from './pytorch.js';
import type { Fit, Recipe } from './recipe.js';
import { script } from './script.js';
import { sklearn } from './sklearn.js';
import { xgboost } from './xgboost.js';
import { yolo } from './yolo.js';

export const recipes: readonly Recipe[] = [script, yolo, pytorch, sklearn, xgboost, lightgbm, llm, fluxLora];

/** @throws {InputError} there is none of that id; the nearest is offered */
export function findRecipe(id: string): Recipe {
  const recipe = recipes.find((candidate) => candidate.id === id);
  if (recipe) return recipe;
  const ids = recipes.map((candidate) => candidate.id);
  throw new InputError(`There is no recipe '${id}'; ${suggest(id, ids)}`);
}

export interface DetectedRecipe {
  readonly recipe: Recipe;
  readonly fit: Fit;
}

/** The recipes that fit the folder, best first; empty when none does. */
export async function detectRecipes(folder: DatasetFolder, signal: AbortSignal): Promise<DetectedRecipe[]> {
  const found: DetectedRecipe[] = [];
  for (const recipe of recipes) {
    const fit = await recipe.detect(folder, signal);
    if (fit) found.push({ recipe, fit });
  }
  return found.sort((a, b) => b.fit.score - a.fit.score);
}
