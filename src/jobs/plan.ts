import { randomInt } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import { InputError } from '../errors.js';
import type { TrainyardHome } from '../home.js';
import type { SshHosts } from '../providers/sshHosts.js';
import { DatasetFolder } from '../recipes/datasets/datasetFolder.js';
import type { Problem } from '../recipes/datasets/problem.js';
import { detectRecipes, findRecipe, recipes } from '../recipes/index.js';
import { changedParameters, parseParameters } from '../recipes/parameters.js';
import type { CheckResult, Estimate, OnCheckProgress, Parameters, Recipe } from '../recipes/recipe.js';
import type { MachineFacts } from '../remote/agent.js';
import type { RuntimeFiles } from '../remote/runtimeFiles.js';
import { askAgentAt } from './agentAt.js';
import { gpuProblems, refuseSmallDisk, summaryOf } from './estimate.js';
import type { HostOpener } from './hostOpener.js';
import type { JobSpec, Place } from './job.js';
import { readRunFile, type RunFile } from './jobFile.js';
import { parsePlace } from './place.js';
import { refuseUnusableResultsFolder } from './resultsFolder.js';
import { collectSecrets, type SecretSource } from './secrets.js';
import { lookAtSendable } from './sendable.js';

/** What a person asks for. What is absent is taken from `trainyard.yaml`, detected, or a default. */
export interface TrainRequest {
  /** A dataset folder or a `trainyard.yaml`. */
  readonly path: string;
  /** What the job is called; the name in `trainyard.yaml`, else of the folder. */
  readonly name?: string | undefined;
  readonly recipe?: string | undefined;
  readonly parameters?: Readonly<Record<string, unknown>> | undefined;
  /** `local`, `ssh:host`, `ssh://user@host:port`. */
  readonly provider?: string | undefined;
  readonly identityFiles?: readonly string[] | undefined;
  readonly hours?: number | undefined;
  readonly stallMinutes?: number | undefined;
  /** Folder for the model. */
  readonly to?: string | undefined;
  /** Mirror checkpoints here while it trains. */
  readonly checkpoints?: boolean | undefined;
  /** Folder for the model when nobody says. */
  readonly defaultTo: string;
}

/** Everything that was checked before anything is started. */
export interface Plan {
  readonly spec: JobSpec;
  readonly recipe: Recipe;
  /** Why this recipe, when it was detected. */
  readonly why: string | null;
  readonly check: CheckResult;
  readonly dataset: { readonly files: number; readonly bytes: number };
  /** What the recipe expects to need; `null` when it cannot tell. */
  readonly estimate: Estimate | null;
  readonly machine: MachineFacts;
}

export interface Planning {
  readonly home: TrainyardHome;
  readonly sshHosts: SshHosts;
  readonly runtime: RuntimeFiles;
  readonly hosts: HostOpener;
  readonly secrets: SecretSource;
}

/** What the user gave, before the machine is asked: recipe, parameters, place and the dataset's problems. */
export type Draft = Omit<Plan, 'machine'>;

const defaultGraceSeconds = 30;

/**
 * Checks everything that can be checked here: dataset, recipe, parameters, place.
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
  const place = await choosePlace(request, file, planning.sshHosts);
  const check = await chosen.recipe.check(folder, parameters, signal, onProgress);
  const name = request.name ?? file?.name ?? basename(folder.path);
  const spec: JobSpec = {
    id: newJobId(name),
    name,
    created: new Date().toISOString(),
    dataset: folder.path,
    recipe: chosen.recipe.id,
    parameters,
    place,
    limits: {
      hours: request.hours ?? file?.hours ?? null,
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
  return { spec, recipe: chosen.recipe, why: chosen.why, check: { problems, summary }, dataset, estimate };
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
 * A draft whose dataset has no errors, on a machine that answers and has room.
 * @throws {InputError | AuthError | ConnectionError | MachineError} what would have failed later
 */
export async function plan(
  request: TrainRequest,
  planning: Planning,
  signal: AbortSignal,
  onProgress?: OnCheckProgress,
): Promise<Plan> {
  await planning.home.prepare();
  const drafted = await draft(request, planning, signal, onProgress);
  const { spec, recipe, check } = drafted;
  refuseErrors(check.problems);
  await collectSecrets(recipe, spec.parameters, planning.secrets);
  await refuseUnusableResultsFolder(spec.results.to);
  const machine = await askAgentAt(spec.place, planning, (agent) => agent.probe(signal), signal);
  const need = {
    where: spec.place.destination ?? 'this computer',
    datasetBytes: drafted.dataset.bytes,
    estimate: drafted.estimate,
  };
  refuseSmallDisk(need, machine);
  const problems = [...check.problems, ...gpuProblems(need, machine)];
  return { ...drafted, check: { ...check, problems }, machine };
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

async function choosePlace(
  request: TrainRequest,
  file: RunFile | undefined,
  sshHosts: SshHosts,
): Promise<Place> {
  const text = request.provider ?? file?.providers[0] ?? 'local';
  return parsePlace(text, await sshHosts.list(), request.identityFiles ?? []);
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
