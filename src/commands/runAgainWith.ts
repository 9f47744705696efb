import * as vscode from 'vscode';
import { withProgress } from '../views/cancellable.js';
import { targetJob } from './jobTarget.js';
import { requireTrust } from './requireTrust.js';
import { launchFrom, type TrainDoor } from './trainFolder.js';

/** The launch flow with the answers of an earlier job, which may still be running; what it was stays as it is. */
export async function runAgainWith(target: unknown, door: TrainDoor): Promise<void> {
  requireTrust();
  const { spec } = await targetJob(
    target,
    { question: vscode.l10n.t('Which job to run again, with changes') },
    door.engine,
  );
  const { openAgain } = await import('../views/later.js');
  const title = vscode.l10n.t('Looking at {0}', spec.dataset);
  const opening = await withProgress(title, (signal) => openAgain(spec, door.engine, signal));
  await launchFrom(opening, door);
}
