import * as vscode from 'vscode';
import { NotFoundError } from '../errors.js';
import { withProgress } from '../views/cancellable.js';
import type { LogMatch } from '../views/fullLog/logSearch.js';
import type { Door } from './door.js';

/** More lines than a list is good for. */
const mostMatches = 1_000;

/** Searches all pages of the log that is open; the editor's own find searches the one in sight. */
export async function searchFullLog(target: unknown, { logs }: Pick<Door, 'logs'>): Promise<void> {
  const { jobId } = logs.addressOf(target);
  const text = await vscode.window.showInputBox({
    title: vscode.l10n.t('Search the Whole Log of {0}', jobId),
    placeHolder: vscode.l10n.t('Text to look for, in any case'),
  });
  if (text === undefined || text === '') throw new vscode.CancellationError();
  const found = await search(jobId, text, logs);
  if (found.length === 0) {
    throw new NotFoundError(vscode.l10n.t('The log of {0} does not say {1}.', jobId, text));
  }
  const picked = await vscode.window.showQuickPick(found.map(toItem), {
    title: vscode.l10n.t('{0} in the Log of {1}', text, jobId),
    matchOnDescription: true,
  });
  if (!picked) throw new vscode.CancellationError();
  const { page, line, column } = picked.match;
  await logs.open(jobId, { page, range: new vscode.Range(line, column, line, column + text.length) });
}

async function search(jobId: string, text: string, logs: Door['logs']): Promise<readonly LogMatch[]> {
  const [{ searchPages }, pages] = await Promise.all([import('../views/later.js'), logs.pages(jobId)]);
  return withProgress(vscode.l10n.t('Searching the log of {0}', jobId), (signal, report) =>
    searchPages(
      pages,
      {
        text,
        most: mostMatches,
        onProgress: (fraction, found) => report(vscode.l10n.t('{0} found', found), fraction),
      },
      signal,
    ),
  );
}

const toItem = (match: LogMatch): vscode.QuickPickItem & { readonly match: LogMatch } => ({
  label: match.text.trim().slice(0, 200),
  description: vscode.l10n.t('part {0}, line {1}', match.page, match.line + 1),
  match,
});
