import { createWriteStream } from 'node:fs';
import { basename } from 'node:path';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import * as vscode from 'vscode';
import { InputError } from '../errors.js';
import { formatBytes } from '../format.js';
import { withProgress } from '../views/cancellable.js';
import { FileRow } from '../views/machineFilesView.js';
import type { Door } from './door.js';

/** Brings a file of a machine here, under a name that is asked for. */
export async function downloadFile(target: unknown, { files }: Pick<Door, 'files'>): Promise<void> {
  if (!(target instanceof FileRow) || target.file?.kind !== 'file') {
    throw new InputError(vscode.l10n.t('Choose a file in the view Machine Files first.'));
  }
  const { uri, file } = target;
  const name = basename(file.name.replaceAll('\\', '_'));
  const [folder] = vscode.workspace.workspaceFolders ?? [];
  const to = await vscode.window.showSaveDialog({
    title: vscode.l10n.t('Download {0}', name),
    ...(folder ? { defaultUri: vscode.Uri.joinPath(folder.uri, name) } : {}),
  });
  if (!to) throw new vscode.CancellationError();
  await withProgress(vscode.l10n.t('Downloading {0}', name), async (signal, report) => {
    let received = 0;
    const counting = new Transform({
      transform(chunk: Uint8Array, _encoding, done) {
        received += chunk.length;
        report(formatBytes(received), received / Math.max(1, file.bytes));
        done(null, chunk);
      },
    });
    await pipeline(Readable.from(await files.stream(uri)), counting, createWriteStream(to.fsPath), {
      signal,
    });
  });
}
