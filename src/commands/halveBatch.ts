import * as vscode from 'vscode';
import { InputError } from '../errors.js';
import { targetJob } from './jobTarget.js';
import { requireTrust } from './requireTrust.js';
import { startAgain } from './startAgain.js';
import type { TrainDoor } from './trainFolder.js';

/** Runs a job that a GPU had too little memory for once more, with half as many examples at once. */
export async function halveBatch(target: unknown, door: TrainDoor): Promise<void> {
  requireTrust();
  const job = await targetJob(
    target,
    { question: vscode.l10n.t('Which job to run again with half its batch'), remedy: 'halveBatch' },
    door.engine,
  );
  const remedy = await door.engine.remedy(job);
  if (remedy?.kind !== 'halveBatch') {
    throw new InputError(
      vscode.l10n.t('{0} did not end for lack of GPU memory, or has no batch to halve.', job.spec.name),
    );
  }
  await startAgain(job, remedy.changes, door);
  const changes = Object.entries(remedy.changes).map(
    ([name, value]) => `${name} ${value} (${job.spec.parameters[name] ?? ''})`,
  );
  vscode.window.setStatusBarMessage(
    vscode.l10n.t('{0} runs again: {1}', job.spec.name, changes.join(', ')),
    shownMs,
  );
}

/** How long the status bar says so. */
const shownMs = 10_000;
