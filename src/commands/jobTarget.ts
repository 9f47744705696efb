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

function jobIdOf(target: unknown): string | undefined {
  if (typeof target === 'string') return target;
  if (!(target instanceof RowHandle)) return undefined;
  const { subject } = target;
  if (subject.kind === 'job') return subject.jobId;
  return subject.kind === 'instance' ? (subject.jobId ?? undefined) : undefined;
}

async function askForJob({ question, ability, remedy }: JobIntent, engine: Trainyard): Promise<Job> {
  const listed = await engine.jobs();
  const items = listed.flatMap((entry) => {
    if (!('job' in entry) || (ability !== undefined && !can(entry.job, ability))) return [];
    if (remedy !== undefined && entry.remedy?.kind !== remedy) return [];
    const { job, driver } = entry;
    const description = describeRow({ job, driver, fraction: null }, Date.now());
    return [{ label: job.spec.name, description, detail: job.spec.id, job }];
  });
  if (items.length === 0) {
    throw new InputError(
      listed.length === 0
        ? vscode.l10n.t('There are no jobs yet. Right-click a dataset folder in the Explorer to train on it.')
        : vscode.l10n.t('No job can do that now. The Trainyard view shows the state of each.'),
    );
  }
  const picked = await vscode.window.showQuickPick(items, { title: question, matchOnDetail: true });
  if (!picked) throw new vscode.CancellationError();
  return picked.job;
}
