import { posix } from 'node:path';
import * as vscode from 'vscode';
import { InputError } from '../errors.js';
import { formatBytes } from '../format.js';
import { withProgress } from '../views/cancellable.js';
import { machineScheme } from '../views/machineFileSystem.js';
import { FileRow } from '../views/machineFilesView.js';
import { revealFile } from '../views/revealFile.js';
import type { Door } from './door.js';

/** Brings a file of a machine here, verified, under a name that is asked for. */
export async function downloadFile(target: unknown, { files }: Pick<Door, 'files'>): Promise<void> {
  const file = targetFile(target);
  const name = posix.basename(file.path).replaceAll('\\', '_');
  const [folder] = vscode.workspace.workspaceFolders ?? [];
  const to = await vscode.window.showSaveDialog({
    title: vscode.l10n.t('Download {0}', name),
    ...(folder ? { defaultUri: vscode.Uri.joinPath(folder.uri, name) } : {}),
  });
  if (!to) throw new vscode.CancellationError();
  const { bytes } = await withProgress(vscode.l10n.t('Downloading {0}', name), (signal, report) =>
    files.download(
      file,
      to.fsPath,
      ({ bytes: received, totalBytes }) =>
        report(formatBytes(received), totalBytes === null ? 0 : received / Math.max(1, totalBytes)),
      signal,
    ),
  );
  void tell(to.fsPath, name, bytes);
}

/** The row it was asked for at, or the file that is open. @throws {InputError} there is none */
function targetFile(target: unknown): vscode.Uri {
  if (target instanceof FileRow && target.file?.kind === 'file') return target.uri;
  const open = target instanceof vscode.Uri ? target : vscode.window.activeTextEditor?.document.uri;
  if (open?.scheme === machineScheme) return open;
  throw new InputError(vscode.l10n.t('Choose a file in the view Machine Files first.'));
}

async function tell(path: string, name: string, bytes: number): Promise<void> {
  const show = vscode.l10n.t('Show File');
  const message = vscode.l10n.t('{0} is here ({1}, verified).', name, formatBytes(bytes));
  if ((await vscode.window.showInformationMessage(message, show)) === show) await revealFile(path);
}
