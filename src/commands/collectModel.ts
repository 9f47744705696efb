import { basename } from 'node:path';
import * as vscode from 'vscode';
import { formatBytes } from '../format.js';
import type { CollectedFile, Job } from '../jobs/job.js';
import { withProgress } from '../views/cancellable.js';
import { revealFile } from '../views/revealFile.js';
import type { Door } from './door.js';
import { targetJob } from './jobTarget.js';

/** Brings here what a job has saved so far, verified. */
export async function collectModel(
  target: unknown,
  { engine, fleet }: Pick<Door, 'engine' | 'fleet'>,
): Promise<void> {
  const job = await targetJob(
    target,
    { question: vscode.l10n.t('Whose model to collect'), ability: 'collectable' },
    engine,
  );
  const { id, name } = job.spec;
  const files = await withProgress(vscode.l10n.t('Collecting the model of {0}', name), (signal, report) =>
    engine.collect(id, undefined, (file, fraction) => report(file, fraction), signal),
  );
  await fleet.refresh();
  void showCollected(job, files);
}

async function showCollected({ spec }: Job, files: readonly CollectedFile[]): Promise<void> {
  const [first] = files;
  if (!first) return;
  const size = formatBytes(files.reduce((sum, { bytes }) => sum + bytes, 0));
  const what = files.length === 1 ? basename(first.path) : vscode.l10n.t('{0} files', files.length);
  const open = vscode.l10n.t('Open Model');
  const message = vscode.l10n.t('{0}: collected {1} ({2}, verified).', spec.name, what, size);
  if ((await vscode.window.showInformationMessage(message, open)) === open) await revealFile(first.path);
}
