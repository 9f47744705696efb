import * as vscode from 'vscode';
import type { Trainyard } from '../trainyard.js';
import { InputError } from '../errors.js';
import type { Job } from '../jobs/job.js';
import type { Remedy } from '../jobs/remedy.js';
import { RowHandle } from '../views/fleetView.js';
import { can, type JobAbility } from '../views/jobAbilities.js';
import { describeRow } from '../views/jobWords.js';

/** What a command is about to do with a job. */
export interface JobIntent {
  /** `Which job to stop` */
  readonly question: string;
  /** What a job must be able to do to be asked about; any job without it. */
  readonly ability?: JobAbility;
  /** What must be able to help a job to be asked about. */
  readonly remedy?: Remedy['kind'];
  /** Something is only shown: where one job alone can be meant, nobody is asked. */
  readonly onlyShows?: true;
}

/**
 * The job a command is meant for: the row or id it was given (of a rented machine the job on it), else the user is asked.
 * @throws {InputError} there is no such job to ask about
 * @throws {vscode.CancellationError} the user left
 */
export async function targetJob(target: unknown, intent: JobIntent, engine: Trainyard): Promise<Job> {
  const id = jobIdOf(target);
  return id === undefined ? askForJob(intent, engine) : engine.job(id);
}

/**
 * The jobs a command is meant for: all that are selected and able, when the row is one of several; else as
 * {@link targetJob}.
 * @throws {InputError} none of them can do that
 */
export async function targetJobs(
  target: unknown,
  selected: unknown,
  intent: JobIntent,
  engine: Trainyard,
): Promise<readonly Job[]> {
  const ids = selectedJobIds(target, selected);
  if (ids.length < 2) return [await targetJob(target, intent, engine)];
  const { ability } = intent;
  const jobs = await Promise.all(ids.map((id) => engine.job(id)));
  const able = jobs.filter((job) => ability === undefined || can(job, ability));
  if (able.length === 0) {
    throw new InputError(
      vscode.l10n.t('None of the selected jobs can do that now. The Trainyard view shows the state of each.'),
    );
  }
  return able;
}

/** The jobs of the selected rows, each once; without a selection that of the target, if it is of a job. */
export function selectedJobIds(target: unknown, selected: unknown): readonly string[] {
  const rows: unknown[] = Array.isArray(selected) ? selected : [target];
  return [...new Set(rows.map(jobIdOf).filter((id) => id !== undefined))];
}

/**
 * Asks for any number of jobs.
 * @param chosen those that are chosen already
 * @throws {InputError} there are no jobs
 * @throws {vscode.CancellationError} the user left
 */
export async function askForJobs(
  title: string,
  chosen: readonly string[],
  engine: Trainyard,
): Promise<readonly string[]> {
  const items = (await itemsFor({}, engine)).map((item) => ({
    ...item,
    picked: chosen.includes(item.job.spec.id),
  }));
  if (items.length === 0) throw noJobs();
  const picked = await vscode.window.showQuickPick(items, {
    title,
    canPickMany: true,
    matchOnDetail: true,
    placeHolder: vscode.l10n.t('Which jobs to show beside each other'),
  });
  if (!picked) throw new vscode.CancellationError();
  return picked.map(({ job }) => job.spec.id);
}

function jobIdOf(target: unknown): string | undefined {
  if (typeof target === 'string') return target;
  if (!(target instanceof RowHandle)) return undefined;
  const { subject } = target;
  if (subject.kind === 'job') return subject.jobId;
  return subject.kind === 'instance' ? (subject.jobId ?? undefined) : undefined;
}

async function askForJob(intent: JobIntent, engine: Trainyard): Promise<Job> {
  const items = await itemsFor(intent, engine);
  if (items.length === 0) {
    if ((await engine.jobs()).length === 0) throw noJobs();
    throw new InputError(
      vscode.l10n.t('No job can do that now. The Trainyard view shows the state of each.'),
    );
  }
  const [only] = items;
  if (intent.onlyShows === true && only !== undefined && items.length === 1) return only.job;
  const picked = await vscode.window.showQuickPick(items, { title: intent.question, matchOnDetail: true });
  if (!picked) throw new vscode.CancellationError();
  return picked.job;
}

const noJobs = (): InputError =>
  new InputError(
    vscode.l10n.t('There are no jobs yet. Right-click a dataset folder in the Explorer to train on it.'),
  );

async function itemsFor({ ability, remedy }: Omit<JobIntent, 'question'>, engine: Trainyard) {
  return (await engine.jobs()).flatMap((entry) => {
    if (!('job' in entry) || (ability !== undefined && !can(entry.job, ability))) return [];
    if (remedy !== undefined && entry.remedy?.kind !== remedy) return [];
    const { job, driver } = entry;
    const description = describeRow({ job, driver, fraction: null }, Date.now());
    return [{ label: job.spec.name, description, detail: job.spec.id, job }];
  });
}
