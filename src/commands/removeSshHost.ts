import * as vscode from 'vscode';
import { InputError } from '../errors.js';
import type { Trainyard } from '../trainyard.js';
import { RowHandle } from '../views/fleetView.js';
import type { Door } from './door.js';

/** Takes a machine off the list. The machine, and what is on it, is left as it is. */
export async function removeSshHost(
  target: unknown,
  { engine, fleet }: Pick<Door, 'engine' | 'fleet'>,
): Promise<void> {
  const destination = hostOf(target) ?? (await askForHost(engine));
  await refuseBusy(destination, engine);
  await engine.sshHosts.remove(destination);
  await fleet.refresh();
}

function hostOf(target: unknown): string | undefined {
  if (!(target instanceof RowHandle)) return undefined;
  return target.subject.kind === 'instance' ? target.subject.instance : undefined;
}

async function askForHost(engine: Trainyard): Promise<string> {
  const hosts = await engine.sshHosts.list();
  if (hosts.length === 0) throw new InputError(vscode.l10n.t('There is no SSH host in the list.'));
  const labels = hosts.map(({ destination }) => destination);
  const picked = await vscode.window.showQuickPick(labels, {
    title: vscode.l10n.t('Which SSH host to remove'),
  });
  if (picked === undefined) throw new vscode.CancellationError();
  return picked;
}

/** The list knows which key opens the machine; a job that runs there needs it. */
async function refuseBusy(destination: string, engine: Trainyard): Promise<void> {
  const busy = (await engine.jobs()).find(
    (entry) =>
      'job' in entry && entry.job.spec.place.destination === destination && entry.job.stage.state !== 'ended',
  );
  if (busy) {
    throw new InputError(vscode.l10n.t('The job {0} runs on {1}. Stop it first.', busy.id, destination));
  }
}
