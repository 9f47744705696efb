import * as vscode from 'vscode';
import type { Door } from './door.js';
import { targetJob } from './jobTarget.js';

export async function showPanel(
  target: unknown,
  { engine, panels }: Pick<Door, 'engine' | 'panels'>,
): Promise<void> {
  const job = await targetJob(
    target,
    { question: vscode.l10n.t('Which job to show'), onlyShows: true },
    engine,
  );
  panels.show(job.spec.id);
}
