import { basename } from 'node:path';
import * as vscode from 'vscode';
import type { Draft } from '../jobs/plan.js';
import { withProgress } from '../views/cancellable.js';
import { modelsFolderFor } from '../views/modelsFolder.js';
import { checkDataset as check } from '../views/repairs.js';
import { countWords } from '../views/repairWords.js';
import { chooseFolder } from './chooseFolder.js';
import type { CommandId } from './commandIds.js';
import type { Door } from './door.js';

type CheckDoor = Pick<Door, 'engine' | 'problems'>;

/** Says what is wrong with a dataset, for the recipe that fits it best or that its trainyard.yaml names. */
export async function checkDataset(target: unknown, door: CheckDoor): Promise<void> {
  const path =
    target instanceof vscode.Uri
      ? target.fsPath
      : await chooseFolder(vscode.l10n.t('Dataset to Check'), vscode.l10n.t('Check'));
  const { openForTraining, toRequest } = await import('../views/later.js');
  const title = vscode.l10n.t('Looking at {0}', path);
  const { draft } = await withProgress(title, (signal) => openForTraining(path, door.engine, signal));
  const name = draft.basis?.name ?? basename(draft.dataset);
  const checked = await check(toRequest(draft, modelsFolderFor(draft.dataset, [])), name, door);
  void tell(name, checked, door, vscode.Uri.file(draft.basis?.path ?? draft.dataset));
}

/** Where there is something to repair or to see, the way to it; else the way on. */
async function tell(name: string, draft: Draft, { problems }: CheckDoor, target: vscode.Uri): Promise<void> {
  const { check, recipe, spec } = draft;
  const count = countWords(check.problems);
  const isRefused = check.problems.some(({ severity }) => severity === 'error');
  const buttons: readonly (readonly [title: string, command: string, argument: unknown])[] = [
    ...(problems.repairs(spec.dataset).length > 0
      ? [[vscode.l10n.t('Repair…'), repairCommand, vscode.Uri.file(spec.dataset)] as const]
      : []),
    ...(check.problems.length > 0
      ? [[vscode.l10n.t('Show Problems'), 'workbench.actions.view.problems', undefined] as const]
      : []),
    ...(isRefused ? [] : [[vscode.l10n.t('Train…'), trainCommand, target] as const]),
  ];
  const message =
    count === ''
      ? vscode.l10n.t('{0} is good for the recipe "{1}".', name, recipe.title)
      : vscode.l10n.t('{0}: {1} for the recipe "{2}".', name, count, recipe.title);
  const show = isRefused
    ? vscode.window.showErrorMessage
    : count === ''
      ? vscode.window.showInformationMessage
      : vscode.window.showWarningMessage;
  const answer = await show(message, ...buttons.map(([title]) => title));
  const chosen = buttons.find(([title]) => title === answer);
  if (chosen) await vscode.commands.executeCommand(chosen[1], chosen[2]);
}

const repairCommand: CommandId = 'trainyard.dataset.repair';
const trainCommand: CommandId = 'trainyard.folder.train';
