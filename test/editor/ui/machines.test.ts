import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { TrainyardHome } from '../../../src/home.js';
import { formatLabel, jobName, markOf } from '../../../src/jobs/rented/label.js';
import { lambda } from '../../../src/providers/lambda/entry.js';
import { SimulatedLambda } from '../../clouds/lambda/simulatedLambda.js';
import { startCli } from '../../support/cli.js';
import { CloudBench } from '../../support/cloudBench.js';
import { cloudSetting, timeScale, type CloudSetting } from '../../support/cloudJobs.js';
import { tempDir } from '../../support/tempDir.js';
import { countingTraining } from '../../support/trainings.js';
import { waitFor } from '../../support/waitFor.js';
import { patience, rowOf } from '../support/jobs.js';
import { openWorkbench, type Workbench } from '../support/workbench.js';

const never = new AbortController().signal;
/** Long enough to be still running when the test ends it. */
const long = { epochs: 2_000, secondsPerEpoch: 0.2 };

test('machines are in sight with what they cost, and end when they are told to or nobody needs them', async (t) => {
  const setting = await cloudSetting(t, SimulatedLambda, long);
  const { cloud, foreign, cli } = setting;
  const lost = await lostMachine(t, setting);
  await Promise.all([trainDetached(t, 'first', setting), trainDetached(t, 'second', setting)]);
  const workbench = await openWorkbench(
    {
      folder: await tempDir(t),
      env: { ...cloud.environment, TRAINYARD_HOME: cli.home, TRAINYARD_TIME_SCALE: String(timeScale) },
    },
    t,
  );
  await workbench.notification(/Ended the A10 at Lambda .*no job of this computer knows it/);
  assert.ok(!cloud.liveMachines.some(({ id }) => id === lost));

  await workbench.showTrainyard();
  await showsWhatMachinesCost(workbench);
  await leavesOthersAlone(workbench);
  await terminates(workbench);
  await isLoudUntilItEnds(workbench, cloud);
  assert.deepEqual(cloud.orphans('trainyard-'), []);
  assert.deepEqual(cloud.touches, []);
  assert.ok(cloud.liveMachines.some(({ id }) => id === foreign));
});

/** State, price, time and cost of a machine, its job below it, and the price of all in the status bar. */
async function showsWhatMachinesCost(workbench: Workbench): Promise<void> {
  const row = await waitFor('the machine', () => rowOf(workbench, /^ {2}first running/), patience);
  assert.match(row, /^ {2}first running · A10 · \$0\.75\/h · .*\d s · (<\$0\.01|\$0\.\d\d)$/);
  await waitFor('its job', () => rowOf(workbench, /^ {4}first training \d+ %/), patience);
  await waitFor('the price', () => says(workbench, /2 jobs .*· \$1\.50\/h/), patience);
}

async function leavesOthersAlone(workbench: Workbench): Promise<void> {
  const theirs = /somebody-elses-machine/;
  assert.match((await rowOf(workbench, theirs)) ?? '', /not ours · running · A10 · \$0\.75\/h$/);
  await workbench.row(theirs).click({ button: 'right' });
  assert.deepEqual(await workbench.menuEntries(), ['Open Console']);
  await workbench.page.keyboard.press('Escape');
  await workbench.rowMenu(theirs, 'Open Console');
  assert.match(await workbench.answerDialog('Cancel'), /cloud\.lambda\.ai\/instances/);
}

/** The question says what is lost; the machine and its job end. */
async function terminates(workbench: Workbench): Promise<void> {
  await workbench.rowMenu(/first.*running/, 'Terminate Machine…');
  const question = await workbench.answerDialog('Terminate');
  assert.match(question, /Terminate the machine of first \(Lambda, A10, \$0\.75\/h\)\?/);
  assert.match(question, /Its job is training.* stop the job instead/s);
  await waitFor('the end of its job', () => rowOf(workbench, /^ {2}first (failed|cancelled)/), patience);
  assert.equal(await rowOf(workbench, /first running/), undefined);
}

/** Status bar and notification, until somebody helps. */
async function isLoudUntilItEnds(workbench: Workbench, { faults }: CloudSetting['cloud']): Promise<void> {
  faults.next('terminate', { kind: 'ignored', seconds: Infinity, times: 10_000 });
  await workbench.rowAction(/second.*training/, 'Stop');
  const alarm = /machine of second at Lambda may still be running, for \$0\.75\/h/;
  await (await workbench.notification(alarm)).getByRole('button', { name: 'Open Console' }).waitFor();
  await waitFor('the alarm', () => says(workbench, /Machine still running · \$0\.75\/h/), patience);
  await workbench.statusBarItem().click();
  const whatToDo = await workbench.quickPick(/may cost money/);
  faults.clear();
  await whatToDo.pick('Try Again to End It');
  await waitFor('the end of the job', () => rowOf(workbench, /^ {2}second cancelled/), patience);
  await waitFor('an empty status bar', async () => (await workbench.statusBar()).length === 0, patience);
}

const says = async (workbench: Workbench, text: RegExp): Promise<boolean> =>
  text.test((await workbench.statusBar()).join());

/** A machine with the label of a job that this computer has lost. @returns its id */
async function lostMachine(t: TestContext, { cloud, cli }: CloudSetting): Promise<string> {
  assert.ok(cloud instanceof SimulatedLambda);
  const bench = await CloudBench.open(cloud, { entry: lambda, timeScale }, { after: (end) => t.after(end) });
  const deadline = Math.floor(Date.now() / 1000) + 3600;
  const mark = markOf(new TrainyardHome(cli.home));
  const job = 'lost-abc234';
  const label = formatLabel({ mark, job, launch: 1, deadline });
  const request = await bench.request({ label, keyName: jobName(mark, job) });
  const { id } = await bench.cloud.rent(request, bench.ledger, never);
  return id;
}

/** Leaves when the training runs; the editor finds the job. */
async function trainDetached(
  t: TestContext,
  name: string,
  { cloud, cli, models }: CloudSetting,
): Promise<void> {
  const { folder } = await countingTraining(join(await tempDir(t), name), long);
  const args = ['train', folder, '--provider', cloud.id, '--to', models, '--yes', '--json', '--detach'];
  const { code, stderr } = await startCli(args, cli).ended;
  assert.equal(code, 0, stderr);
}
