import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { Journal } from '../../../src/jobs/journal.js';
import type { Job } from '../../../src/jobs/job.js';
import { labelPrefix } from '../../../src/providers/cloud.js';
import type { RentedMachine } from '../../clouds/base/simulatedCloud.js';
import { simulatedClouds } from '../../clouds/index.js';
import { killCli, runCli, startCli, type CliEnd, type Line } from '../../support/cli.js';
import {
  cloudSetting,
  timeScale,
  type CloudJobOptions,
  type CloudSetting,
  type SimulatedCloudClass,
} from '../../support/cloudJobs.js';
import { countingLog, withoutProtocol } from '../../support/trainings.js';
import { waitFor } from '../../support/waitFor.js';

const epochs = 3;
const quick: CloudJobOptions = { epochs, secondsPerEpoch: 0.05 };
/** A training that lasts until somebody does something to it. */
const long: CloudJobOptions = { epochs: 400, secondsPerEpoch: 0.05 };

const endOf = ({ lines }: { lines: readonly Line[] }): Line =>
  lines.findLast(({ event }) => event === 'end') ?? assert.fail('there is no end');

async function jobOf({ cli }: CloudSetting): Promise<Job> {
  const [id = ''] = await readdir(join(cli.home, 'jobs'));
  return (await Journal.open(join(cli.home, 'jobs', id, 'job.jsonl'))).job;
}

/** What holds whatever happened: nothing of ours is left, nothing of others was touched, the journal knows it all. */
async function assertClean(setting: CloudSetting): Promise<Job> {
  const { cloud, foreign, cli } = setting;
  const job = await jobOf(setting);
  assert.equal(job.stage.state, 'ended');
  await waitFor('the cloud to have let go', () => cloud.orphans(labelPrefix).length === 0);
  assert.deepEqual(cloud.touches, []);
  assert.ok(cloud.liveMachines.some(({ id }) => id === foreign));
  const known = new Set(job.rentals.map(({ id }) => id));
  assert.deepEqual(
    madeByUs(setting)
      .filter(({ id }) => !known.has(id))
      .map(({ id }) => id),
    [],
    'no machine was made that the journal does not know',
  );
  assert.ok(job.rentals.every(({ until }) => until !== null));
  assert.deepEqual(job.resources, []);
  const journal = await readFile(join(cli.home, 'jobs', job.spec.id, 'job.jsonl'), 'utf8');
  assert.ok(!journal.includes(cloud.accountKey));
  return job;
}

async function assertModel({ models }: CloudSetting, expected: number): Promise<void> {
  const names = await readdir(models);
  assert.equal(names.length, 1, names.join(', '));
  assert.equal(await readFile(join(models, names[0] ?? ''), 'utf8'), `{"epochs": ${expected}}`);
}

const isState =
  (state: string) =>
  (line: Line): boolean =>
    line.event === 'state' && line.state === state;

const isPoint = ({ event }: Line): boolean => event === 'point';

for (const Cloud of simulatedClouds) describeJobs(new Cloud({}).id, Cloud);

function describeJobs(name: string, Cloud: SimulatedCloudClass): void {
  const setUp = (t: TestContext, options: CloudJobOptions): Promise<CloudSetting> =>
    cloudSetting(t, Cloud, options);

  describe(`jobs at ${name}`, { concurrency: 2 }, () => {
    it('rents a machine, trains, brings the model home and gives everything back', async (t) => {
      const setting = await setUp(t, quick);
      const run = startCli(setting.train, setting.cli);
      await run.until('the training', isState('training'));
      const [machine] = ownMachines(setting);
      assert.deepEqual(await machine?.machine?.findSecret(setting.cloud.accountKey), []);
      const ended = await run.ended;
      assert.equal(ended.code, 0, ended.stderr);
      assert.equal(endOf(ended).state, 'succeeded');
      assert.ok(!ended.stdout.includes(setting.cloud.accountKey));
      assert.ok(!ended.stderr.includes(setting.cloud.accountKey));
      const job = await assertClean(setting);
      await assertModel(setting, epochs);
      assert.equal(job.rentals.length, 1);
      assert.ok(Number(endOf(ended).usd) > 0);
      const log = await readFile(join(setting.cli.home, 'jobs', job.spec.id, 'output.log'), 'utf8');
      assert.equal(withoutProtocol(log), countingLog(epochs));
    });

    it('goes on after a crash before and after every line of its journal, with one machine', async (t) => {
      const setting = await setUp(t, quick);
      const drivers = await crashAtEveryWrite(setting);
      const job = await assertClean(setting);
      assert.ok(drivers >= 10, `${drivers} drivers`);
      assert.equal(job.stage.state === 'ended' && job.stage.outcome, 'succeeded');
      assert.equal(job.rentals.length, 1);
      await assertModel(setting, epochs);
    });

    it('adopts what was made in doubt, replaces what is bad, goes on when a machine dies, and says what it cost', async (t) => {
      const setting = await setUp(t, { epochs: 60, secondsPerEpoch: 0.1, args: ['--max-price', '50'] });
      const { cloud } = setting;
      // The first machine is made although the answer is an error, and never boots.
      cloud.faults.next('create', { kind: '500', done: true, times: 1 });
      cloud.faults.next('machine', { kind: 'stuck-booting', times: 1 });
      // The second is made although no answer comes, and has no GPU.
      cloud.faults.next('create', { kind: 'timeout', done: true, times: 1 });
      cloud.faults.next('machine', { kind: 'no-gpu', times: 1 });
      // The third is made, and its driver dies before it knows.
      cloud.faults.next('create', { kind: 'lost-reply', times: 1 });
      const first = startCli(setting.train, setting.cli);
      await waitFor('the third machine', () => madeByUs(setting).length === 3, { timeoutMs: 120_000 });
      await killCli(first);

      const second = startCli(['attach', (await jobOf(setting)).spec.id, '--json'], setting.cli);
      await second.until('some epochs', (line) => isPoint(line) && Number(line.epoch) >= 10);
      await waitFor('a checkpoint here', () => hasCheckpoint(setting));
      cloud.lose(madeByUs(setting)[2]?.id ?? '');
      const ended = await second.ended;
      assert.equal(ended.code, 0, ended.stderr);
      const job = await assertClean(setting);
      assert.equal(job.rentals.length, 4);
      assert.equal(job.attempt, 2);
      await assertModel(setting, 60);
      const log = await readFile(join(setting.cli.home, 'jobs', job.spec.id, 'output.log'), 'utf8');
      const told = log.match(/^\d+: a warning$/gm) ?? [];
      assert.ok(told.length < 110, `${told.length} epochs were trained, 60 are needed`);
      const bad = JSON.parse(await readFile(join(setting.cli.home, 'bad-hosts.json'), 'utf8')) as unknown[];
      assert.equal(bad.length, 2);
    });

    it('is loud when a machine cannot be ended, and the sweep ends it later', async (t) => {
      const setting = await setUp(t, quick);
      setting.cloud.faults.next('terminate', { kind: 'ignored', seconds: 1200, times: 1000 });
      const ended = await runCli(setting.train, setting.cli);
      assert.equal(ended.code, 5, ended.stderr);
      assert.match(ended.stderr, /may still be running/);
      assert.match(ended.stderr, /an hour/);
      await assertModel(setting, epochs);
      setting.cloud.faults.clear('terminate');
      const swept = await runCli(['sweep', '--json'], setting.cli);
      assert.equal(swept.code, 0, swept.stderr);
      const job = await assertClean(setting);
      assert.equal(job.stage.state === 'ended' && job.stage.outcome, 'succeeded');
    });

    it('leaves nothing behind when nobody ever comes back', async (t) => {
      const seconds = 12;
      const setting = await setUp(t, { ...long, args: ['--max-hours', String(seconds / 3600)] });
      const run = startCli(setting.train, setting.cli);
      // What armed the machine at its start, or at the first login, must be enough.
      await run.until('the login', isState('preparing'));
      await killCli(run);
      const { facts } = await factsOf(name);
      if (facts.selfEnd === 'scoped-key') {
        await waitFor('the machine to end itself', () => ownMachines(setting).length === 0);
      }
      const { launches } = await jobOf(setting);
      // The sweep gives it some time beyond its deadline.
      const over = (launches[0]?.deadline ?? 0) + 300 * timeScale;
      await waitFor('its time to be over', () => Date.now() / 1000 > over);
      const swept = await runCli(['sweep', '--json'], setting.cli);
      assert.equal(swept.code, 0, swept.stderr);
      await waitFor('the cloud to have let go', () => setting.cloud.orphans(labelPrefix).length === 0);
      assert.deepEqual(setting.cloud.touches, []);
      const attached = await attach(setting);
      assert.equal(attached.code, 1, attached.stderr);
      await assertClean(setting);
    });
  });
}

const ownMachines = ({ cloud }: CloudSetting): readonly RentedMachine[] =>
  cloud.liveMachines.filter(({ madeBy }) => madeBy === 'api');

/** All there ever were, oldest first. */
const madeByUs = ({ cloud }: CloudSetting): readonly RentedMachine[] =>
  [...cloud.instances.values()].filter(({ madeBy }) => madeBy === 'api');

async function attach(setting: CloudSetting): Promise<CliEnd> {
  const { spec } = await jobOf(setting);
  return runCli(['attach', spec.id, '--json'], setting.cli);
}

const deaths = [
  ['after', 2],
  ['before', 1],
  ['after', 1],
] as const;

/**
 * One driver after the other, each of which dies at a line: before its first is on the disk, after it, and after its
 * second, so that a step of two lines comes to its end.
 */
async function crashAtEveryWrite(setting: CloudSetting): Promise<number> {
  const preload = join(import.meta.dirname, '../../support/killAtWrite.mjs');
  const withKill = (when: string, atWrite: number): NodeJS.ProcessEnv => ({
    ...setting.cli.env,
    NODE_OPTIONS: `--import ${preload}`,
    KILL_AT_WRITE: String(atWrite),
    KILL_WHEN: when,
  });
  // The plan itself is written by a driver that dies right after; before that there is no job.
  await runCli(setting.train, { ...setting.cli, env: withKill('after', 1) });
  const { spec } = await jobOf(setting);
  for (let drivers = 1; drivers < 100; drivers += 1) {
    if ((await jobOf(setting)).stage.state === 'ended') return drivers;
    const [when, atWrite] = deaths[drivers % deaths.length] ?? deaths[0];
    await runCli(['attach', spec.id, '--json'], { ...setting.cli, env: withKill(when, atWrite) });
  }
  throw new Error('The job never came to its end.');
}

async function hasCheckpoint(setting: CloudSetting): Promise<boolean> {
  const { spec } = await jobOf(setting);
  const entries = await readdir(join(setting.cli.home, 'jobs', spec.id, 'checkpoints'));
  return entries.some((entry) => /^\d+\.\d+$/.test(entry));
}

async function factsOf(id: string): Promise<{ facts: { selfEnd: string } }> {
  const entries = {
    canopywave: () => import('../../../src/providers/canopywave/entry.js').then((m) => m.canopywave),
    runpod: () => import('../../../src/providers/runpod/entry.js').then((m) => m.runpod),
    vast: () => import('../../../src/providers/vast/entry.js').then((m) => m.vast),
    lambda: () => import('../../../src/providers/lambda/entry.js').then((m) => m.lambda),
  };
  return entries[id as keyof typeof entries]();
}
