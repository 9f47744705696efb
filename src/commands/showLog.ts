import * as vscode from 'vscode';
import type { Door } from './door.js';
import { targetJob } from './jobTarget.js';

export async function showLog(
  target: unknown,
  { engine, outputs }: Pick<Door, 'engine' | 'outputs'>,
): Promise<void> {
  const job = await targetJob(
    target,
    { question: vscode.l10n.t('Whose log to show'), onlyShows: true },
    engine,
  );
  await outputs.show(job.spec.id);
}
