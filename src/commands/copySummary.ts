import * as vscode from 'vscode';
import { withProgress } from '../views/cancellable.js';
import { jobMarkdown } from '../views/jobMarkdown.js';
import { MetricSummaries } from '../views/metricSummary.js';
import { toColumns } from '../views/panelNumbers.js';
import type { Door } from './door.js';
import { targetJob } from './jobTarget.js';

/** What a job was and what came of it, for an issue, a chat or a note. */
export async function copySummary(target: unknown, { engine }: Pick<Door, 'engine'>): Promise<void> {
  const job = await targetJob(target, { question: vscode.l10n.t('Which job to copy') }, engine);
  const { id, name, recipe } = job.spec;
  const { readLog } = await import('../engineRoom.js');
  const { points } = await withProgress(vscode.l10n.t('Reading the log of {0}', name), (signal) =>
    readLog(engine.folder(id).log, recipe, null, signal),
  );
  const metrics = new MetricSummaries();
  metrics.add(toColumns(points));
  await vscode.env.clipboard.writeText(jobMarkdown(job, metrics.all, Date.now()));
  void vscode.window.setStatusBarMessage(vscode.l10n.t('{0} is in the clipboard.', name), 5_000);
}
