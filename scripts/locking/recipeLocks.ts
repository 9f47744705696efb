import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatasetFolder } from '../../src/recipes/datasets/datasetFolder.js';
import { recipes } from '../../src/recipes/index.js';
import { parseParameters } from '../../src/recipes/parameters.js';
import type { Environment, Parameter, Recipe } from '../../src/recipes/recipe.js';

/** What a file of `runtime/locks/` must hold versions for. */
export interface RecipeLock {
  /** File name without `.txt`. */
  readonly name: string;
  /** The recipes that use it. */
  readonly recipes: readonly string[];
  /** The ranges of all of them, whatever parameters are chosen. */
  readonly requirements: readonly string[];
  readonly minimumPython: string;
}

const never = new AbortController().signal;

/** The locks of all recipes, by name. */
export async function recipeLocks(): Promise<readonly RecipeLock[]> {
  const folder = await mkdtemp(join(tmpdir(), 'trainyard-lock-'));
  try {
    await writeFile(join(folder, 'any.txt'), 'any');
    const dataset = await DatasetFolder.open(folder, never);
    const uses = (await Promise.all(recipes.map((recipe) => usesOf(recipe, dataset)))).flat();
    const names = [...new Set(uses.map(({ lock }) => lock))];
    return names.map((name) =>
      toLock(
        name,
        uses.filter(({ lock }) => lock === name),
      ),
    );
  } finally {
    await rm(folder, { recursive: true });
  }
}

interface Use {
  readonly recipe: string;
  readonly lock: string;
  readonly environment: Environment;
}

/** What a recipe asks for by default, and with each other choice of each parameter. */
async function usesOf(recipe: Recipe, dataset: DatasetFolder): Promise<Use[]> {
  const variants = [{}, ...recipe.parameters.flatMap(choicesOf)];
  const environments = await Promise.all(
    variants.map((given) => recipe.environment(dataset, parseParameters(recipe, given), never)),
  );
  return environments.flatMap((environment) =>
    environment.lock === undefined ? [] : [{ recipe: recipe.id, lock: environment.lock, environment }],
  );
}

function choicesOf(parameter: Parameter): Record<string, unknown>[] {
  if (parameter.type === 'choice') return parameter.choices.map((choice) => ({ [parameter.name]: choice }));
  if (parameter.type === 'boolean') return [true, false].map((value) => ({ [parameter.name]: value }));
  return [];
}

function toLock(name: string, users: readonly Use[]): RecipeLock {
  const environments = users.map(({ environment }) => environment);
  return {
    name,
    recipes: [...new Set(users.map(({ recipe }) => recipe))],
    requirements: [...new Set(environments.flatMap(({ requirements }) => requirements))].sort(),
    minimumPython: environments.map(({ minimumPython }) => minimumPython).reduce(older),
  };
}

function older(a: string, b: string): string {
  const minor = (version: string): number => Number(version.split('.')[1]);
  return minor(a) <= minor(b) ? a : b;
}
