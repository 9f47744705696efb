import * as vscode from 'vscode';
import type { CommandId } from '../commands/commandIds.js';
import type { Remedy } from '../jobs/remedy.js';

/** The button of a remedy in a notification, and what it runs with the job's id. */
export function fixOf({ kind }: Remedy): { readonly title: string; readonly command: CommandId } {
  switch (kind) {
    case 'halveBatch':
      return { title: vscode.l10n.t('Halve Batch and Run Again'), command: 'trainyard.job.halveBatch' };
    case 'reclaimDisk':
      return { title: vscode.l10n.t('Free Disk Space…'), command: 'trainyard.job.reclaimDisk' };
    case 'addToken':
      return { title: vscode.l10n.t('Add Token and Run Again…'), command: 'trainyard.job.addToken' };
    case 'resume':
      return { title: vscode.l10n.t('Resume'), command: 'trainyard.job.resume' };
    default:
      return kind satisfies never;
  }
}
