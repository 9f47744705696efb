import * as vscode from 'vscode';
import { InputError } from '../errors.js';
import { withProgress } from '../views/cancellable.js';
import { theMachine } from '../views/instanceWords.js';
import type { Door } from './door.js';
import { targetMachine } from './instanceTarget.js';

/**
 * Gives the GPU of a machine back and keeps its disk, which goes on costing: says so, and asks. Only machines that no
 * job is on: a job whose machine stops takes another one.
 */
export async function stopInstance(
  target: unknown,
  { engine, fleet }: Pick<Door, 'engine' | 'fleet'>,
): Promise<void> {
  const { cloud, rented } = await targetMachine(
    target,
    {
      question: vscode.l10n.t('Which machine to stop'),
      fits: ({ cloud: { facts }, rented: { owner, machine } }) =>
        facts.stoppedCosts !== null && owner !== 'foreign' && owner !== 'job' && machine.state === 'running',
    },
    { engine, fleet },
  );
  const client = await cloud.open();
  if (!client.stop || cloud.facts.stoppedCosts === null) {
    throw new InputError(vscode.l10n.t('{0} cannot stop a machine, only terminate it.', cloud.title));
  }
  const stop = vscode.l10n.t('Stop');
  const answer = await vscode.window.showWarningMessage(
    vscode.l10n.t('Stop {0} at {1}?', theMachine(rented), cloud.title),
    { modal: true, detail: cloud.facts.stoppedCosts },
    stop,
  );
  if (answer !== stop) return;
  await withProgress(vscode.l10n.t('Stopping {0}', theMachine(rented)), async (signal) =>
    client.stop?.(rented.machine.id, signal),
  );
  await fleet.refresh();
}
