import { recipes } from '../recipes/index.js';
import type { ParameterValue, Parameters, Recipe } from '../recipes/recipe.js';
import type { Job, JobSpec } from './job.js';
import { huggingFaceToken, tokenParameter } from '../recipes/script.js';
import { isRemedyCode, type RemedyCode } from './remedyCodes.js';

/** What Trainyard can do by itself about the way a job ended, when somebody says yes. */
export type Remedy =
  /** Run again with these parameters changed: half as many examples at once. */
  | { readonly kind: 'halveBatch'; readonly changes: Parameters }
  /** The machine's disk is full: delete there what can be made again. */
  | { readonly kind: 'reclaimDisk' }
  /** A key of the user's is missing or was refused; then run again. */
  | {
      readonly kind: 'addToken';
      /** Its environment variable. */
      readonly name: string;
      /** What it is needed for, and where to get it. */
      readonly why: string;
      /** Parameters to run again with. */
      readonly changes: Parameters;
    }
  /** Go on from the newest checkpoint. */
  | { readonly kind: 'resume' };

export const remedyKinds = [
  'halveBatch',
  'reclaimDisk',
  'addToken',
  'resume',
] as const satisfies readonly Remedy['kind'][];

/** Every way to fail that has a remedy, by the code of its reason. */
const remedies: Readonly<Record<RemedyCode, (spec: JobSpec) => Remedy | null>> = {
  'cuda-out-of-memory': halvedBatch,
  'disk-full': () => ({ kind: 'reclaimDisk' }),
  'gated-model': addedToken,
  missingsecret: addedToken,
  deadline: () => ({ kind: 'resume' }),
  vanished: () => ({ kind: 'resume' }),
};

/** `null` while the job goes on, and where only a person can do something. */
export function remedyOf({ spec, stage }: Job): Remedy | null {
  if (stage.state !== 'ended' || stage.outcome !== 'failed') return null;
  const { code } = stage.reason;
  return isRemedyCode(code) ? remedies[code](spec) : null;
}

/** Only where the recipe would pass it on: a script does so when it is told. */
function addedToken(spec: JobSpec): Remedy | null {
  const recipe = recipeOf(spec);
  for (const changes of [{}, { [tokenParameter]: true }]) {
    const isKnown = Object.keys(changes).every((name) =>
      recipe?.parameters.some((known) => known.name === name),
    );
    const needs = isKnown ? (recipe?.secrets?.({ ...spec.parameters, ...changes }) ?? []) : [];
    const need = needs.find(({ name }) => name === huggingFaceToken);
    if (need) return { kind: 'addToken', name: need.name, why: need.why, changes };
  }
  return null;
}

/** Twice as many steps between updates keep what a training learns the same. */
const accumulationParameter = 'gradientAccumulation';

function halvedBatch(spec: JobSpec): Remedy | null {
  const { parameters } = spec;
  const recipe = recipeOf(spec);
  const name = recipe && batchParameterOf(recipe, parameters);
  const batch = name === undefined ? undefined : wholeNumber(parameters[name]);
  if (name === undefined || batch === undefined || batch <= 1) return null;
  const accumulation = wholeNumber(parameters[accumulationParameter]);
  return {
    kind: 'halveBatch',
    changes: {
      [name]: Math.floor(batch / 2),
      ...(accumulation === undefined ? {} : { [accumulationParameter]: accumulation * 2 }),
    },
  };
}

/** `undefined` for a recipe of another version of Trainyard. */
function recipeOf({ recipe: id }: JobSpec): Recipe | undefined {
  return recipes.find((recipe) => recipe.id === id);
}

/** How scripts usually call it. */
const usualBatchNames = ['batch', 'batch_size', 'batch-size', 'batchSize', 'per_device_train_batch_size'];

function batchParameterOf(recipe: Recipe, parameters: Parameters): string | undefined {
  if (recipe.batchParameter !== undefined || !recipe.freeParameters) return recipe.batchParameter;
  return usualBatchNames.find((name) => name in parameters);
}

/** Also of a number that was typed: parameters of a script stay as they were given. */
function wholeNumber(value: ParameterValue | undefined): number | undefined {
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  return typeof number === 'number' && Number.isSafeInteger(number) ? number : undefined;
}
