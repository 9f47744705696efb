import { dirname, join } from 'node:path';
import { homedir } from 'node:os';
import * as vscode from 'vscode';
import { messageOf } from '../errors.js';
import type { Logger } from '../logger.js';

/** A file the user may want to keep. */
export interface KeptFile {
  /** What is proposed, without a folder: `digits.csv`. */
  readonly name: string;
  readonly content: Uint8Array;
  /** What kind of file it is and how its name ends: `{ CSV: ['csv'] }`. */
  readonly filters: Readonly<Record<string, string[]>>;
}

/** The folder of the last file that was kept: the next one probably goes there, too. */
let lastFolder: string | undefined;

/**
 * Asks where a file goes and writes it there.
 * @throws {vscode.CancellationError} the user left
 */
export async function keepFile({ name, content, filters }: KeptFile): Promise<void> {
  const folder = lastFolder ?? vscode.workspace.workspaceFolders?.[0]?.uri.fsPath ?? homedir();
  const target = await vscode.window.showSaveDialog({
    defaultUri: vscode.Uri.file(join(folder, name)),
    filters,
  });
  if (!target) throw new vscode.CancellationError();
  await vscode.workspace.fs.writeFile(target, content);
  lastFolder = dirname(target.fsPath);
}

/** Lets the user keep a picture of the charts of a job. Says itself what goes wrong: no command is behind it. */
export async function keepPicture(jobName: string, png: Uint8Array, logger: Logger): Promise<void> {
  try {
    await keepFile({ name: `${fileNameOf(jobName)}.png`, content: png, filters: { PNG: ['png'] } });
  } catch (error) {
    if (error instanceof vscode.CancellationError) return;
    logger.error(`picture of ${jobName} → ${messageOf(error)}`);
    void vscode.window.showErrorMessage(
      vscode.l10n.t('The picture could not be saved: {0}', messageOf(error)),
    );
  }
}

/** A job may be called anything. */
export const fileNameOf = (jobName: string): string =>
  jobName.replace(/[^\p{L}\p{N}._ -]+/gu, '_').replace(/^[. ]+/, '') || 'charts';
