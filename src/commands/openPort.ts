import * as vscode from 'vscode';
import type { Door } from './door.js';
import { targetPort } from './portTarget.js';

/** Shows what answers at a forwarded port. */
export async function openPort(target: unknown, door: Pick<Door, 'ports'>): Promise<void> {
  const { localPort } = await targetPort(target, vscode.l10n.t('Which port to open'), door);
  await openInBrowser(localPort);
}

/** Where the editor runs elsewhere than its window, VS Code knows the way to the port. */
export async function openInBrowser(localPort: number): Promise<void> {
  const address = vscode.Uri.parse(`http://localhost:${localPort}/`, true);
  await vscode.env.openExternal(await vscode.env.asExternalUri(address));
}
