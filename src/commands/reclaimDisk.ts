import * as vscode from 'vscode';
import { formatBytes } from '../format.js';
import type { KeptItem } from '../jobs/reclaim.js';
import { withProgress } from '../views/cancellable.js';
import { whereOf } from '../views/jobWords.js';
import type { Door } from './door.js';
import { targetJob } from './jobTarget.js';

/** Deletes on a job's machine, of what Trainyard keeps there and no unfinished job needs, what the user chooses. */
export async function reclaimDisk(target: unknown, { engine }: Pick<Door, 'engine'>): Promise<void> {
  const job = await targetJob(
    target,
    { question: vscode.l10n.t('On whose machine to free disk space') },
    engine,
  );
  const { place } = job.spec;
  const where = whereOf(job.spec);
  const kept = await withProgress(vscode.l10n.t('Looking at the disk of {0}', where), (signal) =>
    engine.reclaimable(place, signal),
  );
  if (kept.length === 0) {
    void vscode.window.showInformationMessage(
      vscode.l10n.t('Trainyard keeps nothing on {0} that could be deleted.', where),
    );
    return;
  }
  const chosen = await choose(kept, where);
  const { bytes } = await withProgress(vscode.l10n.t('Freeing disk space on {0}', where), (signal) =>
    engine.reclaimDisk(place, signal, chosen),
  );
  void vscode.window.showInformationMessage(
    vscode.l10n.t('{0} are free again on {1}.', formatBytes(bytes), where),
  );
}

/** As much of a hash as tells one from another. */
const hashLength = 12;

/** @throws {vscode.CancellationError} the user left, or chose nothing */
async function choose(kept: readonly KeptItem[], where: string): Promise<readonly KeptItem[]> {
  const items = kept.map((item) => ({
    label: formatBytes(item.bytes),
    description: `${kinds[item.kind]} ${item.kind === 'run' ? item.name : item.name.slice(0, hashLength)}`,
    detail: vscode.l10n.t('last used {0}', new Date(item.used * 1000).toLocaleDateString()),
    picked: true,
    item,
  }));
  const picked = await vscode.window.showQuickPick(items, {
    title: vscode.l10n.t('Delete on {0}', where),
    placeHolder: vscode.l10n.t('What is chosen is deleted; it is made or sent again when it is needed'),
    canPickMany: true,
    matchOnDescription: true,
    ignoreFocusOut: true,
  });
  if (!picked || picked.length === 0) throw new vscode.CancellationError();
  return picked.map(({ item }) => item);
}

const kinds: Readonly<Record<KeptItem['kind'], string>> = {
  environment: 'environment',
  dataset: 'dataset',
  run: 'finished job',
  cache: 'package cache',
  tool: 'program',
};
