import { basename } from 'node:path';
import * as vscode from 'vscode';
import type { Customized, CustomizeRequest } from '../jobs/customize.js';
import type { DetectedRecipe } from '../recipes/index.js';
import { RowHandle } from '../views/fleetView.js';
import { withProgress } from '../views/cancellable.js';
import { chooseFolder } from './chooseFolder.js';
import type { CommandId } from './commandIds.js';
import type { Door } from './door.js';
import { requireTrust } from './requireTrust.js';

/** Makes the training program of a recipe the user's own: a script in the dataset folder that trains the same. */
export async function customizeScript(target: unknown, { engine }: Pick<Door, 'engine'>): Promise<void> {
  requireTrust();
  const request = await requestOf(target, engine);
  const title = vscode.l10n.t('Copying the training script into {0}', basename(request.path));
  const customized = await withProgress(title, (signal) => engine.customize(request, signal));
  await vscode.window.showTextDocument(vscode.Uri.file(customized.entry), { preview: false });
  void tell(customized);
}

async function requestOf(target: unknown, engine: Door['engine']): Promise<CustomizeRequest> {
  if (target instanceof RowHandle && target.subject.kind === 'job') {
    const { dataset, name, recipe, parameters } = (await engine.job(target.subject.jobId)).spec;
    return { path: dataset, name, recipe, parameters };
  }
  const path =
    target instanceof vscode.Uri
      ? target.fsPath
      : await chooseFolder(
          vscode.l10n.t('Dataset Whose Training Script to Customize'),
          vscode.l10n.t('Customize'),
        );
  return openedRequest(path, engine);
}

/** A folder's own trainyard.yaml says which recipe and parameters are meant, as when it is trained. */
async function openedRequest(path: string, engine: Door['engine']): Promise<CustomizeRequest> {
  const { openForTraining } = await import('../views/later.js');
  const title = vscode.l10n.t('Looking at {0}', path);
  const { draft, detected } = await withProgress(title, (signal) => openForTraining(path, engine, signal));
  const request = { path: draft.basis?.path ?? draft.dataset };
  return draft.basis?.recipe === undefined ? { ...request, ...(await askRecipe(detected)) } : request;
}

/** Where several recipes have a program for the folder, the user says whose. */
async function askRecipe(detected: readonly DetectedRecipe[]): Promise<{ readonly recipe?: string }> {
  const items = detected
    .filter(({ recipe }) => recipe.id !== 'script')
    .map(({ recipe, fit }) => ({
      label: recipe.title,
      description: fit.why,
      detail: recipe.summary,
      recipe,
    }));
  if (items.length < 2) return {};
  const picked = await vscode.window.showQuickPick(items, {
    title: vscode.l10n.t('Whose Training Script to Customize'),
  });
  if (!picked) throw new vscode.CancellationError();
  return { recipe: picked.recipe.id };
}

async function tell({ folder, entry, runFile }: Customized): Promise<void> {
  const train = vscode.l10n.t('Train…');
  const message = vscode.l10n.t(
    '{0} of {1} is yours to change. It trains by {2}.',
    basename(entry),
    basename(folder),
    basename(runFile),
  );
  if ((await vscode.window.showInformationMessage(message, train)) !== train) return;
  const command: CommandId = 'trainyard.folder.train';
  await vscode.commands.executeCommand(command, vscode.Uri.file(runFile));
}
