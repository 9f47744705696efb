import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { stringify } from 'yaml';
import { InputError, messageOf } from '../errors.js';
import type { ParameterValue } from '../recipes/recipe.js';
import { readJobFile, type JobFileProblem } from './jobFileProblems.js';
import type { JobFileContent } from './jobFileSchema.js';
import type { Wish } from './wish.js';

/** What `trainyard.yaml` says, paths made absolute. */
export interface RunFile extends Wish {
  readonly path: string;
  readonly name: string | undefined;
  readonly dataset: string;
  readonly recipe: string | undefined;
  readonly params: Readonly<Record<string, ParameterValue>>;
  /** `local`, `ssh:user@host`, `runpod`; those of the user's own in order of preference. */
  readonly providers: readonly string[];
  readonly hours: number | undefined;
  /** US dollars. */
  readonly budget: number | undefined;
  readonly keepMinutes: number | undefined;
  readonly stallMinutes: number | undefined;
  readonly to: string | undefined;
  readonly checkpoints: boolean | undefined;
}

/** @throws {InputError} with file, line and field */
export async function readRunFile(path: string): Promise<RunFile> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    throw new InputError(`The file ${path} cannot be read (${messageOf(cause)}).`, { cause });
  }
  return parseRunFile(text, path);
}

export function parseRunFile(text: string, path: string): RunFile {
  const { content, problems } = readJobFile(text);
  if (content === null) throw new InputError(locateFirst(problems, text, path));
  const { name, dataset, recipe, params, resources, limits, results } = content;
  const from = dirname(resolve(path));
  return {
    path,
    name,
    dataset: resolve(from, dataset),
    recipe,
    params: params ?? {},
    providers: resources?.providers ?? [],
    gpu: toList(resources?.gpu),
    vram: resources?.vram,
    gpus: resources?.gpus,
    spot: resources?.spot,
    regions: toList(resources?.region),
    disk: resources?.disk,
    maxPrice: limits?.price,
    budget: limits?.budget,
    keepMinutes: limits?.keepMinutes,
    hours: limits?.hours,
    stallMinutes: limits?.stallMinutes,
    to: results?.to === undefined ? undefined : resolve(from, results.to),
    checkpoints: results?.checkpoints,
  };
}

const toList = (given: string | string[] | undefined): readonly string[] | undefined =>
  typeof given === 'string' ? [given] : given;

/** `trainyard.yaml:3: what is wrong.` */
function locateFirst([first]: readonly JobFileProblem[], text: string, path: string): string {
  const line = first?.range ? `:${text.slice(0, first.range.start).split('\n').length}` : '';
  return `${path}${line}: ${first?.message ?? ''}`;
}

/** The text of a `trainyard.yaml`; what is undefined is left out. */
export function formatRunFile(content: JobFileContent): string {
  return stringify(content);
}
