import * as vscode from 'vscode';
import { targetJob } from './jobTarget.js';
import { requireTrust } from './requireTrust.js';
import { startAgain } from './startAgain.js';
import type { TrainDoor } from './trainFolder.js';

/** Runs an ended job once more, as a new one; what it was stays as it is. */
export async function runAgain(target: unknown, door: TrainDoor): Promise<void> {
  requireTrust();
  const job = await targetJob(
    target,
    { question: vscode.l10n.t('Which job to run again'), ability: 'repeatable' },
    door.engine,
  );
  await startAgain(job, {}, door);
}
