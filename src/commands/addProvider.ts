import * as vscode from 'vscode';
import { formatUsd } from '../format.js';
import type { NewProvider } from '../views/later.js';
import type { CommandId } from './commandIds.js';
import type { Door } from './door.js';

/** Asks for the key of a cloud, checks it, and keeps it: from then on its machines can be rented. */
export async function addProvider(
  target: unknown,
  door: Pick<Door, 'engine' | 'fleet' | 'secrets'>,
): Promise<void> {
  const { askNewProvider } = await import('../views/later.js');
  const question = { title: vscode.l10n.t('Add a Provider'), canGoBack: false };
  const added = await askNewProvider(question, typeof target === 'string' ? target : null, door);
  if (typeof added === 'symbol') return;
  void tell(added);
  await door.fleet.refresh();
}

async function tell({ cloud, account }: NewProvider): Promise<void> {
  const train = vscode.l10n.t('Train a Folder…');
  const answer = await vscode.window.showInformationMessage(describe(cloud.title, account), train);
  if (answer === train) await vscode.commands.executeCommand(trainCommand);
}

const trainCommand: CommandId = 'trainyard.folder.train';

/** `RunPod can be used: me@example.com, $12.34 left.` */
function describe(title: string, account: NewProvider['account']): string {
  if (account === null) return vscode.l10n.t('The key of {0} is kept. It was not checked.', title);
  const { name, balanceUsd } = account;
  const facts = [
    ...(name === null ? [] : [name]),
    ...(balanceUsd === null ? [] : [vscode.l10n.t('{0} left', formatUsd(balanceUsd))]),
  ].join(', ');
  return facts === ''
    ? vscode.l10n.t('The key of {0} is good.', title)
    : vscode.l10n.t('The key of {0} is good: {1}.', title, facts);
}
