import * as vscode from 'vscode';
import { NotFoundError } from '../errors.js';
import { withProgress } from '../views/cancellable.js';
import { fileNameOf, keepFile } from '../views/keptFile.js';
import type { Door } from './door.js';
import { targetJob } from './jobTarget.js';

/** Every point that was read from a job's log, as a file of comma-separated values. */
export async function exportMetrics(target: unknown, { engine }: Pick<Door, 'engine'>): Promise<void> {
  const question = vscode.l10n.t('Whose metrics to export');
  const { spec } = await targetJob(target, { question }, engine);
  const { readLog, pointsToCsv } = await import('../engineRoom.js');
  const { points } = await withProgress(vscode.l10n.t('Reading the log of {0}', spec.name), (signal) =>
    readLog(engine.folder(spec.id).log, spec.recipe, null, signal),
  );
  if (points.length === 0) {
    throw new NotFoundError(
      vscode.l10n.t('{0} has reported no numbers. Its log holds all it printed.', spec.name),
    );
  }
  const content = Buffer.from(`${pointsToCsv(points)}\n`);
  await keepFile({ name: `${fileNameOf(spec.name)}.csv`, content, filters: { CSV: ['csv'] } });
}
