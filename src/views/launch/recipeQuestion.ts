import * as vscode from 'vscode';
import type { DetectedRecipe } from '../../recipes/index.js';
import type { Recipe } from '../../recipes/recipe.js';
import { askFromList, separator, type Back, type Choice, type Question, type Row } from './ask.js';

export interface RecipeChoice {
  readonly all: readonly Recipe[];
  /** Those that fit the dataset, best first. */
  readonly detected: readonly DetectedRecipe[];
  readonly present: Recipe;
}

/** How to train: what fits comes first, with the reason; everything else stands below. */
export function askRecipe(question: Question, choice: RecipeChoice): Promise<Recipe | Back> {
  return askFromList<Recipe>({
    ...question,
    placeholder:
      choice.detected.length > 0
        ? vscode.l10n.t('How to train')
        : vscode.l10n.t('Nothing here looks familiar. Choose a recipe to see what it needs'),
    rows: toRows(choice),
    isActive: ({ id }) => id === choice.present.id,
  });
}

function toRows({ all, detected }: RecipeChoice): Row<Recipe>[] {
  const fitting = detected.map(({ recipe, fit }, index) =>
    toChoice(recipe, fit.why, index === 0 ? vscode.l10n.t('fits best') : ''),
  );
  const others = all
    .filter((recipe) => !detected.some((fit) => fit.recipe.id === recipe.id))
    .map((recipe) => toChoice(recipe, recipe.summary, ''));
  return others.length === 0 ? fitting : [...fitting, separator(vscode.l10n.t('other recipes')), ...others];
}

const toChoice = (recipe: Recipe, detail: string, description: string): Choice<Recipe> => ({
  label: recipe.title,
  description,
  detail,
  value: recipe,
});
