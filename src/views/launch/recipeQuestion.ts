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
    toChoice(recipe, index === 0 ? vscode.l10n.t('fits best: {0}', fit.why) : fit.why),
  );
  const others = all
    .filter((recipe) => !detected.some((fit) => fit.recipe.id === recipe.id))
    .map((recipe) => toChoice(recipe, ''));
  return [
    ...under(vscode.l10n.t('for this folder'), fitting),
    ...under(vscode.l10n.t('other recipes'), others),
  ];
}

function under(title: string, choices: readonly Choice<Recipe>[]): Row<Recipe>[] {
  return choices.length === 0 ? [] : [separator(title), ...choices];
}

const toChoice = (recipe: Recipe, description: string): Choice<Recipe> => ({
  label: recipe.title,
  description,
  detail: recipe.summary,
  value: recipe,
});
