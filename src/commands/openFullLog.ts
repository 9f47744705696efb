import * as vscode from 'vscode';
import type { Door } from './door.js';
import { targetJob } from './jobTarget.js';

/** The whole log of a job as a read-only document, at its end. */
export async function openFullLog(
  target: unknown,
  { engine, logs }: Pick<Door, 'engine' | 'logs'>,
): Promise<void> {
  const job = await targetJob(
    target,
    { question: vscode.l10n.t('Whose log to open'), onlyShows: true },
    engine,
  );
  await logs.open(job.spec.id);
}
