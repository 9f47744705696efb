import { dirname, resolve } from 'node:path';
import { InputError, messageOf } from '../errors.js';
import { requireReadableFolder } from '../recipes/datasets/datasetFolder.js';
import { findRecipe } from '../recipes/index.js';
import { parseParameters } from '../recipes/parameters.js';
import type { Recipe } from '../recipes/recipe.js';
import {
  keyRangeOf,
  rangeOf,
  readJobFile,
  type JobFileProblem,
  type JobFileReading,
} from './jobFileProblems.js';
import type { JobFileContent } from './jobFileSchema.js';
import { parseWhere, type Places } from './place.js';
import { refuseUnusableResultsFolder } from './resultsFolder.js';

/** A problem, and whether the JSON Schema of the file says so too. */
export interface FoundProblem extends JobFileProblem {
  readonly isInSchema: boolean;
}

/**
 * Everything in a run file that would be refused before its dataset is looked at: its form, its recipe, the parameters
 * of a recipe that is named, the places. Nothing is thrown and nothing asked of anybody.
 */
export function checkJobFile(text: string, places: Places): FoundProblem[] {
  const reading = readJobFile(text);
  const { content, problems } = reading;
  if (content === null) return problems.map((problem) => ({ ...problem, isInSchema: true }));
  return [...recipeProblems(content, reading), ...placeProblems(content, reading, places)];
}

/**
 * Whether the folders that a file names are there and can be used.
 * @param path of the file, which they are relative to; absolute
 */
export async function checkJobFileFolders(text: string, path: string): Promise<FoundProblem[]> {
  const { content, document } = readJobFile(text);
  if (content === null) return [];
  const absolute = (folder: string): string => resolve(dirname(path), folder);
  const problemsOf = async (keys: readonly string[], check: () => Promise<void>): Promise<FoundProblem[]> =>
    check().then(
      () => [],
      (error: unknown) => [refused(error, rangeOf(keys, document), false)],
    );
  const { dataset, results } = content;
  const to = results?.to;
  return [
    ...(await problemsOf(['dataset'], () => requireReadableFolder(absolute(dataset)))),
    ...(to === undefined
      ? []
      : await problemsOf(['results', 'to'], () => refuseUnusableResultsFolder(absolute(to)))),
  ];
}

function recipeProblems(
  { recipe: id, params = {} }: JobFileContent,
  reading: JobFileReading,
): FoundProblem[] {
  if (id === undefined) return [];
  let recipe: Recipe;
  try {
    recipe = findRecipe(id);
  } catch (error) {
    return [refused(error, rangeOf(['recipe'], reading.document), true)];
  }
  return Object.entries(params).flatMap(([name, value]) => {
    try {
      parseParameters(recipe, { [name]: value });
      return [];
    } catch (error) {
      const isKnown = recipe.parameters.some((parameter) => parameter.name === name);
      const find = isKnown ? rangeOf : keyRangeOf;
      return [refused(error, find(['params', name], reading.document), true)];
    }
  });
}

function placeProblems(
  { resources }: JobFileContent,
  { document }: JobFileReading,
  places: Places,
): FoundProblem[] {
  return (resources?.providers ?? []).flatMap((text, index) => {
    try {
      parseWhere([text], places);
      return [];
    } catch (error) {
      return [refused(error, rangeOf(['resources', 'providers', String(index)], document), false)];
    }
  });
}

function refused(error: unknown, range: JobFileProblem['range'], isInSchema: boolean): FoundProblem {
  if (!(error instanceof InputError)) throw error;
  return { message: messageOf(error), range, isInSchema };
}
