import { randomInt } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import { InputError } from '../errors.js';
import type { Offer } from '../providers/cloud.js';
import { DatasetFolder } from '../recipes/datasets/datasetFolder.js';
import type { Problem } from '../recipes/datasets/problem.js';
import { detectRecipes, findRecipe, recipes } from '../recipes/index.js';
import { changedParameters, parseParameters } from '../recipes/parameters.js';
import type { CheckResult, Estimate, OnCheckProgress, Parameters, Recipe } from '../recipes/recipe.js';
import type { MachineFacts } from '../remote/agent.js';
import { defaultRentedHours } from './budget.js';
import type { Terms } from './deal.js';
import { summaryOf } from './estimate.js';
import { defaultKeepMinutes } from './eventParser.js';
import type { JobSpec } from './job.js';
import { readRunFile, type RunFile } from './jobFile.js';
import { severalMachines } from './jobFileProblems.js';
import { chooseMachine, type MachineWish } from './machineChoice.js';
import { parseWhere } from './place.js';
import type { Planning } from './planning.js';
import { refuseUnusableResultsFolder } from './resultsFolder.js';
import { collectSecrets } from './secrets.js';
import { lookAtSendable } from './sendable.js';
import { mergeWishes, type Wish } from './wish.js';

export type { Planning };

/** What a person asks for. What is absent is taken from `trainyard.yaml`, detected, or a default. */
export interface TrainRequest extends Wish {
  /** A dataset folder or a `trainyard.yaml`. */
  readonly path: string;
  /** What the job is called; the name in `trainyard.yaml`, else of the folder. */
  readonly name?: string | undefined;
  readonly recipe?: string | undefined;
  readonly parameters?: Readonly<Record<string, unknown>> | undefined;
  /** `local`, `ssh:host`, `ssh://user@host:port`, `runpod`: see {@link chooseMachine}. */
  readonly providers?: readonly string[] | undefined;
  readonly identityFiles?: readonly string[] | undefined;
  /** Machines that train together. */
  readonly nodes?: number | undefined;
  /** An offer that was seen and taken, by its id. */
  readonly offerId?: string | undefined;
  /** Up to the highest price nobody is asked again. */
  readonly yes?: boolean | undefined;
  readonly hours?: number | undefined;
  /** Most that the job may cost, in US dollars. */
  readonly budget?: number | undefined;
  readonly stallMinutes?: number | undefined;
  /** How long a rented machine waits for its results to be collected. */
  readonly keepMinutes?: number | undefined;
  /** Folder for the model. */
  readonly to?: string | undefined;
  /** Mirror checkpoints here while it trains. */
  readonly checkpoints?: boolean | undefined;
  /** Folder for the model when nobody says. */
  readonly defaultTo: string;
}

/** What the user gave, before any machine is asked: recipe, parameters and the dataset's problems. */
export interface Draft {
  /** Where it runs is decided later. */
  readonly spec: Omit<JobSpec, 'place' | 'rent'>;
  readonly recipe: Recipe;
  /** Why this recipe, when it was detected. */
  readonly why: string | null;
  readonly check: CheckResult;
  readonly dataset: { readonly files: number; readonly bytes: number };
  /** What the recipe expects to need; `null` when it cannot tell. */
  readonly estimate: Estimate | null;
  /** Where it may run, and what the machine must be like. */
  readonly machineWish: MachineWish;
}

/** Everything that was checked before anything is started. */
export interface Plan extends Omit<Draft, 'spec' | 'machineWish'> {
  readonly spec: JobSpec;
  /** `null` for a machine that is still to be rented. */
  readonly machine: MachineFacts | null;
  /** What is rented, and on which terms; `null` for a machine of the user's own. */
  readonly offer: Offer | null;
  readonly terms: Terms | null;
}

const defaultGraceSeconds = 30;

/**
 * Checks everything that can be checked here: dataset, recipe, parameters, the names of places.
 * @throws {InputError} with the first thing that is wrong
 */
export async function draft(
  request: TrainRequest,
  planning: Planning,
  signal: AbortSignal,
  onProgress?: OnCheckProgress,
): Promise<Draft> {
  const file = await runFileOf(request.path);
  const folder = await DatasetFolder.open(file?.dataset ?? resolve(request.path), signal);
  const chosen = await chooseRecipe(request.recipe ?? file?.recipe, folder, signal);
  const given = changedParameters(chosen.recipe, file?.params ?? {}, request.parameters ?? {});
  const parameters = parseParameters(chosen.recipe, given);
  const machineWish = await machineWishOf(request, file, planning);
  const check = await chosen.recipe.check(folder, parameters, signal, onProgress);
  const name = request.name ?? file?.name ?? basename(folder.path);
  const spec = {
    id: newJobId(name),
    name,
    created: new Date().toISOString(),
    dataset: folder.path,
    recipe: chosen.recipe.id,
    parameters,
    limits: {
      hours: request.hours ?? file?.hours ?? null,
      budgetUsd: request.budget ?? file?.budget ?? null,
      keepMinutes: request.keepMinutes ?? file?.keepMinutes ?? defaultKeepMinutes,
      stallMinutes: request.stallMinutes ?? file?.stallMinutes ?? null,
      graceSeconds: defaultGraceSeconds,
    },
    results: {
      to: resolve(request.to ?? file?.to ?? request.defaultTo),
      checkpoints: request.checkpoints ?? file?.checkpoints ?? true,
    },
  };
  const { problem, ...dataset } = await lookAtSendable(folder.path, spec.results.to, signal);
  const problems = problem ? [problem, ...check.problems] : check.problems;
  const estimate = await estimateOf(chosen.recipe, folder, parameters, problems, signal);
  const summary = { ...check.summary, ...summaryOf(estimate) };
  const { recipe, why } = chosen;
  return { spec, recipe, why, check: { problems, summary }, dataset, estimate, machineWish };
}

/** None of a dataset that cannot be trained on: nobody knows how large what is wrong would be. */
async function estimateOf(
  recipe: Recipe,
  folder: DatasetFolder,
  parameters: Parameters,
  problems: readonly Problem[],
  signal: AbortSignal,
): Promise<Estimate | null> {
  if (problems.some(({ severity }) => severity === 'error')) return null;
  return (await recipe.estimate?.(folder, parameters, signal)) ?? null;
}

/**
 * A draft whose dataset has no errors, on a machine that answers and has room, or on one that can be rented.
 * @throws {InputError | AuthError | ConnectionError | MachineError | NoCapacityError} what would have failed later
 */
export async function plan(
  request: TrainRequest,
  planning: Planning,
  signal: AbortSignal,
  onProgress?: OnCheckProgress,
): Promise<Plan> {
  await planning.home.prepare();
  const { machineWish, ...drafted } = await draft(request, planning, signal, onProgress);
  const { spec, recipe, check, dataset, estimate } = drafted;
  refuseErrors(check.problems);
  await collectSecrets(recipe, spec.parameters, planning.secrets);
  await refuseUnusableResultsFolder(spec.results.to);
  const load = { datasetBytes: dataset.bytes, estimate };
  const chosen = await chooseMachine(machineWish, spec.limits, load, planning, signal);
  const { place, machine, deal } = chosen;
  const limits = deal
    ? { ...spec.limits, hours: spec.limits.hours ?? defaultRentedHours, budgetUsd: deal.terms.budgetUsd }
    : spec.limits;
  return {
    ...drafted,
    spec: { ...spec, place, rent: deal?.rent ?? null, limits },
    check: { ...check, problems: [...check.problems, ...chosen.problems] },
    machine,
    offer: deal?.offer ?? null,
    terms: deal?.terms ?? null,
  };
}

/** What the path says: nothing for a folder. */
export async function runFileOf(path: string): Promise<RunFile | undefined> {
  if (!/\.ya?ml$/i.test(path)) return undefined;
  const isFile = await stat(path).then(
    (stats) => stats.isFile(),
    () => true,
  );
  return isFile ? readRunFile(path) : undefined;
}

async function chooseRecipe(
  id: string | undefined,
  folder: DatasetFolder,
  signal: AbortSignal,
): Promise<{ recipe: Recipe; why: string | null }> {
  if (id !== undefined) return { recipe: findRecipe(id), why: null };
  const [best] = await detectRecipes(folder, signal);
  if (best) return { recipe: best.recipe, why: best.fit.why };
  const ids = recipes.map((recipe) => recipe.id).join(', ');
  throw new InputError(
    `No recipe fits ${folder.path}: it has no train.py, and none knows its files. Name one with --recipe (${ids}) to be told what it lacks, or add a train.py.`,
  );
}

/** @throws {InputError} a place that there is not, or several machines */
async function machineWishOf(
  request: TrainRequest,
  file: RunFile | undefined,
  { providers, sshHosts }: Planning,
): Promise<MachineWish> {
  if ((request.nodes ?? 1) > 1) throw new InputError(severalMachines);
  const texts = request.providers ?? file?.providers ?? [];
  const { clouds } = providers;
  const knownHosts = await sshHosts.list();
  return {
    where: parseWhere(texts, { clouds, knownHosts, identityFiles: request.identityFiles ?? [] }),
    wish: mergeWishes(request, file),
    offerId: request.offerId,
    yes: request.yes ?? false,
  };
}

function refuseErrors(problems: readonly Problem[]): void {
  const errors = problems.filter((problem) => problem.severity === 'error');
  const [first] = errors;
  if (!first) return;
  const more = errors.length > 1 ? ` (and ${errors.length - 1} more; "trainyard validate" lists them)` : '';
  const repair = first.repair ? ' "trainyard validate --fix" can do that.' : '';
  throw new InputError(`${formatProblem(first)}${repair}${more}`);
}

/** `data.csv:3: what is wrong. What to do.` */
export function formatProblem({ file, line, message, fix }: Problem): string {
  const isInMessage = file === null || message.startsWith(file);
  const where = isInMessage ? '' : `${file}${line === null ? '' : `:${line}`}: `;
  return `${where}${message}${fix === null ? '' : ` ${fix}`}`;
}

/** `digits-7f3k2a`: readable, unique, safe as a folder name everywhere. */
function newJobId(name: string): string {
  const slug = name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 24);
  const alphabet = 'abcdefghjkmnpqrstuvwxyz23456789';
  const tail = Array.from({ length: 6 }, () => alphabet[randomInt(alphabet.length)]).join('');
  return `${slug || 'job'}-${tail}`;
}
