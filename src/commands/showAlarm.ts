import * as vscode from 'vscode';
import { formatPrice } from '../format.js';
import { overdueMachines, overdueSentence } from '../views/alarms.js';
import { RowHandle } from '../views/fleetView.js';
import { jobsOf } from '../views/rentedMachines.js';
import type { CommandId } from './commandIds.js';
import type { Door } from './door.js';

/** What may be done about machines that could not be ended or looked at; says so when there are none. */
export async function showAlarm({ fleet, sweeper }: Pick<Door, 'fleet' | 'sweeper'>): Promise<void> {
  const items = [...overdueItems(fleet), ...sweepItems(sweeper.problem)];
  if (items.length === 0) {
    void vscode.window.showInformationMessage(
      vscode.l10n.t('All is well: no machine runs that should have ended.'),
    );
    return;
  }
  const picked = await vscode.window.showQuickPick(items, {
    title: vscode.l10n.t('A machine may cost money against your will'),
  });
  if (!picked) throw new vscode.CancellationError();
  await vscode.commands.executeCommand(picked.command, picked.target);
}

interface AlarmItem extends vscode.QuickPickItem {
  readonly command: CommandId;
  readonly target?: RowHandle;
}

function overdueItems({ snapshot }: Door['fleet']): AlarmItem[] {
  return overdueMachines(jobsOf(snapshot)).flatMap((machine) => {
    const { provider, id, job, usdPerHour } = machine;
    const subject = { kind: 'instance', provider, instance: id, jobId: job.spec.id } as const;
    const target = new RowHandle(`${provider}/${id}`, subject);
    const description = `${job.spec.name} · ${formatPrice(usdPerHour)}`;
    return [
      {
        label: vscode.l10n.t('End It in the Console'),
        description,
        detail: overdueSentence(machine),
        command: 'trainyard.instance.openConsole',
        target,
      },
      {
        label: vscode.l10n.t('Try Again to End It'),
        description,
        command: 'trainyard.instance.terminate',
        target,
      },
    ];
  });
}

function sweepItems(problem: string | null): AlarmItem[] {
  if (problem === null) return [];
  return [
    { label: vscode.l10n.t('Sweep Now'), detail: problem, command: 'trainyard.fleet.sweep' },
    { label: vscode.l10n.t('Show Extension Log'), command: 'trainyard.log.show' },
  ];
}
