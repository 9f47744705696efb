import * as vscode from 'vscode';
import type { Door } from './door.js';
import { modelFileOf } from './modelFile.js';

/** Shows the model's file: in the Explorer where the workspace holds it, else in the system's file manager. */
export async function revealModel(target: unknown, { engine }: Pick<Door, 'engine'>): Promise<void> {
  await revealFile(await modelFileOf(target, engine));
}

export async function revealFile(path: string): Promise<void> {
  const uri = vscode.Uri.file(path);
  if (vscode.workspace.getWorkspaceFolder(uri)) {
    await vscode.commands.executeCommand('revealInExplorer', uri);
  } else if (vscode.env.uiKind === vscode.UIKind.Desktop && vscode.env.remoteName === undefined) {
    await vscode.commands.executeCommand('revealFileInOS', uri);
  } else {
    await offerPath(path);
  }
}

/** A window in a browser, or on another computer, has no file manager. */
async function offerPath(path: string): Promise<void> {
  const copy = vscode.l10n.t('Copy Path');
  const answer = await vscode.window.showInformationMessage(
    vscode.l10n.t('The model is {0}, outside of this workspace.', path),
    copy,
  );
  if (answer === copy) await vscode.env.clipboard.writeText(path);
}
