import assert from 'node:assert/strict';
import { cp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { runCli, type CliOptions, type Line } from '../support/cli.js';
import { CliTerminal } from '../support/cliTerminal.js';
import { homeWithEnvironments } from '../support/environments.js';
import { tempDir } from '../support/tempDir.js';

const endOf = (lines: readonly Line[]): Line => lines.at(-1) ?? assert.fail('nothing was said');

/** A table as a spreadsheet of another time saves it. */
async function oldTable(t: TestContext): Promise<{ readonly folder: string; readonly cli: CliOptions }> {
  const base = await tempDir(t);
  const folder = join(base, 'prices');
  await mkdir(folder);
  const rows = Array.from({ length: 40 }, (_, index) => `${index},${index % 2 ? 'caf\u00e9' : 'th\u00e9'}\n`);
  await writeFile(join(folder, 'prices.csv'), Buffer.from(`price,what\n${rows.join('')}`, 'latin1'));
  return { folder, cli: { home: join(base, 'home'), cwd: base } };
}

const codesOf = (line: Line): unknown[] => (line.problems as { code: unknown }[]).map(({ code }) => code);

describe('validate --fix', () => {
  it('says in a pipe what it would change, and changes it with --yes', async (t) => {
    const { folder, cli } = await oldTable(t);
    const before = await readFile(join(folder, 'prices.csv'));
    const asked = await runCli(['validate', folder, '--fix', '--json'], cli);
    assert.match(
      asked.stderr,
      /Skipped: Save prices\.csv as UTF-8 \(changes prices\.csv\)\. --yes allows it\./,
    );
    assert.deepEqual(await readFile(join(folder, 'prices.csv')), before);
    const found = codesOf(endOf(asked.lines));
    assert.ok(found.length > 0);
    assert.deepEqual(Object.keys(endOf(asked.lines)), ['recipe', 'ok', 'problems', 'summary']);

    const fixed = await runCli(['validate', folder, '--fix', '--yes', '--json'], cli);
    assert.equal(fixed.code, 0, fixed.stderr);
    assert.deepEqual(fixed.lines[0], {
      event: 'repair',
      title: 'Save prices.csv as UTF-8',
      changes: ['prices.csv'],
      state: 'done',
      message: 'prices.csv is UTF-8 now; before it was Windows-1252.',
    });
    assert.ok(codesOf(endOf(fixed.lines)).length < found.length);
    assert.match(await readFile(join(folder, 'prices.csv'), 'utf8'), /caf\u00e9/);
  });

  it('asks a person, who may say no', async (t) => {
    const { folder, cli } = await oldTable(t);
    const terminal = new CliTerminal(['validate', folder, '--fix'], cli);
    await terminal.see(/Save prices\.csv as UTF-8 \(changes prices\.csv\)\? \[y\/N\] /);
    terminal.type('n\r');
    await terminal.see(/1 repair can be made by --fix\./);
    await terminal.end();
    const second = new CliTerminal(['validate', folder, '--fix'], cli);
    await second.see(/\[y\/N\] /);
    second.type('y\r');
    await second.see(/prices\.csv is UTF-8 now/);
    assert.equal(await second.end(), 0);
  });
});

describe('again', () => {
  it('runs an ended job as a new one, with what is set changed', async (t) => {
    const base = await tempDir(t);
    const cli = { home: join(base, 'home'), cwd: base };
    const folder = join(base, 'data');
    await mkdir(folder);
    await writeFile(
      join(folder, 'train.py'),
      'import json, os, sys, trainyard\nprint(sys.argv[1:], trainyard.params())\n' +
        'trainyard.save_atomically(os.path.join(trainyard.output_dir(), "model.pt"), b"x")\n',
    );
    await writeFile(
      join(folder, 'trainyard.yaml'),
      'name: tea\ndataset: .\nrecipe: script\nparams: { epochs: 3, amp: true }\nlimits: { hours: 2 }\n',
    );
    const models = join(base, 'models');
    const first = await runCli(['train', join(folder, 'trainyard.yaml'), '--to', models, '--json'], cli);
    assert.equal(first.code, 0, first.stderr);
    const job = String(endOf(first.lines).job);
    const second = await runCli(['again', job, '--set', 'epochs=5', '--json'], cli);
    assert.equal(second.code, 0, second.stderr);
    const end = endOf(second.lines);
    assert.equal(end.event, 'end');
    assert.match(String(end.job), /^tea-/);
    assert.notEqual(end.job, job);
    const log = await readFile(join(cli.home, 'jobs', String(end.job), 'output.log'), 'utf8');
    assert.match(log, /^\['--epochs', '5', '--amp'\] \{.*'epochs': 5, 'amp': True/);
    assert.equal((await readdir(models)).length, 2);
  });
});

describe('customize', () => {
  it('leaves a script that trains the same model as the recipe', async (t) => {
    const base = await tempDir(t);
    const cli = { home: await homeWithEnvironments(t), cwd: base };
    const wine = join(base, 'wine');
    await cp('samples/wine', wine, { recursive: true });
    const card = async (...args: readonly string[]): Promise<Record<string, unknown>> => {
      const to = join(base, args.join('-').replace(/\W+/g, '-'));
      const { code, stderr } = await runCli(['train', ...args, '--to', to, '--json'], cli);
      assert.equal(code, 0, stderr);
      const name = (await readdir(to)).find((file) => file.endsWith('card.json')) ?? assert.fail('no card');
      return JSON.parse(await readFile(join(to, name), 'utf8')) as Line;
    };
    const options = ['--set', 'seed=11', '--set', 'iterations=20'];
    const byRecipe = await card('wine/trainyard.yaml', ...options);
    await rm(join(wine, 'trainyard.yaml'));
    const { code, lines, stderr } = await runCli(
      ['customize', 'wine', '--recipe', 'sklearn', '--set', 'target=cultivar', ...options, '--json'],
      cli,
    );
    assert.equal(code, 0, stderr);
    assert.equal(endOf(lines).runFile, join(wine, 'trainyard.yaml'));
    assert.deepEqual(await card('wine/trainyard.yaml'), byRecipe);
    const { stdout } = await runCli(['jobs', '--json'], cli);
    assert.match(stdout, /"recipe":"script"/);

    const again = await runCli(['customize', 'wine', '--recipe', 'sklearn'], cli);
    assert.equal(again.code, 2);
    assert.match(again.stderr, /train\.py is there already and is not overwritten/);
  });
});
