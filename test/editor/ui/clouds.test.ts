import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test, type TestContext } from 'node:test';
import type { SimulatedCloud } from '../../clouds/base/simulatedCloud.js';
import { SimulatedCanopywave } from '../../clouds/canopywave/simulatedCanopywave.js';
import { SimulatedLambda } from '../../clouds/lambda/simulatedLambda.js';
import { SimulatedRunpod } from '../../clouds/runpod/simulatedRunpod.js';
import { SimulatedVast } from '../../clouds/vast/simulatedVast.js';
import { timeScale } from '../../support/cloudJobs.js';
import { countingLog, withoutProtocol } from '../../support/trainings.js';
import { waitFor } from '../../support/waitFor.js';
import { countingWorkspace, patience, rowOf } from '../support/jobs.js';
import { QuickPick } from '../support/quickPick.js';
import { openWorkbench, type Workbench } from '../support/workbench.js';

const epochs = 3;

describe('rented machines', () => {
  test('a job goes from a pasted key over a dearer machine to a model at home, and no machine is left', async (t) => {
    const { workbench, workspace, runpod, canopywave, all } = await openWithClouds(t);
    const foreign = all.map((cloud) => cloud.addByHand('somebody-elses'));

    await giveKey(workbench, runpod, ['not-the-key', runpod.accountKey]);
    await workbench.notification(/The key of RunPod is good: .*\$[\d.]+ left/);
    await giveKey(workbench, canopywave, [canopywave.accountKey]);
    await (await workbench.quickPick('CanopyWave')).pick('teaching');
    const mayHold = await workbench.quickPick(/hold your account key/);
    assert.deepEqual(await mayHold.labels(), ['No', 'Yes']);
    await mayHold.accept();
    await workbench.notification(/The key of CanopyWave is good/);

    // By keyboard: the cheapest of RunPod, which does not answer when it is asked for it.
    await chooseScript(workbench);
    await takeRunpod(workbench);
    await (await workbench.quickPick(/: Parameters/)).accept();
    await (await workbench.quickPick(/: Limits/)).pick('Budget');
    const budget = await workbench.quickPick(/: Limits/);
    await budget.type('5');
    await budget.accept();
    await (await workbench.quickPick(/: Limits/)).pick('Continue');
    const confirm = await workbench.quickPick(/: Start \(5\/5\)/);
    await offersStart(confirm, /At most \$5\.00 in 16\.1 h/);
    runpod.faults.next('offers', { kind: '500', times: 50 });
    await confirm.pick('Start');
    await confirm.pick(/RunPod is in trouble/);
    const where = await workbench.quickPick(/: Where/);
    await waitFor('the failure in the list', async () => (await where.labels()).includes('RunPod'), patience);
    runpod.faults.clear();
    await where.press('Ask Again');
    await takeRunpod(workbench);
    await (await workbench.quickPick(/: Parameters/)).accept();
    await (await workbench.quickPick(/: Limits/)).accept();
    await offersStart(await workbench.quickPick(/: Start/), /At most \$5\.00/);
    runpod.faults.next('create', { kind: 'no-capacity' });
    await (await workbench.quickPick(/: Start/)).accept();
    await workbench.answerNotification(/no machine for \$0\.31\/h any more/, 'Take It ($0.44/h)');
    await workbench.showTrainyard();
    await waitFor('the end', () => rowOf(workbench, /data.*succeeded.*\$/), patience);
    await assertModels(workspace, 1);
    await assertLogs(workbench, 1);

    // By mouse: CanopyWave, whose key cannot be taken away while its machine is there; two more clouds beside it.
    await chooseScript(workbench);
    const again = await workbench.quickPick(/: Where/);
    await waitFor('offers', async () => (await again.labels()).includes('RTX A4000'), patience);
    await takeFrom(again, workbench, () => again.pick('RTX A4000'));
    await (await workbench.quickPick(/: Parameters/)).pick('Continue');
    await (await workbench.quickPick(/: Limits/)).pick('Continue');
    await offersStart(await workbench.quickPick(/: Start/), /Only this computer ends the machine/);
    await (await workbench.quickPick(/: Start/)).pick('Start');
    await waitFor('the machine', () => canopywave.orphans('trainyard-').length > 0, patience);
    await removeKey(workbench);
    await workbench.notification(/of CanopyWave is still there/);
    await rentFrom(workbench, 'Vast.ai', /The machine ends itself/);
    await rentFrom(workbench, 'Lambda', /Only this computer ends the machine/);
    await waitFor('a model of each', async () => (await modelsIn(workspace)).length === 4, patience);
    await waitFor(
      'no machine',
      () => all.every((cloud) => cloud.orphans('trainyard-').length === 0),
      patience,
    );
    await workbench.showTrainyard();
    await waitFor('four ends', async () => (await jobsThat(workbench, 'succeeded')) === 4, patience);
    await assertLogs(workbench, 4);
    await removeKey(workbench);
    await workbench.notification(/key of CanopyWave was removed/);

    const live = all.flatMap((cloud) => cloud.liveMachines.map(({ id }) => id));
    assert.deepEqual(live.sort(), foreign.sort());
    assert.deepEqual(
      all.flatMap((cloud) => cloud.touches),
      [],
    );
  });
});

interface Setting {
  readonly workbench: Workbench;
  readonly workspace: string;
  readonly runpod: SimulatedRunpod;
  readonly canopywave: SimulatedCanopywave;
  readonly all: readonly SimulatedCloud[];
}

/** The keys of RunPod and CanopyWave are given by a person, those of Vast.ai and Lambda by the environment. */
async function openWithClouds(t: TestContext): Promise<Setting> {
  const [runpod, canopywave, vast, lambda, { workspace }] = await Promise.all([
    new SimulatedRunpod({ timeScale }).start(t),
    new SimulatedCanopywave({ timeScale }).start(t),
    new SimulatedVast({ timeScale }).start(t),
    new SimulatedLambda({ timeScale }).start(t),
    countingWorkspace(t, epochs, 0.2),
  ]);
  canopywave.projects = ['research', 'teaching'];
  const env = {
    ...addressOf(runpod),
    ...addressOf(canopywave),
    ...vast.environment,
    ...lambda.environment,
    TRAINYARD_TIME_SCALE: String(timeScale),
  };
  const workbench = await openWorkbench({ folder: workspace, env }, t);
  return { workbench, workspace, runpod, canopywave, all: [runpod, canopywave, vast, lambda] };
}

/** Where a simulator is. Key and project are given by a person. */
function addressOf({ environment }: SimulatedCloud): Record<string, string> {
  const isAddress = (name: string): boolean => name.startsWith('TRAINYARD_ENDPOINT_');
  return Object.fromEntries(
    Object.entries(environment).map(([name, value]) => [name, isAddress(name) ? value : '']),
  );
}

/** Pastes one key after the other; each but the last is refused in the box itself. */
async function giveKey(
  workbench: Workbench,
  { title }: SimulatedCloud,
  keys: readonly string[],
): Promise<void> {
  await workbench.command('Trainyard: Add Provider…');
  await (await workbench.quickPick('Add a Provider')).pick(title);
  const box = await workbench.quickPick(`Key of ${title}`);
  for (const [index, key] of keys.entries()) {
    if (index > 0)
      await waitFor('the refusal', async () => (await box.message()).includes('refused'), patience);
    await box.type(key);
    await box.accept();
  }
}

/** The list closes when something else takes the focus, as the panel of a job does that opens now. */
async function removeKey(workbench: Workbench): Promise<void> {
  const pick = async (): Promise<true> => {
    await workbench.command('Trainyard: Remove Provider Key…');
    await (await new QuickPick(workbench.page, 3_000).shown('Whose key to remove')).pick('CanopyWave');
    return true;
  };
  await waitFor('the choice of a key', pick, patience);
}

/** The panel of a job that opens just then takes the focus, and the menu with it. */
async function chooseScript(workbench: Workbench): Promise<void> {
  const open = async (): Promise<QuickPick> => {
    await workbench.contextMenu('data', 'Train with Trainyard…');
    return new QuickPick(workbench.page, 10_000).shown(/: Recipe/);
  };
  const recipe = await waitFor('the first question', open, patience);
  await recipe.pick('Your own Python script');
}

/** Rents the first offer of a cloud on the terms that are proposed. */
async function rentFrom(workbench: Workbench, title: string, end: RegExp): Promise<void> {
  await chooseScript(workbench);
  const where = await workbench.quickPick(/: Where/);
  await where.type(title);
  const isOffered = async (): Promise<boolean> => (await where.items())[0]?.detail.includes(title) ?? false;
  await waitFor(`offers of ${title}`, isOffered, patience);
  await takeFrom(where, workbench, () => where.accept());
  await (await workbench.quickPick(/: Parameters/)).accept();
  await (await workbench.quickPick(/: Limits/)).accept();
  await offersStart(await workbench.quickPick(/: Start/), end);
  await (await workbench.quickPick(/: Start/)).accept();
}

/** Types until only offers of RunPod are left, and takes the first of them. */
async function takeRunpod(workbench: Workbench): Promise<void> {
  const where = await workbench.quickPick(/: Where/);
  await where.type('RunPod');
  const first = await waitFor(
    'offers of RunPod',
    async () => {
      const [item] = await where.items();
      return item?.label === 'RTX 4090' ? item : undefined;
    },
    patience,
  );
  assert.match(first.description, /24 GB · \$0\.31\/h/);
  assert.match(first.detail, /time unknown · RunPod · ends itself/);
  await takeFrom(where, workbench, () => where.accept());
}

/** Enter and clicks are not heeded while the rows move: does it again until the next question is there. */
async function takeFrom(where: QuickPick, { page }: Workbench, take: () => Promise<void>): Promise<void> {
  const taken = async (): Promise<unknown> => {
    if ((await where.title()).includes(': Where')) await take();
    return new QuickPick(page, 1_500).shown(/: Parameters/);
  };
  await waitFor('the offer being taken', taken, patience);
}

/** Waits until the last question lets the job start, and says this about the money. */
async function offersStart(confirm: QuickPick, money: RegExp): Promise<void> {
  const labels = await waitFor(
    'Start',
    async () => {
      const all = await confirm.labels();
      return all.includes('Start') && all;
    },
    patience,
  );
  assert.match(labels.join('\n'), money);
}

const jobsThat = async (workbench: Workbench, outcome: string): Promise<number> =>
  (await workbench.tree()).filter((row) => row.includes(outcome)).length;

const modelsIn = (workspace: string): Promise<string[]> => readdir(join(workspace, 'models')).catch(() => []);

async function assertModels(workspace: string, count: number): Promise<void> {
  assert.equal((await modelsIn(workspace)).length, count);
}

/** Every job has its whole log. */
async function assertLogs({ server }: Workbench, count: number): Promise<void> {
  const jobs = join(server.trainyardHome, 'jobs');
  const ids = await readdir(jobs);
  assert.equal(ids.length, count);
  for (const id of ids) {
    const log = await readFile(join(jobs, id, 'output.log'), 'utf8');
    assert.equal(withoutProtocol(log), countingLog(epochs));
  }
}
