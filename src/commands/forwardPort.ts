import * as v from 'valibot';
import * as vscode from 'vscode';
import { withProgress } from '../views/cancellable.js';
import { can } from '../views/jobAbilities.js';
import { whereNow } from '../views/jobWords.js';
import type { OpenPort } from '../views/portForwards.js';
import type { Door } from './door.js';
import { targetJob } from './jobTarget.js';
import { openInBrowser } from './openPort.js';

/** What a key binding can say: `{ "job": "digits-7f3k2a", "port": 6006 }`. */
const portRequest = v.object({ job: v.optional(v.string()), port: v.pipe(v.number(), v.integer()) });

/** Leads a port of a job's machine here: TensorBoard, Jupyter, or any other. Of this computer it is opened as it is. */
export async function forwardPort(
  target: unknown,
  door: Pick<Door, 'engine' | 'ports' | 'view'>,
): Promise<void> {
  const { engine, ports, view } = door;
  const request = v.safeParse(portRequest, target);
  const job = await targetJob(
    request.success ? request.output.job : target,
    { question: vscode.l10n.t('Whose machine has the port'), ability: 'hasMachine' },
    engine,
  );
  const port = request.success ? request.output.port : await askForPort(whereNow(job));
  if (!can(job, 'overSsh')) {
    await openInBrowser(port);
    return;
  }
  const open = await withProgress(
    vscode.l10n.t('Forwarding port {0} of {1}', port, whereNow(job)),
    (signal) => ports.start(job, port, signal),
  );
  await view.showPort(open);
  void tell(open, whereNow(job));
}

async function tell({ port, localPort }: OpenPort, place: string): Promise<void> {
  const open = vscode.l10n.t('Open in Browser');
  const answer = await vscode.window.showInformationMessage(
    vscode.l10n.t('Port {0} of {1} is http://localhost:{2} here.', port, place, localPort),
    open,
  );
  if (answer === open) await openInBrowser(localPort);
}

interface PortItem extends vscode.QuickPickItem {
  readonly port?: number;
}

async function askForPort(place: string): Promise<number> {
  const usual: readonly PortItem[] = [
    { label: 'TensorBoard', description: '6006', port: 6006 },
    { label: 'Jupyter', description: '8888', port: 8888 },
    { label: vscode.l10n.t('Another port…') },
  ];
  const picked = await vscode.window.showQuickPick(usual, {
    title: vscode.l10n.t('Which Port of {0}', place),
    matchOnDescription: true,
  });
  if (!picked) throw new vscode.CancellationError();
  if (picked.port !== undefined) return picked.port;
  const text = await vscode.window.showInputBox({
    title: vscode.l10n.t('Which Port of {0}', place),
    validateInput: (given) =>
      portOf(given) === undefined ? vscode.l10n.t('Write a number from 1 to 65535.') : undefined,
  });
  const port = portOf(text ?? '');
  if (port === undefined) throw new vscode.CancellationError();
  return port;
}

function portOf(text: string): number | undefined {
  const port = /^\s*\d{1,5}\s*$/.test(text) ? Number(text) : 0;
  return port >= 1 && port <= 65_535 ? port : undefined;
}
