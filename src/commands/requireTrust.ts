import * as vscode from 'vscode';

/**
 * Training runs code out of the workspace, here or elsewhere: a restricted workspace is refused, with the way to change that.
 * @throws {vscode.CancellationError} the workspace is not trusted; the user has been told
 */
export function requireTrust(): void {
  if (vscode.workspace.isTrusted) return;
  void explain();
  throw new vscode.CancellationError();
}

async function explain(): Promise<void> {
  const manage = vscode.l10n.t('Manage Workspace Trust');
  const answer = await vscode.window.showWarningMessage(
    vscode.l10n.t('Training runs code of this workspace, and you have not said that you trust it.'),
    manage,
  );
  if (answer === manage) await vscode.commands.executeCommand('workbench.trust.manage');
}
