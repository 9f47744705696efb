import { dirname, resolve } from 'node:path';
import { parseDocument } from 'yaml';
import { UserError } from '../../errors.js';
import { DatasetFolder } from '../../recipes/datasets/datasetFolder.js';
import { detectRecipes } from '../../recipes/index.js';
import type { Recipe } from '../../recipes/recipe.js';
import { cursorAt } from './cursor.js';
import { namesRecipe, recipeIn } from './fieldAt.js';

/**
 * The recipe whose parameters somebody writes: the one the run file names, else the one that a training would take, which
 * is the one that fits its dataset best. The dataset is looked at only where parameters are written.
 * @param path of the file; absolute
 */
export async function recipeAt(
  text: string,
  offset: number,
  path: string,
  signal: AbortSignal,
): Promise<Recipe | undefined> {
  if (namesRecipe(text) || cursorAt(text, offset)?.path[0] !== 'params') return recipeIn(text);
  const dataset: unknown = parseDocument(text).get('dataset');
  if (typeof dataset !== 'string') return undefined;
  try {
    const folder = await DatasetFolder.open(resolve(dirname(path), dataset), signal);
    const [best] = await detectRecipes(folder, signal);
    return best?.recipe;
  } catch (error) {
    // What is wrong with the folder is said where the file names it.
    if (signal.aborted || error instanceof UserError) return undefined;
    throw error;
  }
}
