import * as vscode from 'vscode';
import { InputError, UserError } from '../errors.js';
import { withProgress } from '../views/cancellable.js';
import type { Opening } from '../views/launch/opening.js';
import { chooseFolder } from './chooseFolder.js';
import type { Door } from './door.js';
import { requireTrust } from './requireTrust.js';

export type TrainDoor = Pick<Door, 'engine' | 'fleet' | 'panels' | 'problems' | 'secrets'>;

/** Trains on a folder or by a trainyard.yaml; asks for a folder when none was given. */
export async function trainFolder(target: unknown, door: TrainDoor): Promise<void> {
  requireTrust();
  const path = target instanceof vscode.Uri ? target.fsPath : await askForFolder();
  await trainPath(path, door);
}

/** The launch flow for what lies at `path`, and the panel of the job it starts. */
export async function trainPath(path: string, door: TrainDoor): Promise<void> {
  await saveIfOpen(path);
  await launchFrom(await openOrAskAgain(path, door), door);
}

/** Asks what the opening leaves open, and shows the panel of the job that is started. */
export async function launchFrom(opening: Opening, door: TrainDoor): Promise<void> {
  const { fleet, panels } = door;
  const { LaunchFlow } = await import('../views/later.js');
  const flow = new LaunchFlow(door, opening);
  try {
    const jobId = await flow.run();
    panels.show(jobId);
    await fleet.refresh();
  } finally {
    flow.dispose();
  }
}

/** A run file that is being written is trained as it is seen. */
async function saveIfOpen(path: string): Promise<void> {
  const document = vscode.workspace.textDocuments.find(({ uri, isDirty }) => isDirty && uri.fsPath === path);
  if (!document || (await document.save())) return;
  throw new InputError(vscode.l10n.t('{0} could not be saved. Save it, then train again.', path));
}

/** What is wrong with a folder is told together with a way on: another folder. */
async function openOrAskAgain(path: string, door: TrainDoor): Promise<Opening> {
  const { openForTraining } = await import('../views/later.js');
  for (let chosen = path; ; chosen = await askForFolder()) {
    try {
      return await withProgress(vscode.l10n.t('Looking at {0}', chosen), (signal) =>
        openForTraining(chosen, door.engine, signal),
      );
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      const again = vscode.l10n.t('Choose Another Folder…');
      const answer = await vscode.window.showErrorMessage(error.message, again);
      if (answer !== again) throw new vscode.CancellationError();
    }
  }
}

const askForFolder = (): Promise<string> =>
  chooseFolder(vscode.l10n.t('Dataset to Train On'), vscode.l10n.t('Train'));
