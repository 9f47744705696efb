import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test, type TestContext } from 'node:test';
import type { SimulatedCloud } from '../../clouds/base/simulatedCloud.js';
import { SimulatedCanopywave } from '../../clouds/canopywave/simulatedCanopywave.js';
import { SimulatedRunpod } from '../../clouds/runpod/simulatedRunpod.js';
import { timeScale } from '../../support/cloudJobs.js';
import { countingLog, withoutProtocol } from '../../support/trainings.js';
import { waitFor } from '../../support/waitFor.js';
import { countingWorkspace, patience, rowOf } from '../support/jobs.js';
import { QuickPick } from '../support/quickPick.js';
import { openWorkbench, type Workbench } from '../support/workbench.js';

const epochs = 3;

describe('rented machines', () => {
  test('a job goes from a pasted key over a dearer machine to a model at home, and no machine is left', async (t) => {
    const { workbench, workspace, runpod, canopywave } = await openWithClouds(t);
    const foreign = [runpod.addByHand('somebody-elses'), canopywave.addByHand('somebody-elses')];

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
    await confirm.pick(/RunPod/);
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

    // By mouse: CanopyWave, whose key cannot be taken away while its machine is there.
    await chooseScript(workbench);
    const again = await workbench.quickPick(/: Where/);
    await waitFor('offers', async () => (await again.labels()).includes('RTX A4000'), patience);
    await takeFrom(again, workbench, () => again.pick('RTX A4000'));
    await (await workbench.quickPick(/: Parameters/)).pick('Continue');
    await (await workbench.quickPick(/: Limits/)).pick('Continue');
    await offersStart(await workbench.quickPick(/: Start/), /Only this computer ends the machine/);
    await (await workbench.quickPick(/: Start/)).pick('Start');
    await waitFor('the machine', () => canopywave.orphans('trainyard-').length > 0, patience);
    await workbench.command('Trainyard: Remove Provider Key…');
    await (await workbench.quickPick('Whose key to remove')).pick('CanopyWave');
    await workbench.notification(/of CanopyWave is still there/);
    await waitFor('the second model', async () => (await modelsIn(workspace)).length === 2, patience);
    await waitFor('no machine', () => canopywave.orphans('trainyard-').length === 0, patience);
    await assertLogs(workbench, 2);

    const live = [...runpod.liveMachines, ...canopywave.liveMachines].map(({ id }) => id);
    assert.deepEqual(live.sort(), foreign.sort());
    assert.deepEqual([...runpod.touches, ...canopywave.touches], []);
  });
});

interface Setting {
  readonly workbench: Workbench;
  readonly workspace: string;
  readonly runpod: SimulatedRunpod;
  readonly canopywave: SimulatedCanopywave;
}

async function openWithClouds(t: TestContext): Promise<Setting> {
  const [runpod, canopywave, { workspace }] = await Promise.all([
    new SimulatedRunpod({ timeScale }).start(t),
    new SimulatedCanopywave({ timeScale }).start(t),
    countingWorkspace(t, epochs, 0.2),
  ]);
  canopywave.projects = ['research', 'teaching'];
  const env = { ...addressOf(runpod), ...addressOf(canopywave), TRAINYARD_TIME_SCALE: String(timeScale) };
  return { workbench: await openWorkbench({ folder: workspace, env }, t), workspace, runpod, canopywave };
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

async function chooseScript(workbench: Workbench): Promise<void> {
  await workbench.contextMenu('data', 'Train with Trainyard…');
  await (await workbench.quickPick(/: Recipe/)).pick('Your own Python script');
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
