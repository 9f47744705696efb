import { basename } from 'node:path';
import * as vscode from 'vscode';
import { InputError } from '../errors.js';
import type { Repairable } from '../views/datasetProblems.js';
import { repairAndCheck } from '../views/repairs.js';
import { changesOf } from '../views/repairWords.js';
import type { Door } from './door.js';

type RepairDoor = Pick<Door, 'engine' | 'problems'>;

/** Makes one repair that a check has found: the one of a code action, else the user chooses. */
export async function repairDataset(target: unknown, door: RepairDoor): Promise<void> {
  await repairAndCheck(typeof target === 'string' ? known(target, door) : await choose(target, door), door);
}

function known(id: string, { problems }: RepairDoor): Repairable {
  const found = problems.repair(id);
  if (!found)
    throw new InputError(vscode.l10n.t('The dataset was checked again since. Choose the repair anew.'));
  return found;
}

async function choose(target: unknown, { problems }: RepairDoor): Promise<Repairable> {
  const offered = problems.repairs(target instanceof vscode.Uri ? target.fsPath : undefined);
  if (offered.length === 0) {
    throw new InputError(
      vscode.l10n.t('No check has found anything that Trainyard can repair. Check a dataset first.'),
    );
  }
  const items = offered.map((repairable) => ({
    label: `$(lightbulb-autofix) ${repairable.repair.title}`,
    description: basename(repairable.dataset),
    detail: `${repairable.problem.message} ${changesOf(repairable.repair)}`,
    repairable,
  }));
  const picked = await vscode.window.showQuickPick(items, { title: vscode.l10n.t('What to repair') });
  if (!picked) throw new vscode.CancellationError();
  return picked.repairable;
}
