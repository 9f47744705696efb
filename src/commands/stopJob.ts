import * as vscode from 'vscode';
import type { Door } from './door.js';
import { targetJob } from './jobTarget.js';

/** Asks for an end with a last checkpoint. Nothing is lost, and the job can be resumed: so nothing is asked. */
export async function stopJob(
  target: unknown,
  { engine, fleet }: Pick<Door, 'engine' | 'fleet'>,
): Promise<void> {
  const job = await targetJob(
    target,
    { question: vscode.l10n.t('Which job to stop'), ability: 'stoppable' },
    engine,
  );
  await engine.requestStop(job.spec.id);
  await fleet.refresh();
}
