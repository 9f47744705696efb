import { access } from 'node:fs/promises';
import * as vscode from 'vscode';
import { messageOf } from '../errors.js';
import type { Logger } from '../logger.js';

/** Shows a file or folder: in the Explorer where the workspace holds it, else in the system's file manager. */
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
    vscode.l10n.t('{0} is outside of this workspace.', path),
    copy,
  );
  if (answer === copy) await vscode.env.clipboard.writeText(path);
}

/** The same for what a training saved, which it may have let go of since. Says itself what goes wrong. */
export async function revealCheckpoint(path: string, logger: Logger): Promise<void> {
  try {
    await access(path);
    await revealFile(path);
  } catch (error) {
    logger.warn(`checkpoint reveal → ${messageOf(error)}`);
    void vscode.window.showWarningMessage(vscode.l10n.t('The checkpoint {0} is not there any more.', path));
  }
}
