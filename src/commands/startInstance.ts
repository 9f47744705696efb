import * as vscode from 'vscode';
import { InputError } from '../errors.js';
import { formatPrice } from '../format.js';
import { withProgress } from '../views/cancellable.js';
import { theMachine } from '../views/instanceWords.js';
import { priceOf } from '../views/rentedMachines.js';
import type { Door } from './door.js';
import { targetMachine } from './instanceTarget.js';

/** Starts a machine that was stopped; from then on it costs its whole price, so it asks. */
export async function startInstance(
  target: unknown,
  { engine, fleet }: Pick<Door, 'engine' | 'fleet'>,
): Promise<void> {
  const { cloud, rented } = await targetMachine(
    target,
    {
      question: vscode.l10n.t('Which machine to start'),
      fits: ({ rented: { owner, machine } }) => owner !== 'foreign' && machine.state === 'stopped',
    },
    { engine, fleet },
  );
  const client = await cloud.open();
  if (!client.start) throw new InputError(vscode.l10n.t('{0} cannot start a machine again.', cloud.title));
  const start = vscode.l10n.t('Start');
  const answer = await vscode.window.showWarningMessage(
    vscode.l10n.t('Start {0} at {1}?', theMachine(rented), cloud.title),
    {
      modal: true,
      detail: vscode.l10n.t('It costs {0} until it is stopped or terminated.', formatPrice(priceOf(rented))),
    },
    start,
  );
  if (answer !== start) return;
  await withProgress(vscode.l10n.t('Starting {0}', theMachine(rented)), async (signal) =>
    client.start?.(rented.machine.id, signal),
  );
  await fleet.refresh();
}
