import * as vscode from 'vscode';
import { NotFoundError } from '../errors.js';
import { instanceOf } from '../jobs/jobInstance.js';
import { RowHandle } from '../views/fleetView.js';
import type { Door } from './door.js';
import { targetMachine } from './instanceTarget.js';

/** Opens the page of a machine at its cloud: that of a row, of the job whose id it was given, or one that is asked for. */
export async function openConsole(target: unknown, door: Pick<Door, 'engine' | 'fleet'>): Promise<void> {
  const { provider, id } = await machineOf(target, door);
  await vscode.env.openExternal(await consoleUrl(provider, id, door));
}

/** The page of one machine; without a key that of all machines. */
export async function consoleUrl(
  provider: string,
  id: string,
  { engine }: Pick<Door, 'engine'>,
): Promise<vscode.Uri> {
  const cloud = engine.providers.cloud(provider);
  const url = (await cloud.hasKey()) ? (await cloud.open()).consoleUrl(id) : cloud.facts.consoleUrl;
  return vscode.Uri.parse(url, true);
}

async function machineOf(
  target: unknown,
  door: Pick<Door, 'engine' | 'fleet'>,
): Promise<{ readonly provider: string; readonly id: string }> {
  if (target instanceof RowHandle && target.subject.kind === 'instance') {
    return { provider: target.subject.provider, id: target.subject.instance };
  }
  if (typeof target === 'string') {
    const instance = instanceOf(await door.engine.job(target));
    if (instance) return instance;
    throw new NotFoundError(vscode.l10n.t('The machine of {0} is gone already.', target));
  }
  const question = vscode.l10n.t('Which machine to open in the console of its provider');
  const { rented } = await targetMachine(target, { question, fits: () => true }, door);
  return rented.machine;
}
