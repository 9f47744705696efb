import * as vscode from 'vscode';
import type { Job } from '../jobs/job.js';
import { withProgress } from '../views/cancellable.js';
import { whereOf } from '../views/jobWords.js';
import type { Door } from './door.js';
import { targetJob } from './jobTarget.js';

/** Takes an ended job off the list and its files off the machine; the collected model stays. Asks once. */
export async function removeJob(
  target: unknown,
  { engine, fleet }: Pick<Door, 'engine' | 'fleet'>,
): Promise<void> {
  const job = await targetJob(
    target,
    { question: vscode.l10n.t('Which job to remove'), ability: 'removable' },
    engine,
  );
  const { id, name } = job.spec;
  const remove = vscode.l10n.t('Remove');
  const answer = await vscode.window.showWarningMessage(
    vscode.l10n.t('Remove the job {0}?', name),
    {
      modal: true,
      detail: whatGoes(job),
    },
    remove,
  );
  if (answer !== remove) return;
  const leftBehind = await withProgress(vscode.l10n.t('Removing {0}', name), (signal) =>
    engine.remove(id, signal),
  );
  await fleet.refresh();
  if (leftBehind !== null) {
    void vscode.window.showWarningMessage(
      vscode.l10n.t('The machine did not answer, so files were left behind: {0}', leftBehind),
    );
  }
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
