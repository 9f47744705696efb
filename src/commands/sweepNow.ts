import * as vscode from 'vscode';
import { InputError } from '../errors.js';
import { withProgress } from '../views/cancellable.js';
import type { Door } from './door.js';

/** Looks at every cloud now and ends what no job needs any more. What was found is told by the sweeper. */
export async function sweepNow({ engine, sweeper }: Pick<Door, 'engine' | 'sweeper'>): Promise<void> {
  if ((await engine.providers.usableClouds()).length === 0) {
    throw new InputError(vscode.l10n.t('There is no provider with a key, so there is nothing to sweep.'));
  }
  const title = vscode.l10n.t('Looking for machines that nobody needs');
  const summary = await withProgress(title, (signal) => sweeper.now(signal));
  if (!summary) throw new InputError(vscode.l10n.t('Another window is sweeping. Try again in a minute.'));
  if (summary.done === null && summary.failed === null) {
    void vscode.window.showInformationMessage(
      vscode.l10n.t('Every machine of yours has a job that needs it. There was nothing to end.'),
    );
  }
}
