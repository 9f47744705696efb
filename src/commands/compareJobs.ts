import * as vscode from 'vscode';
import { InputError } from '../errors.js';
import type { Door } from './door.js';
import { askForJobs, selectedJobIds } from './jobTarget.js';

/** Shows jobs beside each other: those that are selected in the tree, else the user is asked which. */
export async function compareJobs(
  target: unknown,
  selected: unknown,
  { engine, comparisons }: Pick<Door, 'engine' | 'comparisons'>,
): Promise<void> {
  const chosen = selectedJobIds(target, selected);
  const ids = chosen.length > 1 ? chosen : await askForJobs(vscode.l10n.t('Compare Jobs'), chosen, engine);
  if (ids.length < 2) {
    throw new InputError(vscode.l10n.t('A comparison needs two jobs or more. Select them and try again.'));
  }
  comparisons.show(ids);
}
