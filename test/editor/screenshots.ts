import type { SimulatedCloud } from '../clouds/base/simulatedCloud.js';
import { waitFor } from '../support/waitFor.js';
import { trainFromExplorer } from './support/flow.js';
import type { Workbench } from './support/workbench.js';

/** Saves what the window shows now, under this name. */
export type Shoot = (scene: string) => Promise<void>;

const patience = { timeoutMs: 180_000 };
/** What VS Code shows while extensions begin. */
const signsOfActivation = [
  '.activitybar .progress-badge',
  '.sidebar .monaco-progress-container.active',
  '.statusbar-item:has-text("Activating Extensions")',
];

/**
 * What the README and the docs show. Runs once for each look, in a fresh VS Code with the samples open.
 * @param clouds what the editor takes for the real ones; the user has no key yet
 */
export async function takeScenes(
  workbench: Workbench,
  clouds: readonly SimulatedCloud[],
  shoot: Shoot,
): Promise<void> {
  await workbench.showTrainyard();
  await waitFor('the welcome', async () => (await workbench.welcome()) !== '');
  for (const busy of signsOfActivation) {
    await workbench.page.locator(busy).first().waitFor({ state: 'hidden' });
  }
  await shoot('welcome');

  await workbench.contextMenu('digits', 'Train with Trainyard…');
  const recipe = await workbench.quickPick(/: Recipe/);
  await waitFor('the recipes', async () => (await recipe.labels()).length > 1);
  await shoot('flow-recipe');
  await recipe.accept();
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
  await workbench.panelFrame().getByRole('heading', { name: 'Loss' }).waitFor();
  await shoot('panel-training');
  await waitFor('the end', () => rows(/succeeded/), patience);
  await workbench.notification(/has finished/);
  await workbench.panelFrame().getByText('Succeeded', { exact: true }).waitFor();
  await shoot('panel-end');
  await workbench.command('Notifications: Clear All Notifications');
  await workbench.panelFrame().getByRole('button', { name: 'here' }).last().scrollIntoViewIfNeeded();
  await shoot('panel-checkpoints');
  await takeComparison(workbench, shoot);
  await takeRentScenes(workbench, clouds, shoot);
}

/** The same training again, shorter and less bold, beside the one before. */
async function takeComparison(workbench: Workbench, shoot: Shoot): Promise<void> {
  await trainFromExplorer(workbench, 'digits', { parameters: { epochs: '15', lr: '0.05' } });
  await workbench.showTrainyard();
  const succeeded = async (): Promise<number> =>
    (await workbench.tree()).filter((row) => row.includes('succeeded')).length;
  await waitFor('the second end', async () => (await succeeded()) === 2, patience);
  await workbench.notification(/has finished/);
  await workbench.command('Notifications: Clear All Notifications');
  await workbench.command('Trainyard: Compare Jobs…');
  const list = await workbench.quickPick('Compare Jobs');
  await list.widget.getByRole('checkbox').first().check();
  await list.accept();
  await workbench.panelFrame().getByText('Only what differs').waitFor();
  await shoot('comparison');
}

/** From a key to the last question before a machine is rented. */
async function takeRentScenes(
  workbench: Workbench,
  clouds: readonly SimulatedCloud[],
  shoot: Shoot,
): Promise<void> {
  await workbench.command('View: Close All Editors');
  await workbench.command('Notifications: Clear All Notifications');
  for (const { title, accountKey } of clouds) {
    await workbench.command('Trainyard: Add Provider…');
    const list = await workbench.quickPick('Add a Provider');
    if (title === clouds.at(-1)?.title) await shoot('add-provider');
    await list.pick(title);
    const box = await workbench.quickPick(`Key of ${title}`);
    await box.type(accountKey);
    await box.accept();
    await workbench.notification(`The key of ${title} is good`);
    await workbench.command('Notifications: Clear All Notifications');
  }
  await workbench.contextMenu('shapes', 'Train with Trainyard…');
  await (await workbench.quickPick(/: Recipe/)).pick(/YOLO/);
  const where = await workbench.quickPick(/: Where/);
  await waitFor('offers of every cloud', async () => {
    const details = (await where.items()).map(({ detail }) => detail).join();
    return clouds.every(({ title }) => details.includes(title));
  });
  await shoot('flow-where');
  await where.type('RTX 4090');
  await waitFor('the choice being heeded', async () => {
    if ((await where.title()).includes(': Where')) await where.accept();
    return (await workbench.quickPick()).title().then((title) => title.includes(': Parameters'));
  });
  await (await workbench.quickPick(/: Parameters/)).accept();
  await (await workbench.quickPick(/: Limits/)).accept();
  const confirm = await workbench.quickPick(/: Start/);
  await waitFor('the check', async () => (await confirm.labels()).some((label) => label.includes('Start')));
  await shoot('flow-rent');
  await confirm.cancel();
}
