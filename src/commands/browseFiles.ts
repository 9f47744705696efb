import * as vscode from 'vscode';
import { withProgress } from '../views/cancellable.js';
import { whereNow } from '../views/jobWords.js';
import type { Door } from './door.js';
import { targetJob } from './jobTarget.js';

/** The folder of a job's run on its machine, in a view of its own. */
export async function browseFiles(
  target: unknown,
  { engine, filesView }: Pick<Door, 'engine' | 'filesView'>,
): Promise<void> {
  const job = await targetJob(
    target,
    { question: vscode.l10n.t('Whose files to browse'), ability: 'hasMachine' },
    engine,
  );
  const where = whereNow(job);
  await withProgress(vscode.l10n.t('Opening the files on {0}', where), (signal) =>
    filesView.show(job.spec.id, where, signal),
  );
}
