import * as vscode from 'vscode';
import { NotFoundError } from '../errors.js';
import type { Door } from './door.js';

/** From a page of a log to the one before (`-1`, at its end) or behind it (`1`, at its beginning). */
export async function turnLogPage(by: -1 | 1, target: unknown, { logs }: Pick<Door, 'logs'>): Promise<void> {
  const { jobId, page } = logs.addressOf(target);
  if (by === -1) {
    if (page === 1) throw new NotFoundError(vscode.l10n.t('This is where the log begins.'));
    await logs.open(jobId, { page: page - 1 });
    return;
  }
  const count = await (await logs.pages(jobId)).count();
  if (page >= count) throw new NotFoundError(vscode.l10n.t('This is where the log ends.'));
  await logs.open(jobId, { page: page + 1, range: new vscode.Range(0, 0, 0, 0) });
}
