import { access, rm, writeFile } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { InputError, messageOf } from '../errors.js';
import { DatasetFolder } from '../recipes/datasets/datasetFolder.js';
import { detectRecipes, findRecipe } from '../recipes/index.js';
import { changedParameters, parseParameters } from '../recipes/parameters.js';
import type { Parameters, Recipe } from '../recipes/recipe.js';
import { huggingFaceToken, tokenParameter } from '../recipes/script.js';
import type { RuntimeFiles } from '../remote/runtimeFiles.js';
import { formatRunFile } from './jobFile.js';
import { runFileOf, type TrainRequest } from './plan.js';
import { recipeSources, type SourceFile } from './recipeSources.js';

/** Whose program to copy; what is absent is taken from `trainyard.yaml`, detected, or a default. */
export type CustomizeRequest = Pick<TrainRequest, 'path' | 'name' | 'recipe' | 'parameters'>;

/** A training program of the user's own. Absolute paths. */
export interface Customized {
  readonly folder: string;
  /** The Python file to change. */
  readonly entry: string;
  /** The file that trains with it. */
  readonly runFile: string;
  /** Everything that was written, these two among it. */
  readonly files: readonly string[];
}

const entryName = 'train.py';
const runFileName = 'trainyard.yaml';
/** A folder that has a run file keeps it. */
const secondRunFileName = 'custom.trainyard.yaml';
/** Every script is run by at least this Python. */
const oldestPython = '3.8';

/**
 * Copies the program of a recipe into the dataset folder, as a script that trains the same and can be changed: its
 * modules, what it installs, and its parameters as a run file. All of it is written, or nothing.
 * @throws {InputError} the recipe runs a script of the user's anyway, or a file is in the way
 */
export async function customize(
  request: CustomizeRequest,
  runtime: RuntimeFiles,
  signal: AbortSignal,
): Promise<Customized> {
  const file = await runFileOf(request.path);
  const folder = await DatasetFolder.open(file?.dataset ?? resolve(request.path), signal);
  const recipe = await chooseRecipe(request.recipe ?? file?.recipe, folder, signal);
  const given = changedParameters(recipe, file?.params ?? {}, request.parameters ?? {});
  const parameters = parseParameters(recipe, given);
  const name = request.name ?? file?.name ?? basename(folder.path);
  const runFile = (await exists(join(folder.path, runFileName))) ? secondRunFileName : runFileName;
  const files = [
    ...(await programOf(recipe, parameters, runtime)),
    ...(await environmentOf(recipe, folder, parameters, runtime, signal)),
    { name: runFile, text: runFileText(name, recipe, parameters) },
  ];
  await writeAll(folder.path, files);
  return {
    folder: folder.path,
    entry: join(folder.path, entryName),
    runFile: join(folder.path, runFile),
    files: files.map((written) => join(folder.path, written.name)),
  };
}

async function chooseRecipe(
  id: string | undefined,
  folder: DatasetFolder,
  signal: AbortSignal,
): Promise<Recipe> {
  if (id !== undefined) return findRecipe(id);
  const fitting = (await detectRecipes(folder, signal)).map(({ recipe }) => recipe);
  const [best] = fitting.filter(hasProgram);
  if (best) return best;
  throw new InputError(
    fitting.length === 0
      ? `No recipe fits ${folder.path}, so there is no training program to copy. Name one with --recipe.`
      : `${folder.path} is trained by a Python file of its own: change that one.`,
  );
}

/** What the recipe was given is given to its copy: the parameters, and the token that it would have got. */
function runFileText(name: string, recipe: Recipe, parameters: Parameters): string {
  const needs = recipe.secrets?.(parameters) ?? [];
  const token = needs.some((need) => need.name === huggingFaceToken) ? { [tokenParameter]: true } : {};
  return formatRunFile({ name, dataset: '.', recipe: 'script', params: { ...parameters, ...token } });
}

function hasProgram(recipe: Recipe): boolean {
  return recipe.command(parseParameters(recipe, {})).kind === 'recipe';
}

async function programOf(
  recipe: Recipe,
  parameters: Parameters,
  runtime: RuntimeFiles,
): Promise<SourceFile[]> {
  const command = recipe.command(parameters);
  if (command.kind === 'script') {
    throw new InputError(`The recipe ${recipe.id} runs ${command.file} of your folder already: change that.`);
  }
  const [main, ...modules] = await recipeSources(command.file, runtime);
  return main ? [{ name: entryName, text: main.text }, ...modules] : [];
}

/** What the recipe installs, as the script recipe reads it from a folder. */
async function environmentOf(
  recipe: Recipe,
  folder: DatasetFolder,
  parameters: Parameters,
  runtime: RuntimeFiles,
  signal: AbortSignal,
): Promise<SourceFile[]> {
  const { requirements, lock, constraints, minimumPython } = await recipe.environment(
    folder,
    parameters,
    signal,
  );
  const versions = [...(constraints ?? []), ...(lock === undefined ? [] : await runtime.lock(lock))];
  const include = versions.length > 0 ? ['-c constraints.txt'] : [];
  return [
    listFile('requirements.txt', `What the recipe ${recipe.id} installs.`, [...requirements, ...include]),
    ...(versions.length > 0
      ? [listFile('constraints.txt', `The versions the recipe ${recipe.id} was tested with.`, versions)]
      : []),
    ...(minimumPython === oldestPython
      ? []
      : [{ name: 'pyproject.toml', text: projectText(basename(folder.path), minimumPython) }]),
  ];
}

const listFile = (name: string, title: string, lines: readonly string[]): SourceFile => ({
  name,
  text: [`# ${title}`, ...lines, ''].join('\n'),
});

/** Where the lowest Python is said. */
function projectText(name: string, minimumPython: string): string {
  return [
    '[project]',
    `name = ${JSON.stringify(name)}`,
    'version = "0.1.0"',
    `requires-python = ">=${minimumPython}"`,
    '',
  ].join('\n');
}

async function writeAll(folder: string, files: readonly SourceFile[]): Promise<void> {
  for (const { name } of files) {
    if (await exists(join(folder, name))) {
      throw new InputError(
        `${join(folder, name)} is there already and is not overwritten. Rename it, and try again.`,
      );
    }
  }
  const written: string[] = [];
  try {
    for (const { name, text } of files) {
      const path = join(folder, name);
      await writeFile(path, text, { flag: 'wx' });
      written.push(path);
    }
  } catch (cause) {
    await Promise.all(written.map((path) => rm(path, { force: true })));
    throw new InputError(`The training program cannot be written to ${folder} (${messageOf(cause)}).`, {
      cause,
    });
  }
}

async function exists(path: string): Promise<boolean> {
  try {
    await access(path);
    return true;
  } catch {
    return false;
  }
}
