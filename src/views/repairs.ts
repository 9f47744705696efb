import { access } from 'node:fs/promises';
import { basename, join } from 'node:path';
import * as vscode from 'vscode';
import { InputError } from '../errors.js';
import type { Draft, TrainRequest } from '../jobs/plan.js';
import type { Problem, Repair } from '../recipes/datasets/problem.js';
import type { Trainyard } from '../trainyard.js';
import { withProgress } from './cancellable.js';
import type { DatasetProblems, Repairable } from './datasetProblems.js';
import { checkProgress } from './planning.js';
import { changesOf, countWords, fileNamedIn } from './repairWords.js';

/** Looks at a dataset, with a notification that can cancel it, and shows what is wrong in the Problems panel. */
export async function checkDataset(
  request: TrainRequest,
  name: string,
  { engine, problems }: { readonly engine: Trainyard; readonly problems: DatasetProblems },
): Promise<Draft> {
  const draft = await withProgress(vscode.l10n.t('Checking {0}', name), (signal, report) =>
    engine.draft(request, signal, checkProgress(report)),
  );
  await problems.show(request, draft);
  return draft;
}

/**
 * Repairs a dataset; where files of the user are changed, after a question that names them.
 * @returns what was done, one sentence
 * @throws {vscode.CancellationError} the user would rather not
 * @throws {InputError} it cannot be done any more, or a file has changes that are not saved
 */
export async function makeRepair(repair: Repair, dataset: string): Promise<string> {
  refuseUnsaved(repair, dataset);
  if (repair.changes.length > 0) await askBeforeChanging(repair);
  return withProgress(repair.title, (signal) => repair.apply(signal));
}

/** What is typed and not saved would overwrite the repair, or be lost by it. */
function refuseUnsaved({ changes }: Repair, dataset: string): void {
  const unsaved = vscode.workspace.textDocuments.filter(({ isDirty }) => isDirty);
  const name = changes.find((change) => unsaved.some(({ uri }) => uri.fsPath === join(dataset, change)));
  if (name === undefined) return;
  throw new InputError(vscode.l10n.t('{0} has changes that are not saved. Save it, then repair it.', name));
}

async function askBeforeChanging(repair: Repair): Promise<void> {
  const change = vscode.l10n.t('Change');
  const answer = await vscode.window.showWarningMessage(
    vscode.l10n.t('{0}?', repair.title),
    { modal: true, detail: changesOf(repair) },
    change,
  );
  if (answer !== change) throw new vscode.CancellationError();
}

/** Repairs what a check has found, checks again, and tells both. */
export async function repairAndCheck(
  { repair, request, dataset }: Repairable,
  door: { readonly engine: Trainyard; readonly problems: DatasetProblems },
): Promise<void> {
  const done = await makeRepair(repair, dataset);
  const { check } = await checkDataset(request, basename(dataset), door);
  void tellRepaired(repair, vscode.l10n.t('{0} {1}', done, leftWords(check.problems)), dataset);
}

function leftWords(problems: readonly Problem[]): string {
  const count = countWords(problems);
  return count === ''
    ? vscode.l10n.t('The check finds nothing wrong now.')
    : vscode.l10n.t('The check still finds {0}.', count);
}

/** Tells what was done, with a way to look at the file it was done to where that can be known. */
export async function tellRepaired(repair: Repair, message: string, dataset: string): Promise<void> {
  const file = await writtenFile(repair, message, dataset);
  if (file === undefined) {
    void vscode.window.showInformationMessage(message);
    return;
  }
  const open = vscode.l10n.t('Open {0}', basename(file));
  if ((await vscode.window.showInformationMessage(message, open)) === open) {
    await vscode.commands.executeCommand('vscode.open', vscode.Uri.file(file));
  }
}

/** A file that the sentence names, else the only one that was changed. */
async function writtenFile(
  { changes }: Repair,
  message: string,
  dataset: string,
): Promise<string | undefined> {
  const candidates = [...fileNamedIn(message), ...(changes.length === 1 ? changes : [])];
  for (const candidate of candidates) {
    const path = join(dataset, candidate);
    if (await isThere(path)) return path;
  }
  return undefined;
}

async function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
