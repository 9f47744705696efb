import * as vscode from 'vscode';
import type { Door } from './door.js';

/** Adds a machine of the user's own to the list; nothing is sent to it yet. */
export async function addSshHost({ engine, fleet }: Pick<Door, 'engine' | 'fleet'>): Promise<void> {
  const { askNewHost } = await import('../views/later.js');
  const known = await engine.sshHosts.list();
  const host = await askNewHost(vscode.l10n.t('Add an SSH Host'), known, engine.logger);
  await engine.sshHosts.add(host);
  await fleet.refresh();
}
