import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { delay } from '../../src/delay.js';
import { JobFolder } from '../../src/home.js';
import { jobStates } from '../../src/jobs/job.js';
import { JobCheckpoints } from '../../src/jobs/jobCheckpoints.js';
import { killCli, runCli, startCli, type CliOptions, type Line } from '../support/cli.js';
import { startSshd, type Sshd } from '../support/sshd.js';
import { tempDir } from '../support/tempDir.js';
import { countingLog, countingTraining, withoutProtocol } from '../support/trainings.js';

interface Setting {
  readonly folder: string;
  readonly starts: string;
  readonly models: string;
  readonly cli: CliOptions;
  /** Options of `train` for this place. */
  readonly place: readonly string[];
  /** The run folder of a job on the machine. */
  runFolder(job: string): string;
}

async function localSetting(t: TestContext, epochs: number, secondsPerEpoch: number): Promise<Setting> {
  const base = await tempDir(t);
  const home = join(base, 'trainyard');
  const training = await countingTraining(join(base, 'data set'), { epochs, secondsPerEpoch });
  return {
    ...training,
    models: join(base, 'models'),
    cli: { home },
    place: [],
    runFolder: (job) => join(home, 'runs', job),
  };
}

async function sshSetting(
  t: TestContext,
  sshd: Sshd,
  epochs: number,
  secondsPerEpoch: number,
): Promise<Setting> {
  const local = await localSetting(t, epochs, secondsPerEpoch);
  const userHome = await tempDir(t);
  return {
    ...local,
    cli: { ...local.cli, env: { HOME: userHome, SSH_AUTH_SOCK: '' } },
    place: ['--provider', `ssh://${sshd.user}@${sshd.host}:${sshd.port}`, '--identity', sshd.keyFile],
    runFolder: (job) => join(sshd.home, '.trainyard', 'runs', job),
  };
}

const train = ({ folder, models, place }: Setting): string[] => [
  'train',
  folder,
  ...place,
  '--to',
  models,
  '--yes',
  '--json',
];

/** Of a job that needs no second machine. */
const straightStates = jobStates.filter((state) => state !== 'recovering');

const isEnd = (line: Line): boolean => line.event === 'end';
const endOf = (lines: readonly Line[]): Line => lines.find(isEnd) ?? assert.fail('there is no end');
const jobOf = (line: Line): string => String(line.job);

/** The promises that hold for every job that went well, whatever happened on the way. */
async function assertWhole(setting: Setting, job: string, epochs: number): Promise<void> {
  const folder = join(setting.cli.home, 'jobs', job);
  const mirror = await readFile(join(folder, 'output.log'));
  const original = await readFile(join(setting.runFolder(job), 'output.log'));
  assert.ok(mirror.equals(original), 'the mirrored log is the log of the machine, byte for byte');
  assert.equal(withoutProtocol(mirror.toString('utf8')), countingLog(epochs));
  const starts = (await readFile(setting.starts, 'utf8')).trim().split('\n');
  assert.equal(starts.length, 1, 'the training was started once');
  const models = await readdir(setting.models);
  assert.equal(models.length, 1, `there is one model, not ${models.join(', ')}`);
  assert.match(models[0] ?? '', /^model_script_\d{8}-\d{6}\.json$/);
  const [checkpoint, ...others] = (await new JobCheckpoints(new JobFolder(folder)).look()) ?? [];
  assert.deepEqual([checkpoint?.name, others.length], ['last.json', 0], 'the last checkpoint is known');
  const isLocal = setting.place.length === 0;
  assert.equal(checkpoint?.here !== null, isLocal, 'it is here where the run is, and nowhere else');
}

describe('a whole job', () => {
  it('trains on this computer and brings a verified model', async (t) => {
    const setting = await localSetting(t, 3, 0.05);
    const { code, lines, stderr } = await runCli(train(setting), setting.cli);
    assert.equal(code, 0, stderr);
    const end = endOf(lines);
    assert.equal(end.state, 'succeeded');
    assert.equal(end.usd, 0);
    const model = end.model as { path: string; sha256: string; bytes: number };
    const content = await readFile(model.path);
    assert.equal(createHash('sha256').update(content).digest('hex'), model.sha256);
    assert.equal(content.length, model.bytes);
    const states = lines.filter(({ event }) => event === 'state').map(({ state }) => state);
    assert.deepEqual(states, straightStates);
    const points = lines.filter(({ event }) => event === 'point');
    assert.deepEqual(
      points.map(({ epoch }) => epoch),
      [1, 2, 3],
    );
    assert.deepEqual(points[1]?.metrics, { loss: 0.5 });
    await assertWhole(setting, jobOf(end), 3);
  });

  it('trains over SSH and mirrors the log byte for byte', async (t) => {
    const sshd = await startSshd(t);
    const setting = await sshSetting(t, sshd, 3, 0.05);
    const { code, lines, stderr } = await runCli(train(setting), setting.cli);
    assert.equal(code, 0, stderr);
    await assertWhole(setting, jobOf(endOf(lines)), 3);
    assert.match(stderr, new RegExp(sshd.fingerprint.replace(/[+/]/g, '\\$&')), 'the pinned key was told');
  });

  it('trains over a server that allows one program for each connection', async (t) => {
    const sshd = await startSshd(t, { maxSessions: 1 });
    const setting = await sshSetting(t, sshd, 3, 0.05);
    const { code, lines, stderr } = await runCli(train(setting), setting.cli);
    assert.equal(code, 0, stderr);
    await assertWhole(setting, jobOf(endOf(lines)), 3);
  });

  it('ends with one log and one model though its driver is killed in every state', async (t) => {
    const setting = await localSetting(t, 4, 0.3);
    let run = startCli(train(setting), setting.cli);
    const job = jobOf(await run.until('a job', ({ event }) => event === 'state'));
    for (const state of straightStates.slice(0, -1)) {
      await run.until(state, (line) => line.event === 'state' && line.state === state);
      await killCli(run);
      run = startCli(['attach', job, '--json'], setting.cli);
    }
    const { code, lines, stderr } = await run.ended;
    assert.equal(code, 0, stderr);
    assert.equal(endOf(lines).state, 'succeeded');
    await assertWhole(setting, job, 4);
  });

  it('ends with one log and one model though its driver is killed at ten random moments', async (t) => {
    const sshd = await startSshd(t);
    const setting = await sshSetting(t, sshd, 40, 0.25);
    let run = startCli(train(setting), setting.cli);
    const job = jobOf(await run.until('a job', ({ event }) => event === 'state'));
    const moments = Array.from({ length: 10 }, () => Math.round(Math.random() * 1500));
    t.diagnostic(`killed ${moments.join(', ')} ms after each start`);
    for (const ms of moments) {
      await delay(ms, t.signal);
      await killCli(run);
      run = startCli(['attach', job, '--json'], setting.cli);
    }
    const { code, lines, stderr } = await run.ended;
    assert.equal(code, 0, stderr);
    assert.equal(endOf(lines).state, 'succeeded');
    await assertWhole(setting, job, 40);
  });

  it('is driven once when two drivers want it', async (t) => {
    const setting = await localSetting(t, 8, 0.15);
    const first = startCli(train(setting), setting.cli);
    const job = jobOf(await first.until('a job', ({ event }) => event === 'state'));
    const second = startCli(['attach', job, '--json'], setting.cli);
    const ends = await Promise.all([first.ended, second.ended]);
    for (const { code, lines, stderr } of ends) {
      assert.equal(code, 0, stderr);
      assert.equal(endOf(lines).state, 'succeeded');
    }
    await assertWhole(setting, job, 8);
  });

  it('stops with a checkpoint and resumes from it', async (t) => {
    const sshd = await startSshd(t);
    const setting = await sshSetting(t, sshd, 30, 0.1);
    const run = startCli(train(setting), setting.cli);
    const point = await run.until(
      'two epochs',
      ({ event, epoch }) => event === 'point' && Number(epoch) >= 2,
    );
    assert.ok(point);
    const job = jobOf(run.lines[0] ?? {});
    const stopped = await runCli(['stop', job, '--json'], setting.cli);
    assert.equal(stopped.code, 0, stopped.stderr);
    const trained = await run.ended;
    assert.equal(trained.code, 1);
    assert.equal(endOf(trained.lines).state, 'cancelled');
    assert.ok(endOf(trained.lines).model, 'the checkpoint was collected');

    const resumed = await runCli(['resume', job, '--json'], setting.cli);
    assert.equal(resumed.code, 0, resumed.stderr);
    assert.equal(endOf(resumed.lines).state, 'succeeded');
    const log = await readFile(join(setting.cli.home, 'jobs', job, 'output.log'), 'utf8');
    const training = withoutProtocol(log)
      .split('\n')
      .filter((line) => !line.startsWith('stopping after'))
      .join('\n');
    assert.equal(training, countingLog(30), 'no epoch was trained twice and none was left out');
  });

  it('goes on when its terminal is closed after --detach', async (t) => {
    const setting = await localSetting(t, 5, 0.1);
    const detached = await runCli([...train(setting), '--detach'], setting.cli);
    assert.equal(detached.code, 0, detached.stderr);
    const job = jobOf(detached.lines.at(-1) ?? {});
    const attached = await runCli(['attach', job, '--json'], setting.cli);
    assert.equal(attached.code, 0, attached.stderr);
    await assertWhole(setting, job, 5);
  });
});
