import * as vscode from 'vscode';

/**
 * Asks for a key of one of the user's accounts.
 * @param name its environment variable: `HF_TOKEN`
 * @param why one sentence: what it is for, and where to get it
 * @throws {vscode.CancellationError} the user left
 */
export async function askToken(name: string, why: string): Promise<string> {
  const given = await vscode.window.showInputBox({
    title: name,
    prompt: vscode.l10n.t('{0} It is kept in the secret storage of VS Code.', why),
    password: true,
    ignoreFocusOut: true,
    validateInput: (text) =>
      /^\s*\S+\s*$/.test(text) ? undefined : vscode.l10n.t('A token is one word without blanks.'),
  });
  if (given === undefined) throw new vscode.CancellationError();
  return given.trim();
}
