import { jobFileFields, type JobFileField, type NamedPlace } from '../../jobs/jobFileFields.js';
import { recipes } from '../../recipes/index.js';
import type { Recipe } from '../../recipes/recipe.js';

/** The fields that may stand below these names. @param recipe whose parameters may be set */
export function fieldsBelow(
  path: readonly string[],
  recipe: Recipe | undefined,
  places: readonly NamedPlace[],
): readonly JobFileField[] {
  const all = jobFileFields(recipe, places);
  return path.reduce((fields, name) => fields.find((field) => field.name === name)?.fields ?? [], all);
}

/** Whether a text says which recipe, be it one that there is or not. */
export const namesRecipe = (text: string): boolean => /^recipe:\s*[\w"']/m.test(text);

/** The recipe that a text names, be the rest of it as it may. */
export function recipeIn(text: string): Recipe | undefined {
  const [, id] = /^recipe:\s*["']?([\w-]+)/m.exec(text) ?? [];
  return recipes.find((recipe) => recipe.id === id);
}

/** `A whole number above 0.`: what may stand there, as a sentence; empty where any text may. */
export function kindWords({ kind, range, least, most, choices }: JobFileField): string {
  if (range !== null) return range === 'text' ? '' : sentence(range);
  if (choices.length > 0) return '';
  const words = {
    text: '',
    number: 'a number',
    'whole number': 'a whole number',
    'yes or no': 'true or false',
    list: 'a list, as in [a, b]',
    'text or list': 'a text or a list of them',
    fields: '',
    parameters: '',
  } as const;
  const limit = least === null ? '' : least.isAllowed ? ` from ${least.value} up` : ` above ${least.value}`;
  return sentence(`${words[kind]}${most === null ? limit : ` up to ${most}`}`);
}

const sentence = (words: string): string =>
  words === '' ? '' : `${words.charAt(0).toUpperCase()}${words.slice(1)}.`;
