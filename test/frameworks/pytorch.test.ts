import assert from 'node:assert/strict';
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { after, before, test, type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import * as v from 'valibot';
import { DatasetFolder } from '../../src/recipes/datasets/datasetFolder.js';
import { parseParameters } from '../../src/recipes/parameters.js';
import { pytorch } from '../../src/recipes/pytorch.js';
import { runCli, startCli, type Line } from '../support/cli.js';
import { homeWithEnvironments, recipePython } from '../support/environments.js';
import { datasetWith, runPython, succeeded, TableRun, Workshop } from '../support/tableTrainings.js';
import { tempDir } from '../support/tempDir.js';
import { folderWith } from '../unit/recipes/folders.js';
import { pngFile } from '../unit/recipes/datasets/pngFile.js';

const repository = fileURLToPath(new URL('../../', import.meta.url));
const glyphs = join(repository, 'samples', 'glyphs');
const wine = join(repository, 'samples', 'wine');
const never = new AbortController().signal;

const scoresSchema = v.record(v.string(), v.number());
const cardSchema = v.looseObject({
  task: v.string(),
  architecture: v.looseObject({ name: v.string() }),
  weights: v.string(),
  classes: v.nullable(v.array(v.string())),
  left_out: v.array(v.string()),
  epochs: v.object({
    asked: v.number(),
    done: v.number(),
    best: v.nullable(v.number()),
    stopped_early: v.boolean(),
  }),
  finished: v.boolean(),
  scores: v.object({ val: scoresSchema, test: v.optional(scoresSchema) }),
  per_class: v.optional(
    v.array(
      v.object({
        class: v.string(),
        precision: v.number(),
        recall: v.number(),
        f1: v.number(),
        support: v.number(),
      }),
    ),
  ),
  confusion: v.optional(v.looseObject({ counts: v.array(v.array(v.number())) })),
  files: v.object({ model: v.string(), program: v.string(), export: v.nullable(v.string()) }),
});

let python = '';
let workshop: Workshop;

before(async () => {
  python = await recipePython(pytorch, glyphs);
  workshop = new Workshop(python, 'pytorch_train.py', ['torch', 'torchvision', 'table_problem']);
});
after(() => {
  workshop.dispose();
});

/** Trains from the beginning; each of the defaults that asks the network for weights is off. */
async function trained(t: TestContext, dataset: string, given: Record<string, unknown>): Promise<TableRun> {
  const run = await runOf(t, dataset, given);
  succeeded(await run.train(workshop));
  return run;
}

function runOf(t: TestContext, dataset: string, given: Record<string, unknown>): Promise<TableRun> {
  return TableRun.of(t, { recipe: pytorch, dataset, given: { pretrained: false, ...given } });
}

async function cardOf(run: TableRun): Promise<v.InferOutput<typeof cardSchema>> {
  return v.parse(cardSchema, await run.card());
}

/** Ends of epochs, in the order they were told. */
function epochsOf(lines: readonly Line[]): number[] {
  return lines
    .filter(({ event, metrics }) => event === 'point' && 'val_loss' in (metrics as object))
    .map(({ epoch }) => Number(epoch));
}

const numbersTo = (last: number): number[] => Array.from({ length: last }, (_, index) => index + 1);

/** Lines of Python that load the program and the model of a run. */
const loading = `
import sys
sys.dont_write_bytecode = True
sys.path.insert(0, sys.argv[1])
import torch
from predict import Model, apply_network, build_network
model = Model(sys.argv[1] + "/model.pt")
`;

test('the sample trains as a whole job, and what comes home reads images it was not shown', async (t) => {
  const home = await homeWithEnvironments(t);
  const models = await tempDir(t);
  const runFile = join(glyphs, 'trainyard.yaml');
  const { code, lines, stderr } = await runCli(['train', runFile, '--to', models, '--yes', '--json'], {
    home,
  });
  assert.equal(code, 0, stderr);
  assert.deepEqual(epochsOf(lines), numbersTo(20));

  const names = await readdir(models);
  const named = (ending: string): string =>
    join(
      models,
      names.find((name) => name.endsWith(ending)) ?? assert.fail(`no ${ending} in ${names.join()}`),
    );
  const end = lines.find(({ event }) => event === 'end');
  assert.equal((end?.model as { path: string } | undefined)?.path, named('.pt'));

  const card = v.parse(cardSchema, JSON.parse(await readFile(named('.card.json'), 'utf8')));
  assert.deepEqual(card.classes, ['circle', 'cross', 'square', 'triangle']);
  assert.deepEqual(
    card.per_class?.map(({ support }) => support),
    [6, 6, 6, 6],
  );
  assert.equal(
    card.confusion?.counts.flat().reduce((sum, count) => sum + count),
    24,
  );

  const images = (await readdir(join(glyphs, 'val'), { recursive: true })).filter((name) =>
    name.endsWith('.png'),
  );
  const script = `import runpy, sys; sys.argv = sys.argv[1:]; runpy.run_path(sys.argv[0], run_name="__main__")`;
  const paths = images.map((name) => join(glyphs, 'val', name));
  const said = await runPython(python, script, [named('.py'), named('.pt'), ...paths]);
  const answers = said
    .trim()
    .split('\n')
    .map((line) => line.split('\t')[1]);
  const right = images.filter((name, index) => name.split(/[/\\]/)[0] === answers[index]);
  assert.ok(right.length >= 18, `${right.length} of ${images.length} are right:\n${said}`);
  assert.ok(Math.abs(right.length / images.length - (card.scores.val.accuracy ?? 0)) < 0.001);
});

test('a job that is stopped goes on where it was, without an epoch lost or done twice', async (t) => {
  const home = await homeWithEnvironments(t);
  const folder = join(await tempDir(t), 'models');
  const args = [
    '--recipe',
    'pytorch',
    '--set',
    'epochs=30',
    '--set',
    'patience=0',
    '--to',
    folder,
    '--yes',
    '--json',
  ];
  const run = startCli(['train', glyphs, ...args], { home });
  const point = await run.until('its second epoch', ({ epoch }) => Number(epoch) >= 2);
  const job = String(run.lines.find(({ event }) => event === 'state')?.job);
  const stopped = await runCli(['stop', job, '--json'], { home });
  assert.equal(stopped.code, 0, stopped.stderr);
  const told = epochsOf((await run.ended).lines);
  assert.ok(told.length < 30, `it was stopped after ${String(point.epoch)}`);

  const resumed = await runCli(['resume', job, '--json'], { home });
  assert.equal(resumed.code, 0, resumed.stderr);
  assert.equal(resumed.lines.find(({ event }) => event === 'end')?.state, 'succeeded');
  assert.deepEqual([...told, ...epochsOf(resumed.lines)], numbersTo(30));
});

test('a training that goes on in the middle of an epoch ends as if it had never stopped', async (t) => {
  const run = await runOf(t, glyphs, { epochs: 1, batch: 16, mixup: 0.2, augmentation: 'strong' });
  await run.askToSave();
  succeeded(await run.train(workshop));
  const whole = await cardOf(run);
  assert.deepEqual((await run.checkpoints()).sort(), ['epoch-0001-example-00000016.pt', 'epoch-0001.pt']);

  await rm(join(run.output, 'checkpoints', 'epoch-0001.pt'));
  const resumed = succeeded(await run.resume(workshop));
  assert.deepEqual(
    resumed.points.map(({ step }) => step),
    [2, 3, 4, 5, undefined],
  );
  const parted = await cardOf(run);
  for (const [name, value] of Object.entries(whole.scores.val)) {
    assert.ok(
      Math.abs(value - (parted.scores.val[name] ?? NaN)) < 1e-4,
      `${name}: ${value}, ${parted.scores.val[name]}`,
    );
  }
});

test('a stop before the first epoch is over leaves a model all the same', async (t) => {
  const run = await runOf(t, glyphs, { epochs: 3 });
  await run.askToStop();
  const stopped = succeeded(await run.train(workshop));
  assert.deepEqual(stopped.points, []);
  assert.deepEqual(
    stopped.models.map((path) => basename(path)),
    ['predict.py', 'model.pt', 'model.card.json'],
  );
  assert.deepEqual(await run.checkpoints(), ['epoch-0000.pt']);
});

test('a checkpoint of other settings is refused with what differs, but the batch may be smaller', async (t) => {
  const run = await runOf(t, wine, { target: 'cultivar', epochs: 2 });
  await run.askToStop();
  succeeded(await run.train(workshop));
  const refused = await run.resume(workshop, { seed: 8, layers: '8' });
  assert.equal(refused.exitCode, 1);
  assert.equal(
    refused.error,
    'The checkpoint epoch-0000.pt does not fit: seed, layers changed since; start a fresh job.',
  );
  assert.equal(succeeded(await run.resume(workshop, { batch: 4 })).points.at(-1)?.progress, 1);
});

test('a table of classes is learned and predicted by the program that comes along', async (t) => {
  const run = await trained(t, wine, { target: 'cultivar', epochs: 30 });
  const card = await cardOf(run);
  assert.deepEqual([card.task, card.classes], ['classification', ['1', '2', '3']]);
  assert.ok((card.scores.val.accuracy ?? 0) > 0.9, JSON.stringify(card.scores));
  const script = `${loading}
from predict import read_rows
rows = read_rows(sys.argv[2], model.preprocessing["read"])
print(sum(name == row["cultivar"] for (name, share), row in zip(model.predict_rows(rows), rows)) / len(rows))`;
  const accuracy = Number(await runPython(python, script, [run.output, join(wine, 'wine.csv')]));
  assert.ok(accuracy > 0.9, String(accuracy));
});

test('it ends early when nothing gets better', async (t) => {
  const noise = Array.from(
    { length: 120 },
    (_, row) => `${(row * 37) % 101},${(row * 53) % 89},${'ab'[((row * row) % 7) % 2]}`,
  );
  const dataset = await datasetWith(t, { 'noise.csv': ['x,y,label', ...noise].join('\n') });
  const run = await runOf(t, dataset, { epochs: 200, patience: 4 });
  const attempt = succeeded(await run.train(workshop));
  assert.match(attempt.log, /stopping early: nothing got better in the 4 epochs since epoch \d+/);
  const { epochs, finished } = await cardOf(run);
  assert.ok(finished && epochs.stopped_early && epochs.done < 200);
  assert.equal(epochs.done - (epochs.best ?? 0), 4);
});

test('a difficult table of amounts is learned as it was checked, and exported as ONNX', async (t) => {
  const factors = { Köln: 3, Bonn: 2, Berlin: 5 };
  const lines = Array.from({ length: 500 }, (_, row) => {
    const [area, rooms, isQuiet] = [20 + ((row * 37) % 131), 1 + (row % 6), row % 4 === 0];
    const city = Object.keys(factors)[(row * 7) % 3] as keyof typeof factors;
    const price = 1000 * area * factors[city] + 20_000 * rooms + (isQuiet ? 15_000 : 0);
    const cells = [row % 20 ? `${area},5` : '', row % 30 ? city : 'NA', rooms, isQuiet, `note ${row}`, price];
    return cells.join(';');
  });
  const content = ['area; city ;rooms;quiet;note;price', ...lines].join('\r\n');
  const dataset = await datasetWith(t, { 'flats.csv': Buffer.from(content, 'latin1') });
  const given = { target: 'price', epochs: 60, batch: 16, textColumns: 'one-hot', export: 'onnx' };
  const folder = await DatasetFolder.open(dataset, never);
  const { summary } = await pytorch.check(folder, parseParameters(pytorch, given), never);

  const run = await trained(t, dataset, given);
  const card = await cardOf(run);
  assert.equal(card.task, summary.task);
  assert.deepEqual(
    (card.columns as { name: string }[]).map(({ name }) => name),
    summary.features,
  );
  assert.deepEqual(card.left_out, ['note']);
  assert.ok((card.scores.val.r2 ?? 0) > 0.85, JSON.stringify(card.scores));
  assert.equal(card.files.export, 'model.onnx');

  const script = `${loading}
from onnx.reference import ReferenceEvaluator
rows = [{"area": "70,5", "city": "Bonn", "rooms": "3", "quiet": "true"}, {"area": "", "city": "?", "rooms": "1", "quiet": ""}]
inputs = {name: values.numpy() for name, values in model.table_inputs(rows).items()}
(amounts,) = ReferenceEvaluator(sys.argv[1] + "/model.onnx").run(None, inputs)
expected = model.predict_rows(rows)
print(max(abs(a - b) / abs(b) for a, b in zip(amounts.tolist(), expected)), expected[0])`;
  const [difference, price] = (await runPython(python, script, [run.output])).split(' ').map(Number);
  assert.ok((difference ?? 1) < 1e-4, `ONNX is ${difference} off`);
  assert.ok(Math.abs((price ?? 0) - 216_000) < 60_000, `70.5 m² in Bonn for ${price}`);
});

test('networks for images are exported, and every one of them has the head that is known of it', async (t) => {
  const script = await trained(t, glyphs, { epochs: 1, export: 'torchscript' });
  const onnx = await trained(t, glyphs, { epochs: 1, export: 'onnx' });
  const source = `${loading}
sys.path[:0] = sys.argv[3:]
from onnx.reference import ReferenceEvaluator
from pytorch_backbones import HEADS, Frozen, describe_architecture
images = torch.randn(3, 3, 32, 32)
with torch.no_grad():
    expected = apply_network(model.network, {"images": images})
    traced = torch.jit.load(sys.argv[1] + "/model.torchscript.pt")(images)
    (scores,) = ReferenceEvaluator(sys.argv[2] + "/model.onnx").run(None, {"images": images.numpy()})
print(float((traced - expected).abs().max()), float((torch.tensor(scores) - expected).abs().max()))
for name in HEADS:
    network = build_network(describe_architecture(name, 5, 32))
    Frozen(network, name)
    shapes = [list(weight.shape)[:1] for weight in network.parameters() if weight.requires_grad]
    assert shapes == [[5], [5]], (name, shapes)`;
  const paths = [
    script.output,
    onnx.output,
    join(repository, 'runtime'),
    join(repository, 'runtime', 'recipes'),
  ];
  const differences = (await runPython(python, source, paths)).trim().split(' ').map(Number);
  assert.ok(
    differences.length === 2 && differences.every((difference) => difference < 1e-4),
    String(differences),
  );
});

test('images that cannot be read are left out and named, also by the processes that open them', async (t) => {
  const images = Object.fromEntries(
    Array.from({ length: 600 }, (_, index) => [
      `${index % 2 ? 'bright' : 'dark'}/${String(index).padStart(3, '0')}.png`,
      pngFile(8, 8, { gray: index % 2 ? 200 + (index % 50) : index % 50 }),
    ]),
  );
  const broken = 'bright/broken.png';
  const dataset = await folderWith(t, {
    ...images,
    [broken]: pngFile(8, 8).subarray(0, 40),
    'split.csv': `${broken},train\nbright/001.png,val\ndark/000.png,val\n`,
  });
  const run = await runOf(t, dataset, { epochs: 1, workers: 2 });
  const attempt = succeeded(await run.train(workshop));
  assert.match(attempt.log, /left out, it cannot be read: bright\/broken\.png/);
  const card = await cardOf(run);
  assert.deepEqual([card.left_out, card.split], [[broken], 'split.csv']);
  assert.deepEqual(card.images, { train: 599, val: 2 });
});

test('the images that the check holds back are the ones that are held back', async (t) => {
  const parts = ['circle', 'cross'].flatMap((name) => numbersTo(12).map((index) => `${name}/${index}.png`));
  const files = Object.fromEntries(parts.map((path, index) => [path, pngFile(16, 16, { gray: index })]));
  const dataset = await folderWith(t, files);
  const { problems, summary } = await pytorch.check(
    await DatasetFolder.open(dataset, never),
    parseParameters(pytorch, {}),
    never,
  );
  const bySeed = await cardOf(await trained(t, dataset, { epochs: 1 }));
  assert.deepEqual(bySeed.images, { train: summary.train, val: summary.val });

  await problems.find(({ code }) => code === 'images.no-split')?.repair?.apply(never);
  const byFile = await cardOf(await trained(t, dataset, { epochs: 1 }));
  assert.deepEqual([byFile.split, byFile.scores], ['split.csv', bySeed.scores]);
});

test('without published weights it starts from scratch and says so, but not where only the head would learn', async (t) => {
  const nowhere = {
    https_proxy: 'http://127.0.0.1:9',
    HTTPS_PROXY: 'http://127.0.0.1:9',
    TORCH_HOME: await tempDir(t),
  };
  const given = { model: 'resnet18', pretrained: true, epochs: 1 };
  const run = await runOf(t, glyphs, given);
  const log = join(await tempDir(t), 'output.log');
  succeeded(await workshop.train({ ...(await run.prepare()), ...nowhere }, log));
  const card = await cardOf(run);
  assert.match(card.weights, /^random: the pretrained ones could not be fetched \(.+\)$/);
  assert.ok((await readFile(log, 'utf8')).includes(card.weights));

  const frozen = await runOf(t, glyphs, { ...given, freezeBackbone: true });
  const refused = await workshop.train({ ...(await frozen.prepare()), ...nowhere }, log);
  assert.equal(refused.exitCode, 1);
  assert.match(
    refused.error ?? '',
    /^With freezeBackbone only the last layer learns, .*; set freezeBackbone to false\.$/,
  );
});

test('a step too long ends with what to do', async (t) => {
  const run = await runOf(t, wine, {
    target: 'cultivar',
    optimizer: 'sgd',
    learningRate: 10,
    epochs: 50,
    patience: 0,
    layers: '64,64,64',
    task: 'regression',
  });
  const attempt = await run.train(workshop);
  assert.equal(attempt.exitCode, 1, attempt.log);
  assert.match(
    attempt.error ?? '',
    /^The loss is no number any more in epoch \d+; lower learningRate \(it was 10\)\.$/,
  );
});

test('a table that cannot be learned ends with one sentence', async (t) => {
  const dataset = await tempDir(t);
  await writeFile(join(dataset, 'a.csv'), 'x,y\n1,a\n2,b\n');
  const attempt = await (await runOf(t, dataset, { task: 'regression' })).train(workshop);
  assert.equal(attempt.exitCode, 1);
  assert.equal(attempt.error, "'y' holds text, and regression needs numbers.");
});
