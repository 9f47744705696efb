import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, test, type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import * as v from 'valibot';
import { DatasetFolder } from '../../src/recipes/datasets/datasetFolder.js';
import { parseParameters } from '../../src/recipes/parameters.js';
import { sklearn } from '../../src/recipes/sklearn.js';
import { recipePython } from '../support/environments.js';
import {
  datasetWith,
  runPython,
  succeeded,
  TableRun,
  trainByItself,
  Workshop,
} from '../support/tableTrainings.js';

const wine = fileURLToPath(new URL('../../samples/wine', import.meta.url));
const never = new AbortController().signal;
const program = 'sklearn_table.py';

const cardSchema = v.looseObject({
  task: v.string(),
  target: v.string(),
  classes: v.nullable(v.array(v.union([v.string(), v.number(), v.boolean()]))),
  columns: v.array(v.object({ name: v.string(), type: v.string() })),
  left_out: v.array(v.string()),
  iterations: v.number(),
  finished: v.boolean(),
  rows: v.object({ table: v.number(), learned: v.number(), held_back: v.number() }),
  scores: v.object({
    learned: v.record(v.string(), v.number()),
    held_back: v.record(v.string(), v.number()),
  }),
  cross_validation: v.nullable(
    v.object({
      folds: v.number(),
      done: v.number(),
      scores: v.record(v.string(), v.object({ mean: v.number(), std: v.number() })),
    }),
  ),
  read: v.looseObject({ decimal_commas: v.array(v.string()) }),
});

let python = '';
let workshop: Workshop;

before(async () => {
  python = await recipePython(sklearn, wine);
  workshop = new Workshop(python, program, ['sklearn_table']);
});
after(() => workshop.dispose());

function runOf(t: TestContext, dataset: string, given: Record<string, unknown> = {}): Promise<TableRun> {
  return TableRun.of(t, { recipe: sklearn, dataset, given });
}

async function cardOf(run: TableRun): Promise<v.InferOutput<typeof cardSchema>> {
  return v.parse(cardSchema, await run.card());
}

/** Share of rows of a table that the saved model predicts as they are, read as anybody would read them. */
async function accuracyOn(run: TableRun, table: string, target: string): Promise<number> {
  const script = `
import joblib, pandas, sys
rows = pandas.read_csv(sys.argv[2])
print((joblib.load(sys.argv[1]).predict(rows) == rows[sys.argv[3]]).mean())`;
  return Number(await runPython(python, script, [join(run.output, 'model.joblib'), table, target]));
}

test('a training reports every step and leaves a model that predicts and a card', async (t) => {
  const run = await runOf(t, wine, { iterations: 20 });
  const attempt = succeeded(await trainByItself(python, program, await run.prepare()));

  assert.equal(attempt.points.length, 20);
  assert.deepEqual(Object.keys(attempt.points[0]?.metrics ?? {}).sort(), [
    'accuracy',
    'f1',
    'loss',
    'val_accuracy',
    'val_f1',
    'val_loss',
  ]);
  assert.equal(attempt.points.at(-1)?.progress, 1);
  assert.deepEqual(attempt.models, [join(run.output, 'model.joblib'), join(run.output, 'model.card.json')]);

  const card = await cardOf(run);
  assert.deepEqual([card.task, card.target, card.classes], ['classification', 'cultivar', [1, 2, 3]]);
  assert.deepEqual(card.rows, { table: 178, learned: 142, held_back: 36 });
  assert.ok((card.scores.held_back.accuracy ?? 0) > 0.9);
  assert.ok((await accuracyOn(run, join(wine, 'wine.csv'), 'cultivar')) > 0.95);
});

for (const model of ['random-forest', 'extra-trees', 'gradient-boosting', 'mlp']) {
  test(`a stopped ${model} goes on from its checkpoint as if nothing had happened`, async (t) => {
    const whole = await runOf(t, wine, { model, iterations: 12 });
    succeeded(await whole.train(workshop));

    const parted = await runOf(t, wine, { model, iterations: 12 });
    await parted.askToStop();
    const first = succeeded(await parted.train(workshop));
    assert.equal(first.points.length, 1);
    assert.deepEqual(await parted.checkpoints(), ['iteration-000001.joblib']);
    assert.equal((await cardOf(parted)).finished, false);

    const second = succeeded(await parted.resume(workshop));
    assert.equal(second.points.length, 11);
    assert.deepEqual((await cardOf(parted)).scores, (await cardOf(whole)).scores);
    assert.equal((await cardOf(parted)).finished, true);
  });
}

test('a checkpoint of other settings is refused with what differs', async (t) => {
  const run = await runOf(t, wine, { iterations: 5 });
  await run.askToStop();
  succeeded(await run.train(workshop));
  const refused = await run.resume(workshop, { seed: 8, iterations: 6 });
  assert.equal(refused.exitCode, 1);
  assert.equal(
    refused.error,
    'The checkpoint iteration-000001.joblib does not fit: iterations, seed changed since; start a fresh job.',
  );
});

test('every model learns an amount in the units of the table', async (t) => {
  const lines = Array.from({ length: 400 }, (_, i) => {
    const [x, y] = [(i * 37) % 101, (i * 53) % 89];
    return `${x}.5,${y},${1000 + 30 * x - 20 * y}.25`;
  });
  const dataset = await datasetWith(t, { 'prices.csv': ['x,y,price', ...lines].join('\n') });
  for (const model of [
    'auto',
    'gradient-boosting',
    'extra-trees',
    'ada-boost',
    'decision-tree',
    'linear',
    'ridge',
    'elastic-net',
    'mlp',
    'svm',
    'knn',
  ]) {
    const run = await runOf(t, dataset, { model, iterations: 60 });
    succeeded(await run.train(workshop));
    const card = await cardOf(run);
    assert.equal(card.task, 'regression');
    assert.ok((card.scores.held_back.r2 ?? 0) > 0.8, `${model}: ${JSON.stringify(card.scores)}`);
  }
});

test('every model that has no steps tells classes apart', async (t) => {
  for (const model of ['ada-boost', 'decision-tree', 'naive-bayes', 'knn', 'svm', 'ridge']) {
    const run = await runOf(t, wine, { model, iterations: 30, target: 'cultivar' });
    succeeded(await run.train(workshop));
    const { accuracy = 0 } = (await cardOf(run)).scores.held_back;
    assert.ok(accuracy > 0.8, `${model}: ${accuracy}`);
  }
});

test('folds are points with mean and spread, and the model is trained after them', async (t) => {
  const run = await runOf(t, wine, { folds: 4, iterations: 5 });
  const attempt = succeeded(await run.train(workshop));
  const folds = attempt.points.filter(({ status }) => status !== undefined);
  assert.deepEqual(
    folds.map(({ status, step }) => [status, step]),
    [1, 2, 3, 4].map((fold) => [`fold ${fold} of 4`, fold]),
  );
  assert.deepEqual(
    attempt.points.map(({ step }) => step),
    [1, 2, 3, 4, 5, 6, 7, 8, 9],
  );

  const scores = folds.map(({ metrics }) => metrics.cv_accuracy ?? NaN);
  const mean = scores.reduce((sum, score) => sum + score) / 4;
  const validation = (await cardOf(run)).cross_validation;
  assert.deepEqual([validation?.folds, validation?.done], [4, 4]);
  assert.ok(Math.abs((validation?.scores.accuracy?.mean ?? 0) - mean) < 1e-9);
  assert.ok((validation?.scores.accuracy?.std ?? 0) > 0);
  assert.equal(folds.at(-1)?.metrics.cv_accuracy_mean, validation?.scores.accuracy?.mean);
});

test('a training stopped between folds goes on with the next fold', async (t) => {
  const whole = await runOf(t, wine, { folds: 3, iterations: 4 });
  succeeded(await whole.train(workshop));

  const parted = await runOf(t, wine, { folds: 3, iterations: 4 });
  await parted.askToStop();
  const first = succeeded(await parted.train(workshop));
  assert.equal((await cardOf(parted)).finished, false);
  assert.ok(first.points.length < 3, first.log);

  const second = succeeded(await parted.resume(workshop));
  assert.ok(second.points.some(({ status }) => status === 'fold 3 of 3'));
  assert.deepEqual((await cardOf(parted)).cross_validation, (await cardOf(whole)).cross_validation);
  assert.deepEqual((await cardOf(parted)).scores, (await cardOf(whole)).scores);
});

test('what the check found in a difficult table is what is learned', async (t) => {
  const lines = Array.from({ length: 150 }, (_, i) => {
    const kind = i % 3 ? 'Käse' : 'Brot';
    const price = i % 10 ? `${i % 3 ? 7 : 2},${i % 10}` : '';
    return [
      i,
      price,
      i % 4 ? 'Köln' : '?',
      i % 2 ? 'true' : 'false',
      `Zeile "${i}"`,
      '',
      kind,
      i % 50 ? '' : 'x',
    ].join(';');
  });
  const content = ['nr; preis ;ort;frisch;notiz;leer;label;rest', ...lines].join('\r\n');
  const dataset = await datasetWith(t, { 'markt.csv': Buffer.from(content, 'latin1') });
  const folder = await DatasetFolder.open(dataset, never);
  const given = { ignore: 'nr', model: 'logistic' };
  const { summary } = await sklearn.check(folder, parseParameters(sklearn, given), never);

  const run = await runOf(t, dataset, given);
  succeeded(await run.train(workshop));
  const card = await cardOf(run);
  assert.deepEqual(
    {
      task: card.task,
      target: card.target,
      features: card.columns.map(({ name }) => name),
      rows: card.rows.table,
    },
    { task: summary.task, target: summary.target, features: summary.features, rows: summary.rows },
  );
  assert.deepEqual(card.left_out, ['notiz', 'leer']);
  assert.deepEqual(card.classes, ['Brot', 'Käse']);
  assert.deepEqual(card.read.decimal_commas, ['preis']);
  assert.ok((card.scores.held_back.accuracy ?? 0) > 0.9);
});

test('a table that cannot be learned ends with one sentence', async (t) => {
  const dataset = await datasetWith(t, { 'a.csv': 'x,y\n1,a\n2,b\n' });
  const attempt = await (await runOf(t, dataset, { task: 'regression' })).train(workshop);
  assert.equal(attempt.exitCode, 1);
  assert.equal(attempt.error, "'y' holds text, and regression needs numbers.");
});
