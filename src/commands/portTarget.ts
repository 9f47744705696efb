import * as vscode from 'vscode';
import { InputError, NotFoundError } from '../errors.js';
import { RowHandle } from '../views/fleetView.js';
import type { OpenPort } from '../views/portForwards.js';
import type { Door } from './door.js';

/** The open port a command is meant for: its row, else the user is asked. */
export async function targetPort(
  target: unknown,
  question: string,
  { ports }: Pick<Door, 'ports'>,
): Promise<OpenPort> {
  if (target instanceof RowHandle && target.subject.kind === 'port') {
    const { jobId, port } = target.subject;
    const open = ports.find(jobId, port);
    if (open) return open;
    throw new NotFoundError(vscode.l10n.t('Port {0} of {1} is closed already.', port, jobId));
  }
  return askForPort(question, [...ports.open.values()].flat());
}

async function askForPort(question: string, open: readonly OpenPort[]): Promise<OpenPort> {
  if (open.length === 0) {
    throw new InputError(vscode.l10n.t('No port of a machine is forwarded. Forward one with Forward Port.'));
  }
  const items = open.map((port) => ({
    label: vscode.l10n.t('port {0}', port.port),
    description: `http://localhost:${port.localPort}`,
    detail: port.jobId,
    port,
  }));
  const picked = await vscode.window.showQuickPick(items, { title: question, matchOnDetail: true });
  if (!picked) throw new vscode.CancellationError();
  return picked.port;
}
