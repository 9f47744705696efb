import * as vscode from 'vscode';
import { groupTitle } from '../views/fleetView.js';
import { groupOf, jobGroups } from '../views/treeChoice.js';
import type { Door } from './door.js';

/** Asks which jobs the tree is to show; none or all of them is no filter. */
export async function filterJobs({ fleet, view }: Pick<Door, 'fleet' | 'view'>): Promise<void> {
  const jobs = fleet.snapshot.jobs.flatMap((entry) => ('job' in entry ? [entry.job] : []));
  const items = jobGroups.map((group) => ({
    label: groupTitle(group),
    description: String(jobs.filter((job) => groupOf(job) === group).length),
    picked: view.choice.groups.includes(group),
    group,
  }));
  const picked = await vscode.window.showQuickPick(items, {
    title: vscode.l10n.t('Filter Jobs'),
    placeHolder: vscode.l10n.t('Which jobs to show'),
    canPickMany: true,
  });
  if (!picked) throw new vscode.CancellationError();
  const groups = picked.map(({ group }) => group);
  view.filter(groups.length === jobGroups.length ? [] : groups);
}
