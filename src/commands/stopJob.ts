import * as vscode from 'vscode';
import type { Door } from './door.js';
import { targetJobs } from './jobTarget.js';

/** Asks for an end with a last checkpoint. Nothing is lost, and a job can be resumed: so nothing is asked. */
export async function stopJob(
  target: unknown,
  selected: unknown,
  { engine, fleet }: Pick<Door, 'engine' | 'fleet'>,
): Promise<void> {
  const jobs = await targetJobs(
    target,
    selected,
    { question: vscode.l10n.t('Which job to stop'), ability: 'stoppable' },
    engine,
  );
  await Promise.all(jobs.map(({ spec }) => engine.requestStop(spec.id)));
  await fleet.refresh();
}
