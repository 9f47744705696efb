import * as vscode from 'vscode';
import { InputError } from '../errors.js';
import { sshCommand } from '../views/sshCommand.js';
import type { Door } from './door.js';
import { targetJob } from './jobTarget.js';

/** Puts on the clipboard what opens a shell on the job's machine in any terminal. */
export async function copySshCommand(target: unknown, { engine }: Pick<Door, 'engine'>): Promise<void> {
  const job = await targetJob(
    target,
    { question: vscode.l10n.t('Whose SSH command to copy'), ability: 'overSsh' },
    engine,
  );
  const endpoint = await engine.endpoint(job, new AbortController().signal);
  if (endpoint.kind === 'local') {
    throw new InputError(vscode.l10n.t('{0} runs on this computer: it needs no SSH.', job.spec.name));
  }
  const command = sshCommand(endpoint);
  await vscode.env.clipboard.writeText(command);
  vscode.window.setStatusBarMessage(vscode.l10n.t('Copied: {0}', command), copiedMs);
}

/** How long the status bar says so. */
const copiedMs = 5_000;
