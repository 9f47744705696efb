import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { isAbsolute, join } from 'node:path';
import { describe, it, test, type TestContext } from 'node:test';
import { promisify } from 'node:util';
import { TrainyardHome } from '../../src/home.js';
import { readDriver } from '../../src/jobs/lease.js';
import { runCli, startCli, type CliOptions, type Line } from '../support/cli.js';
import { CliTerminal } from '../support/cliTerminal.js';
import { startSshd } from '../support/sshd.js';
import { tempDir } from '../support/tempDir.js';
import { countingTraining } from '../support/trainings.js';
import { waitFor } from '../support/waitFor.js';

interface Desk {
  readonly base: string;
  readonly models: string;
  readonly cli: CliOptions;
}

async function desk(t: TestContext): Promise<Desk> {
  const base = await tempDir(t);
  return { base, models: join(base, 'models'), cli: { home: join(base, 'a home'), cwd: base } };
}

async function scriptFolder(folder: string, source: string): Promise<string> {
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'train.py'), source);
  return folder;
}

const endOf = (lines: readonly Line[]): Line => lines.at(-1) ?? assert.fail('nothing was said');
const epochsOf = (lines: readonly Line[]): unknown[] =>
  lines.filter(({ event }) => event === 'point').map(({ epoch }) => epoch);
const statesOf = (lines: readonly Line[]): unknown[] =>
  lines.filter(({ event }) => event === 'state').map(({ state }) => state);

/** The one job, as `show` knows it. */
async function showJob(cli: CliOptions): Promise<Line> {
  const listed = await runCli(['jobs', '--json'], cli);
  const { stdout } = await runCli(['show', String(endOf(listed.lines).job), '--json'], cli);
  return JSON.parse(stdout) as Line;
}

describe('results', () => {
  it('are each a file of their own, however many models have one name', async (t) => {
    const { base, models, cli } = await desk(t);
    const folder = await scriptFolder(
      join(base, 'three'),
      `import os, trainyard
for name in "abc":
    os.makedirs(os.path.join(trainyard.output_dir(), name))
    path = os.path.join(trainyard.output_dir(), name, "model.pt")
    open(path, "w").write(name)
    trainyard.model(path)
`,
    );
    const { code, stderr } = await runCli(['train', folder, '--to', models, '--json'], cli);
    assert.equal(code, 0, stderr);
    const names = (await readdir(models)).sort();
    const contents = await Promise.all(names.map((name) => readFile(join(models, name), 'utf8')));
    assert.deepEqual(contents.sort(), ['a', 'b', 'c']);
  });

  it('of earlier runs are not uploaded with the folder they lie in', async (t) => {
    const { base, cli } = await desk(t);
    const folder = await scriptFolder(
      join(base, 'project'),
      `import models, os, trainyard
print(sorted(os.listdir("models")))
trainyard.save_atomically(os.path.join(trainyard.output_dir(), "model.pt"), os.urandom(9))
`,
    );
    await mkdir(join(folder, 'models'));
    await writeFile(join(folder, 'models', '__init__.py'), '');
    const inside = { ...cli, cwd: folder };
    for (const run of [1, 2]) {
      const { code, stderr } = await runCli(['train', '.', '--json'], inside);
      assert.equal(code, 0, stderr);
      assert.equal((await readdir(join(folder, 'models'))).length, run + 1);
    }
    const { log } = await showJob(cli);
    const shown = (await readFile(String(log), 'utf8')).split('\n')[0] ?? '';
    assert.match(shown, /^\['__init__\.py'(, '__pycache__')?\]$/);
  });

  it('are collected into a folder given from where one stands, also while the training runs', async (t) => {
    const { base, models, cli } = await desk(t);
    const { folder } = await countingTraining(join(base, 'data'), { epochs: 60, secondsPerEpoch: 0.1 });
    const run = startCli(['train', folder, '--to', models, '--json'], cli);
    await run.until('two epochs', ({ epoch }) => Number(epoch) >= 2);
    const job = String(run.lines[0]?.job);
    const collected = await runCli(['collect', job, '--to', 'here/and there', '--json'], cli);
    assert.equal(collected.code, 0, collected.stderr);
    const path = String(endOf(collected.lines).path);
    assert.ok(isAbsolute(path) && path.startsWith(join(base, 'here/and there')), path);

    await writeFile(join(base, 'file'), '');
    const refused = await runCli(['collect', job, '--to', 'file', '--json'], cli);
    assert.equal(refused.code, 2);
    assert.match(refused.stderr, /cannot be put into .*file.*trainyard collect .* --to DIR/);
    assert.ok(!refused.stderr.includes('    at '), 'no stack is shown');
    assert.equal((await runCli(['stop', job, '--json'], cli)).code, 0);
    await run.ended;
  });
});

describe('a training at its time limit', () => {
  it('goes on with more hours, and only what is new is told', async (t) => {
    const { base, models, cli } = await desk(t);
    const { folder } = await countingTraining(join(base, 'data'), { epochs: 25, secondsPerEpoch: 0.1 });
    const first = await runCli(['train', folder, '--to', models, '--max-hours', '0.0003', '--json'], cli);
    assert.equal(first.code, 1, first.stderr);
    const end = endOf(first.lines);
    assert.match(String(end.reason), /time limit/);
    const told = epochsOf(first.lines);
    const resumed = await runCli(['resume', String(end.job), '--hours', '1', '--json'], cli);
    assert.equal(resumed.code, 0, resumed.stderr);
    assert.equal(statesOf(resumed.lines).filter((state) => state === 'planned').length, 1);
    assert.deepEqual(
      [...told, ...epochsOf(resumed.lines)],
      Array.from({ length: 25 }, (_, index) => index + 1),
    );
  });
});

describe('extend', () => {
  it('reaches a training that nobody drives', async (t) => {
    const { base, models, cli } = await desk(t);
    const { folder } = await countingTraining(join(base, 'data'), { epochs: 200, secondsPerEpoch: 0.1 });
    const limit = ['--max-hours', '0.1', '--detach', '--json'];
    const detached = await runCli(['train', folder, '--to', models, ...limit], cli);
    const job = String(endOf(detached.lines).job);
    const { code, lines, stderr } = await runCli(['extend', job, '--hours', '2', '--json'], cli);
    assert.equal(code, 0, stderr);
    assert.deepEqual(endOf(lines), { event: 'extended', job, hours: 2.1 });
    const told = await readFile(join(cli.home, 'runs', job, 'control', 'extend'), 'utf8');
    assert.deepEqual(JSON.parse(told), { hours: 2.1 });
    assert.equal((await runCli(['stop', job, '--json'], cli)).code, 0);
  });
});

describe('a failed training', () => {
  it('ends with the last lines of its log, and stdout stays for programs', async (t) => {
    const { base, models, cli } = await desk(t);
    const source = 'print("first")\nraise RuntimeError("boom \\x1b[31mred")\n';
    const folder = await scriptFolder(join(base, 'boom'), source);
    const { code, stdout, stderr, lines } = await runCli(['train', folder, '--to', models, '--json'], cli);
    assert.equal(code, 1);
    assert.match(stderr, /The end of its log[^]*first[^]*RuntimeError: boom red/);
    assert.equal(stdout.trim().split('\n').length, lines.length, 'every line of stdout is an object');
    assert.equal(endOf(lines).event, 'end');
  });
});

describe('a stop', () => {
  it('reaches a training whose machine was away when it was asked for', async (t) => {
    const { base, models, cli } = await desk(t);
    const sshd = await startSshd(t);
    const alone = { ...cli, env: { HOME: base, SSH_AUTH_SOCK: '' } };
    const place = ['--provider', `ssh://${sshd.user}@${sshd.host}:${sshd.port}`, '--identity', sshd.keyFile];
    const { folder } = await countingTraining(join(base, 'data'), { epochs: 150, secondsPerEpoch: 0.1 });
    const run = startCli(['train', folder, ...place, '--to', models, '--json'], alone);
    await run.until('an epoch', ({ epoch }) => Number(epoch) >= 1);
    await sshd.stop();
    const stop = startCli(['stop', String(run.lines[0]?.job), '--json'], alone);
    await stop.until('a state', ({ event }) => event === 'state');
    await sshd.start();
    const { code, lines, stderr } = await stop.ended;
    assert.equal(code, 0, stderr);
    assert.equal(endOf(lines).state, 'cancelled');
    await run.ended;
  });
});

test('a disk that is full here does not end a training: its log comes when there is room again', async (t) => {
  const { base, models, cli } = await desk(t);
  const { folder } = await countingTraining(join(base, 'data'), { epochs: 30, secondsPerEpoch: 0.1 });
  const env = { TRAINYARD_TIME_SCALE: '0.01' };
  const run = startCli(['train', folder, '--to', models, '--json'], { ...cli, env });
  await run.until('an epoch', ({ epoch }) => Number(epoch) >= 1);
  const { job } = await run.until('a job', ({ event }) => event === 'state');
  const place = new TrainyardHome(cli.home).job(String(job));
  const allow = async (bytes: string): Promise<void> => {
    await promisify(execFile)('prlimit', ['--pid', String(run.process.pid), `--fsize=${bytes}`]);
  };
  // To the one who writes a file that may not grow is as a full disk.
  await allow('20000:unlimited');
  await waitFor('the driver waiting for room', async () => {
    const driver = await readDriver(place.path);
    const message = driver.kind === 'driving' ? driver.activity?.message : undefined;
    return /^The disk is too full for .*The training goes on\. Trying again/.test(message ?? '');
  });
  await allow('unlimited:unlimited');
  const { code, lines, stderr } = await run.ended;
  assert.equal(code, 0, stderr);
  assert.equal(endOf(lines).state, 'succeeded');
  const log = await readFile(place.log, 'utf8');
  const places = Array.from({ length: 30 }, (_, epoch) => log.indexOf(`${epoch + 1}-49: a line`));
  assert.deepEqual(
    places.toSorted((a, b) => a - b),
    places,
  );
  assert.ok(!places.includes(-1));
});

describe('leaving', () => {
  it('by SIGTERM detaches, and says that the training goes on', async (t) => {
    const { base, models, cli } = await desk(t);
    const { folder } = await countingTraining(join(base, 'data'), { epochs: 100, secondsPerEpoch: 0.1 });
    const run = startCli(['train', folder, '--to', models, '--json'], cli);
    await run.until('an epoch', ({ epoch }) => Number(epoch) >= 1);
    run.process.kill('SIGTERM');
    const { code, lines, stderr } = await run.ended;
    assert.equal(code, 0, stderr);
    assert.equal(endOf(lines).event, 'detached');
    assert.match(stderr, /goes on by itself/);
    const stopped = await runCli(['stop', String(endOf(lines).job), '--json'], cli);
    assert.equal(stopped.code, 0, stopped.stderr);
    assert.deepEqual(epochsOf(stopped.lines).includes(1), false, 'what was told is not told again');
  });

  it('by Ctrl-C asks a question that stays on the screen', async (t) => {
    const { base, models, cli } = await desk(t);
    const { folder } = await countingTraining(join(base, 'data'), { epochs: 200, secondsPerEpoch: 0.1 });
    const terminal = new CliTerminal(['train', folder, '--to', models], cli);
    await terminal.see(/epoch [23]\/200/);
    terminal.forget();
    terminal.pressControlC();
    await terminal.see(/\[d\/s\/c\] /);
    terminal.type('c\r');
    await terminal.see(/epoch \d+\/200/);
    const [, afterQuestion = ''] = terminal.screen.split('[d/s/c] ');
    const [untilAnswer = ''] = afterQuestion.split('\n');
    assert.ok(!untilAnswer.includes('epoch'), 'nothing was written over the question');
    terminal.forget();
    terminal.pressControlC();
    await terminal.see(/\[d\/s\/c\] /);
    terminal.type('s\r');
    await terminal.see(/cancelled: The training was stopped/);
    assert.equal(await terminal.end(), 1);
  });
});
