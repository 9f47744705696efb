import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { TrainyardHome } from '../../../src/home.js';
import { formatLabel, markOf } from '../../../src/jobs/rented/label.js';
import { lambda } from '../../../src/providers/lambda/entry.js';
import { SimulatedLambda } from '../../clouds/lambda/simulatedLambda.js';
import { startCli } from '../../support/cli.js';
import { CloudBench } from '../../support/cloudBench.js';
import { cloudSetting, timeScale, type CloudSetting } from '../../support/cloudJobs.js';
import { tempDir } from '../../support/tempDir.js';
import { countingTraining } from '../../support/trainings.js';
import { waitFor } from '../../support/waitFor.js';
import { patience, rowOf } from '../support/jobs.js';
import { openWorkbench } from '../support/workbench.js';

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
  await workbench.showTrainyard();

  await t.test('a machine shows state, price, time and cost, and its job below it', async () => {
    const row = await waitFor('the machine', () => rowOf(workbench, /^ {2}first running/), patience);
    assert.match(row, /^ {2}first running · A10 · \$0\.75\/h · .*\d s · (<\$0\.01|\$0\.\d\d)$/);
    await waitFor('its job', () => rowOf(workbench, /^ {4}first training \d+ %/), patience);
  });

  await t.test('the status bar says what all of them cost an hour', async () => {
    await waitFor(
      'the price',
      async () => (await workbench.statusBar()).join().includes('$1.50/h'),
      patience,
    );
    assert.match((await workbench.statusBar()).join(), /2 jobs/);
  });

  await t.test('a machine with our label that nobody needs is ended at the start, and told', async () => {
    await workbench.notification(/Ended the A10 at Lambda .*no job of this computer knows it/);
    assert.ok(!cloud.liveMachines.some(({ id }) => id === lost));
  });

  await t.test('a machine of somebody else is shown as that, and can only be looked at', async () => {
    const theirs = /somebody-elses-machine not ours · running · A10 · \$0\.75\/h/;
    await waitFor('the machine of somebody else', () => rowOf(workbench, theirs), patience);
    await workbench.row(theirs).click({ button: 'right' });
    assert.deepEqual(await workbench.menuEntries(), ['Open Console']);
    await workbench.page.keyboard.press('Enter');
    assert.match(await workbench.answerDialog('Cancel'), /cloud\.lambda\.ai\/instances/);
  });

  await t.test('terminating asks, says what is lost, and ends the machine and its job', async () => {
    await workbench.rowMenu(/^first running/, 'Terminate Machine…');
    const question = await workbench.answerDialog('Terminate');
    assert.match(question, /Terminate the machine of first \(Lambda, A10, \$0\.75\/h\)\?/);
    assert.match(question, /Its job is training.* stop the job instead/s);
    await workbench.notification(/Gone: the machine of first at Lambda/);
    await waitFor('the end of its job', () => rowOf(workbench, /^ {2}first (failed|cancelled)/), patience);
    assert.equal(await rowOf(workbench, /first running/), undefined);
  });

  await t.test('a machine that does not end is told loudly until it has ended', async () => {
    cloud.faults.next('terminate', { kind: 'ignored', seconds: Infinity, times: 10_000 });
    await workbench.rowAction(/second training/, 'Stop');
    const toast = await workbench.notification(
      /machine of second at Lambda may still be running, for \$0\.75\/h/,
    );
    await toast.getByRole('button', { name: 'Open Console' }).waitFor();
    await waitFor(
      'the alarm',
      async () => /Machine still running · \$0\.75\/h/.test((await workbench.statusBar()).join()),
      patience,
    );
    cloud.faults.clear();
    await workbench.statusBarItem().click();
    await (await workbench.quickPick()).pick('Try Again to End It');
    await waitFor('the end of the job', () => rowOf(workbench, /^ {2}second cancelled/), patience);
    await waitFor('an empty status bar', async () => (await workbench.statusBar()).length === 0, patience);
  });

  assert.deepEqual(cloud.orphans('trainyard-'), []);
  assert.deepEqual(cloud.touches, []);
  assert.ok(cloud.liveMachines.some(({ id }) => id === foreign));
});

/** A machine with the label of a job that this computer has lost. @returns its id */
async function lostMachine(t: TestContext, { cloud, cli }: CloudSetting): Promise<string> {
  assert.ok(cloud instanceof SimulatedLambda);
  const bench = await CloudBench.open(cloud, { entry: lambda, timeScale }, { after: (end) => t.after(end) });
  const deadline = Math.floor(Date.now() / 1000) + 3600;
  const mark = markOf(new TrainyardHome(cli.home));
  const label = formatLabel({ mark, job: 'lost-abc234', launch: 1, deadline });
  const { id } = await bench.cloud.rent(await bench.request({ label }), bench.ledger, never);
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
