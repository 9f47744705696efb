import { access, rename, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import * as vscode from 'vscode';
import { InputError, messageOf } from '../../errors.js';
import { formatRunFile } from '../../jobs/jobFile.js';
import { toRunFile, type RunDraft } from './runDraft.js';

/** Writes the answers into the file the flow began with, else into the dataset folder; asks before it overwrites. */
export async function saveRunFile(draft: RunDraft): Promise<void> {
  const proposed = draft.basis?.path ?? join(draft.dataset, 'trainyard.yaml');
  const path = (await exists(proposed)) ? await askWhere(proposed) : proposed;
  if (path === undefined) return;
  const name = draft.basis?.name ?? basename(draft.dataset);
  try {
    await writeWhole(path, formatRunFile(toRunFile(draft, name, path)));
  } catch (cause) {
    throw new InputError(`The file ${path} cannot be written (${messageOf(cause)}). Save it elsewhere.`, {
      cause,
    });
  }
  void showSaved(path);
}

/** The file has all of its text, or is as it was. */
async function writeWhole(path: string, text: string): Promise<void> {
  const temporary = `${path}.new`;
  try {
    await writeFile(temporary, text);
    await rename(temporary, path);
  } finally {
    await rm(temporary, { force: true });
  }
}

/** The path to write to; `undefined` when the user would rather not. */
async function askWhere(path: string): Promise<string | undefined> {
  const overwrite = vscode.l10n.t('Overwrite');
  const elsewhere = vscode.l10n.t('Save Elsewhere…');
  const answer = await vscode.window.showWarningMessage(
    vscode.l10n.t('{0} exists already.', vscode.workspace.asRelativePath(path)),
    { modal: true, detail: vscode.l10n.t('Its content is replaced by the answers you gave.') },
    overwrite,
    elsewhere,
  );
  if (answer === overwrite) return path;
  if (answer !== elsewhere) return undefined;
  const target = await vscode.window.showSaveDialog({
    defaultUri: vscode.Uri.file(path),
    filters: { YAML: ['yaml', 'yml'] },
  });
  return target?.fsPath;
}

async function showSaved(path: string): Promise<void> {
  const open = vscode.l10n.t('Open');
  const answer = await vscode.window.showInformationMessage(
    vscode.l10n.t('Saved {0}.', vscode.workspace.asRelativePath(path)),
    open,
  );
  if (answer === open) await vscode.window.showTextDocument(vscode.Uri.file(path));
}

async function exists(path: string): Promise<boolean> {
  try {
    await access(path);
    return true;
  } catch {
    return false;
  }
}
