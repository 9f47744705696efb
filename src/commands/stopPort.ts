import * as vscode from 'vscode';
import type { Door } from './door.js';
import { targetPort } from './portTarget.js';

/** Leads a port here no more. */
export async function stopPort(target: unknown, door: Pick<Door, 'ports'>): Promise<void> {
  const { jobId, port } = await targetPort(target, vscode.l10n.t('Which port to forward no more'), door);
  door.ports.stop(jobId, port);
}
