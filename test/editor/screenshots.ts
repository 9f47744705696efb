import { waitFor } from '../support/waitFor.js';
import { trainFromExplorer } from './support/flow.js';
import type { Workbench } from './support/workbench.js';

/** Saves what the window shows now, under this name. */
export type Shoot = (scene: string) => Promise<void>;

const patience = { timeoutMs: 90_000 };

/** What the README and the docs show. Runs once for each look, in a fresh VS Code with the samples open. */
export async function takeScenes(workbench: Workbench, shoot: Shoot): Promise<void> {
  await workbench.showTrainyard();
  await waitFor('the welcome', async () => (await workbench.welcome()) !== '');
  await shoot('welcome');

  await workbench.contextMenu('digits', 'Train with Trainyard…');
  await (await workbench.quickPick(/: Recipe/)).shown();
  await shoot('flow-recipe');
  await (await workbench.quickPick(/: Recipe/)).accept();
  await (await workbench.quickPick(/: Where/)).pick('This computer');
  await (await workbench.quickPick(/: Parameters/)).pick('Continue');
  const confirm = await workbench.quickPick(/: Start/);
  await waitFor('the check', async () => (await confirm.labels()).some((label) => label.includes('Start')));
  await shoot('flow-start');
  await confirm.cancel();

  await trainFromExplorer(workbench, 'digits');
  await workbench.showTrainyard();
  const rows = async (text: RegExp): Promise<boolean> =>
    (await workbench.tree()).some((row) => text.test(row));
  await waitFor('half of the training', () => rows(/training [4-9]\d %/), patience);
  await shoot('panel-training');
  await waitFor('the end', () => rows(/succeeded/), patience);
  await workbench.notification(/has finished/);
  await workbench.panelFrame().getByText('Succeeded', { exact: true }).waitFor();
  await shoot('panel-end');
}
