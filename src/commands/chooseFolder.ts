import * as vscode from 'vscode';

/**
 * Asks for a dataset folder.
 * @throws {vscode.CancellationError} the user left
 */
export async function chooseFolder(question: string, verb: string): Promise<string> {
  const folders = await vscode.window.showOpenDialog({
    title: question,
    openLabel: verb,
    canSelectFolders: true,
    canSelectFiles: false,
    ...defaultFolder(),
  });
  if (!folders?.[0]) throw new vscode.CancellationError();
  return folders[0].fsPath;
}

function defaultFolder(): { defaultUri?: vscode.Uri } {
  const first = vscode.workspace.workspaceFolders?.[0];
  return first ? { defaultUri: first.uri } : {};
}
