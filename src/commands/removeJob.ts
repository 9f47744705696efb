import * as vscode from 'vscode';
import type { Job } from '../jobs/job.js';
import { withProgress } from '../views/cancellable.js';
import { whereOf } from '../views/jobWords.js';
import type { Door } from './door.js';
import { targetJobs } from './jobTarget.js';

/** Takes ended jobs off the list and their files off the machines; collected models stay. Asks once. */
export async function removeJob(
  target: unknown,
  selected: unknown,
  { engine, fleet }: Pick<Door, 'engine' | 'fleet'>,
): Promise<void> {
  const jobs = await targetJobs(
    target,
    selected,
    { question: vscode.l10n.t('Which job to remove'), ability: 'removable' },
    engine,
  );
  const remove = vscode.l10n.t('Remove');
  const { question, detail } = wordsFor(jobs);
  const answer = await vscode.window.showWarningMessage(question, { modal: true, detail }, remove);
  if (answer !== remove) return;
  const leftBehind: string[] = [];
  try {
    await withProgress(vscode.l10n.t('Removing {0}', namesOf(jobs)), async (signal, report) => {
      for (const [index, { spec }] of jobs.entries()) {
        report(spec.name, index / jobs.length);
        const left = await engine.remove(spec.id, signal);
        if (left !== null) leftBehind.push(left);
      }
    });
  } finally {
    await fleet.refresh();
  }
  if (leftBehind.length > 0) {
    void vscode.window.showWarningMessage(
      vscode.l10n.t('The machine did not answer, so files were left behind: {0}', leftBehind.join(', ')),
    );
  }
}

function wordsFor(jobs: readonly Job[]): { readonly question: string; readonly detail: string } {
  const [only, ...more] = jobs;
  if (only && more.length === 0) {
    return { question: vscode.l10n.t('Remove the job {0}?', only.spec.name), detail: whatGoes(only) };
  }
  const detail = vscode.l10n.t(
    'Their logs, charts and checkpoints here and their files on machines of yours are deleted. Models that were collected stay.',
  );
  return {
    question: vscode.l10n.t('Remove {0} jobs?', jobs.length),
    detail: `${namesOf(jobs)}\n\n${detail}`,
  };
}

/** So many names are said; the rest is a number. */
const mostNames = 8;

function namesOf(jobs: readonly Job[]): string {
  const names = jobs.slice(0, mostNames).map(({ spec }) => spec.name);
  const rest = jobs.length - names.length;
  return rest > 0 ? vscode.l10n.t('{0} and {1} more', names.join(', '), rest) : names.join(', ');
}

/** A rented machine is gone, with all that was on it. */
function whatGoes(job: Job): string {
  if (job.spec.rent === null) {
    return vscode.l10n.t(
      'Its log and chart here and its files on {0} are deleted. Models that were collected stay.',
      whereOf(job.spec),
    );
  }
  return vscode.l10n.t('Its log, chart and checkpoints here are deleted. Models that were collected stay.');
}
