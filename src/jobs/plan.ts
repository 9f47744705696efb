import { randomInt } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import { InputError, MachineError } from '../errors.js';
import type { TrainyardHome } from '../home.js';
import type { SshHosts } from '../providers/sshHosts.js';
import { DatasetFolder } from '../recipes/datasets/datasetFolder.js';
import type { Problem } from '../recipes/datasets/problem.js';
import { detectRecipes, findRecipe } from '../recipes/index.js';
import { parseParameters } from '../recipes/parameters.js';
import type { CheckResult, Recipe } from '../recipes/recipe.js';
import { Agent, type MachineFacts } from '../remote/agent.js';
import type { RuntimeFiles } from '../remote/runtimeFiles.js';
import type { HostOpener } from './hostOpener.js';
import type { JobSpec, Place } from './job.js';
import { readRunFile, type RunFile } from './jobFile.js';
import { addressOf, parsePlace } from './place.js';
import { refuseUnusableResultsFolder } from './resultsFolder.js';
import { lookAtSendable } from './sendable.js';

/** What a person asks for. What is absent is taken from `trainyard.yaml`, detected, or a default. */
export interface TrainRequest {
  /** A dataset folder or a `trainyard.yaml`. */
  readonly path: string;
  readonly recipe?: string | undefined;
  readonly parameters?: Readonly<Record<string, unknown>> | undefined;
  /** `local`, `ssh:host`, `ssh://user@host:port`. */
  readonly provider?: string | undefined;
  readonly identityFiles?: readonly string[] | undefined;
  readonly hours?: number | undefined;
  /** Folder for the model. */
  readonly to?: string | undefined;
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
  readonly machine: MachineFacts;
}

export interface Planning {
  readonly home: TrainyardHome;
  readonly sshHosts: SshHosts;
  readonly runtime: RuntimeFiles;
  readonly hosts: HostOpener;
}

/** What the user gave, before the machine is asked: recipe, parameters, place and the dataset's problems. */
export type Draft = Omit<Plan, 'machine'>;

const defaultGraceSeconds = 30;
/** Room the training needs beside its dataset: environment, checkpoints, log. */
const reserveBytes = 512 * 1024 * 1024;

/**
 * Checks everything that can be checked here: dataset, recipe, parameters, place.
 * @throws {InputError} with the first thing that is wrong
 */
export async function draft(request: TrainRequest, planning: Planning, signal: AbortSignal): Promise<Draft> {
  const file = await runFileOf(request.path);
  const folder = await DatasetFolder.open(file?.dataset ?? resolve(request.path), signal);
  const chosen = await chooseRecipe(request.recipe ?? file?.recipe, folder, signal);
  const parameters = parseParameters(chosen.recipe, { ...file?.params, ...request.parameters });
  const place = await choosePlace(request, file, planning.sshHosts);
  const check = await chosen.recipe.check(folder, parameters, signal);
  const name = file?.name ?? basename(folder.path);
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
      stallMinutes: file?.stallMinutes ?? null,
      graceSeconds: defaultGraceSeconds,
    },
    results: {
      to: resolve(request.to ?? file?.to ?? request.defaultTo),
      checkpoints: file?.checkpoints ?? true,
    },
  };
  const { problem, ...dataset } = await lookAtSendable(folder.path, spec.results.to, signal);
  const problems = problem ? [problem, ...check.problems] : check.problems;
  return { spec, recipe: chosen.recipe, why: chosen.why, check: { ...check, problems }, dataset };
}

/**
 * A draft whose dataset has no errors, on a machine that answers and has room.
 * @throws {InputError | AuthError | ConnectionError | MachineError} what would have failed later
 */
export async function plan(request: TrainRequest, planning: Planning, signal: AbortSignal): Promise<Plan> {
  await planning.home.prepare();
  const drafted = await draft(request, planning, signal);
  refuseErrors(drafted.check.problems);
  await refuseUnusableResultsFolder(drafted.spec.results.to);
  const machine = await lookAt(drafted.spec.place, planning, signal);
  refuseSmallDisk(drafted, machine);
  return { ...drafted, machine };
}

async function runFileOf(path: string): Promise<RunFile | undefined> {
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
  throw new InputError(
    `No recipe fits ${folder.path}: there is no train.py and no table (.csv) in it. Name a recipe with --recipe, or add a script.`,
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
  throw new InputError(`${formatProblem(first)}${more}`);
}

/** `data.csv:3: what is wrong. What to do.` */
export function formatProblem({ file, line, message, fix }: Problem): string {
  const isInMessage = file === null || message.startsWith(file);
  const where = isInMessage ? '' : `${file}${line === null ? '' : `:${line}`}: `;
  return `${where}${message}${fix === null ? '' : ` ${fix}`}`;
}

async function lookAt(place: Place, planning: Planning, signal: AbortSignal): Promise<MachineFacts> {
  const host = await planning.hosts.open(addressOf(place), signal);
  try {
    const agent = await Agent.start(host, planning.runtime, signal);
    try {
      return await agent.probe(signal);
    } finally {
      agent.dispose();
    }
  } finally {
    host.dispose();
  }
}

function refuseSmallDisk({ spec, dataset }: Draft, { disk, root }: MachineFacts): void {
  const needed = dataset.bytes + reserveBytes;
  if (disk.freeBytes >= needed) return;
  const where = spec.place.destination ?? 'this computer';
  throw new MachineError(
    `The disk of ${where} is too small: ${megabytes(needed)} MB are needed under ${root}, ${megabytes(disk.freeBytes)} MB are free. Free some space there, or train elsewhere.`,
  );
}

const megabytes = (bytes: number): string => Math.ceil(bytes / 1e6).toLocaleString('en-US');

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
