import { resolve } from 'node:path';
import * as vscode from 'vscode';
import { InputError } from '../../errors.js';
import { holds } from '../modelsFolder.js';

/** Folders of the workspace, absolute. */
export const workspaceFolders = (): readonly string[] =>
  (vscode.workspace.workspaceFolders ?? []).map(({ uri }) => uri.fsPath);

/**
 * What an agent calls a folder or file, absolute: relative to the first folder of the workspace, and never outside of it.
 * @throws {InputError} it lies elsewhere
 */
export function pathInWorkspace(path: string): string {
  const folders = workspaceFolders();
  const absolute = resolve(folders[0] ?? '', path);
  if (folders.some((folder) => holds(folder, absolute))) return absolute;
  throw new InputError(vscode.l10n.t('{0} is not in this workspace. Open its folder first.', path));
}
