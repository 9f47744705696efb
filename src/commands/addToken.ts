import * as vscode from 'vscode';
import { InputError } from '../errors.js';
import { askToken } from '../views/tokenQuestion.js';
import { targetJob } from './jobTarget.js';
import { requireTrust } from './requireTrust.js';
import { startAgain } from './startAgain.js';
import type { TrainDoor } from './trainFolder.js';

/** Asks for the key that a job lacked, keeps it in VS Code's secret storage, and runs the job again with it. */
export async function addToken(target: unknown, door: TrainDoor): Promise<void> {
  requireTrust();
  const job = await targetJob(
    target,
    { question: vscode.l10n.t('Which job to give a token'), remedy: 'addToken' },
    door.engine,
  );
  const remedy = await door.engine.remedy(job);
  if (remedy?.kind !== 'addToken') {
    throw new InputError(vscode.l10n.t('{0} did not end for lack of a token.', job.spec.name));
  }
  await door.secrets.set(remedy.name, await askToken(remedy.name, remedy.why));
  await startAgain(job, remedy.changes, door);
}
