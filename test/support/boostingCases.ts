import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, test, type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import * as v from 'valibot';
import type { Recipe } from '../../src/recipes/recipe.js';
import { startCli } from './cli.js';
import { homeWithEnvironments, recipePython } from './environments.js';
import { datasetWith, runPython, succeeded, TableRun, Workshop } from './tableTrainings.js';
import { tempDir } from './tempDir.js';

export const penguins = fileURLToPath(new URL('../../samples/penguins', import.meta.url));

const scoresSchema = v.record(v.string(), v.number());
const cardSchema = v.looseObject({
  task: v.string(),
  classes: v.nullable(v.array(v.union([v.string(), v.number(), v.boolean()]))),
  columns: v.array(
    v.object({
      name: v.string(),
      feature: v.string(),
      type: v.picklist(['number', 'category']),
      categories: v.optional(v.array(v.string())),
    }),
  ),
  left_out: v.array(v.string()),
  objective: v.string(),
  rounds: v.object({ trained: v.number(), most: v.number(), best: v.number(), kept: v.number() }),
  finished: v.boolean(),
  device: v.string(),
  rows: v.object({ table: v.number(), learned: v.number(), held_back: v.number() }),
  scores: v.object({ learned: scoresSchema, held_back: scoresSchema }),
  importance: v.array(v.object({ name: v.string(), share: v.number() })),
});
type Card = v.InferOutput<typeof cardSchema>;

export interface BoostingCase {
  readonly recipe: Recipe;
  /** `xgboost_table.py` */
  readonly program: string;
  /** `model.ubj` */
  readonly model: string;
  /** Python: what the model in `path` predicts for `frame`, in `predicted`. */
  readonly predict: string;
  /** What makes it fit soon. */
  readonly quick: Readonly<Record<string, unknown>>;
  /** `train-mlogloss` and the like for the two classes of a table. */
  readonly twoClassMetrics: readonly string[];
}

/** Reads cards as docs/recipes/ say: the score of each model over all rows, in a process that never saw the training. */
const checkScript = (predict: string) => `
import json, os, sys
import numpy, pandas
for output in sys.argv[3:]:
    path = os.path.join(output, sys.argv[1])
    card = json.load(open(os.path.join(output, "model.card.json"), encoding="utf-8"))
    rows = pandas.read_csv(sys.argv[2])
    rows = rows[rows[card["target"]].notna()]
    frame = pandas.DataFrame({
        column["feature"]: pandas.Categorical(rows[column["name"]], categories=column["categories"])
        if column["type"] == "category" else rows[column["name"]].astype("float64")
        for column in card["columns"]
    })
    ${predict.trim().replaceAll('\n', '\n    ')}
    target = rows[card["target"]]
    if card["classes"] is None:
        print(((predicted - target) ** 2).mean() ** 0.5)
    else:
        places = (predicted > 0.5).astype(int) if predicted.ndim == 1 else predicted.argmax(axis=1)
        print((numpy.array(card["classes"], dtype=object)[places] == target).mean())
`;

/** What XGBoost and LightGBM must do alike, as tests of the file that calls it. */
export function testBoosting(boosting: BoostingCase): Trainer {
  const trainer = new Trainer(boosting);
  before(() => trainer.open());
  after(() => {
    trainer.close();
  });

  test('several classes: every round is a pair of points, and it ends when no round gets better', async (t) => {
    const run = await trainer.run(t, penguins, { target: 'species', rounds: 400, earlyStopping: 8 });
    const attempt = succeeded(await trainer.train(run));
    const card = await trainer.card(run);

    assert.deepEqual(
      attempt.points.map(({ step }) => step),
      attempt.points.map((_, index) => index + 1),
    );
    assert.ok(attempt.points.length < 400, 'it went on to the end');
    assert.equal(card.rounds.trained, attempt.points.length);
    assert.equal(card.rounds.best, attempt.points.length - 8);
    assert.equal(card.rounds.kept, card.rounds.best);
    assert.deepEqual(card.classes, ['Adelie', 'Chinstrap', 'Gentoo']);
    assert.deepEqual(card.rows, { table: 344, learned: 275, held_back: 69 });
    assert.ok((card.scores.held_back.accuracy ?? 0) > 0.9, JSON.stringify(card.scores));
    assert.ok(card.importance.length > 3 && Math.abs(sum(card.importance) - 1) < 1e-6);
  });

  test('two classes of text, with gaps, categories and a target that has gaps', async (t) => {
    const run = await trainer.run(t, penguins, { target: 'sex', rounds: 30, classWeight: 'balanced' });
    const attempt = succeeded(await trainer.train(run));
    const card = await trainer.card(run);
    assert.deepEqual(
      Object.keys(attempt.points[0]?.metrics ?? {}).sort(),
      [...boosting.twoClassMetrics].sort(),
    );
    assert.deepEqual(card.classes, ['female', 'male']);
    assert.deepEqual(
      card.columns
        .filter(({ type }) => type === 'category')
        .map(({ name, categories }) => [name, categories]),
      [
        ['species', ['Adelie', 'Chinstrap', 'Gentoo']],
        ['island', ['Biscoe', 'Dream', 'Torgersen']],
      ],
    );
    assert.equal(card.rows.learned + card.rows.held_back, 333);
    assert.ok((card.scores.held_back.accuracy ?? 0) > 0.8, JSON.stringify(card.scores));
  });

  test('an amount is learned in the units of the table, to the last round when asked', async (t) => {
    const given = { target: 'body_mass_g', rounds: 40, earlyStopping: 0 };
    const run = await trainer.run(t, penguins, given);
    const attempt = succeeded(await trainer.train(run));
    const card = await trainer.card(run);
    assert.equal(attempt.points.length, 40);
    assert.equal(attempt.points.at(-1)?.progress, 1);
    assert.equal(card.rounds.kept, 40);
    assert.equal(card.task, 'regression');
    assert.ok((card.scores.held_back.r2 ?? 0) > 0.75, JSON.stringify(card.scores));
  });

  test('the model files load again in a fresh process and predict with the scores of their cards', async (t) => {
    const runs = [
      await trainer.run(t, penguins, { target: 'species', rounds: 100, earlyStopping: 5 }),
      await trainer.run(t, penguins, { target: 'sex', rounds: 8 }),
      await trainer.run(t, penguins, { target: 'body_mass_g', rounds: 8 }),
    ];
    for (const run of runs) succeeded(await trainer.train(run));
    const scores = await trainer.scoresOfFiles(runs);
    for (const [index, run] of runs.entries()) {
      const { rows, scores: told } = await trainer.card(run);
      const name = told.learned.rmse === undefined ? 'accuracy' : 'rmse';
      const power = name === 'rmse' ? 2 : 1;
      const share = (score = NaN, count: number) =>
        (score ** power * count) / (rows.learned + rows.held_back);
      const whole =
        (share(told.learned[name], rows.learned) + share(told.held_back[name], rows.held_back)) **
        (1 / power);
      assert.ok(
        Math.abs((scores[index] ?? NaN) - whole) < 1e-6 * Math.max(1, whole),
        `${scores[index]}: ${whole}`,
      );
    }
  });

  test('a stopped training goes on with the next round, and knows its best', async (t) => {
    const given = { target: 'species', rounds: 300, earlyStopping: 8 };
    const whole = await trainer.run(t, penguins, given);
    succeeded(await trainer.train(whole));

    const parted = await trainer.run(t, penguins, given);
    await parted.askToStop();
    const first = succeeded(await trainer.train(parted));
    assert.equal(first.points.length, 1);
    assert.deepEqual(await parted.checkpoints(), ['round-000001.checkpoint']);
    assert.equal((await trainer.card(parted)).finished, false);

    const second = succeeded(await parted.resume(trainer.workshop));
    assert.equal(second.points[0]?.step, 2);
    const [card, expected] = [await trainer.card(parted), await trainer.card(whole)];
    assert.equal(card.finished, true);
    assert.deepEqual(card.rounds, expected.rounds);
    for (const [name, score] of Object.entries(expected.scores.held_back)) {
      assert.ok(Math.abs((card.scores.held_back[name] ?? NaN) - score) < 1e-4, `${name}: ${score}`);
    }
  });

  test('a training that had ended leaves the same model when it is resumed', async (t) => {
    const run = await trainer.run(t, penguins, { target: 'species', rounds: 3 });
    await run.askToSave();
    succeeded(await trainer.train(run));
    const before = await trainer.card(run);
    const again = succeeded(await run.resume(trainer.workshop));
    assert.deepEqual(
      again.points.map(({ step }) => step),
      [2, 3],
    );
    assert.deepEqual((await trainer.card(run)).rounds, before.rounds);
  });

  test('a checkpoint of other settings is refused with what differs', async (t) => {
    const run = await trainer.run(t, penguins, { target: 'species', rounds: 5 });
    await run.askToStop();
    succeeded(await trainer.train(run));
    const refused = await run.resume(trainer.workshop, { l2: 3 });
    assert.equal(refused.exitCode, 1);
    assert.equal(
      refused.error,
      'The checkpoint round-000001.checkpoint does not fit: parameters changed since; start a fresh job.',
    );
  });

  test('odd column names, decimal commas, another separator and classes that are numbers', async (t) => {
    const lines = Array.from({ length: 200 }, (_, i) => {
      const [x, y] = [(i * 37) % 101, (i * 53) % 89];
      return [i % 9 ? `${x},5` : '?', y, ['Köln', 'Bonn', ''][i % 3], x > y ? 30 : 20].join(';');
    });
    const header = 'size [cm];"a{b}:c";Stadt;grade';
    const dataset = await datasetWith(t, {
      'data.csv': Buffer.from([header, ...lines].join('\r\n'), 'latin1'),
    });
    const run = await trainer.run(t, dataset, { target: 'grade', rounds: 40 });
    succeeded(await trainer.train(run));
    const card = await trainer.card(run);
    assert.deepEqual(card.classes, [20, 30]);
    assert.deepEqual(
      card.columns.map(({ name, feature, type }) => [name, feature, type]),
      [
        ['size [cm]', 'size__cm_', 'number'],
        ['a{b}:c', 'a_b__c', 'number'],
        ['Stadt', 'Stadt', 'category'],
      ],
    );
    assert.ok((card.scores.held_back.accuracy ?? 0) > 0.85, JSON.stringify(card.scores));
  });

  test('what the library refuses is one sentence', async (t) => {
    const given = { target: 'species', rounds: 2, max_bin: 'many' };
    const attempt = await trainer.train(await trainer.run(t, penguins, given));
    assert.equal(attempt.exitCode, 1, attempt.log);
    assert.match(attempt.error ?? '', /^(XGBoost|LightGBM) refused this: .*max_bin/);
    assert.doesNotMatch(attempt.error ?? '', /\n/);
  });

  test('a whole job through the command line brings the model and its card', async (t) => {
    const home = await homeWithEnvironments(t);
    const to = join(await tempDir(t), 'models');
    const set = Object.entries({ target: 'species', rounds: 5 }).flatMap(([k, value]) => [
      '--set',
      `${k}=${value}`,
    ]);
    const args = ['train', penguins, '--recipe', boosting.recipe.id, ...set, '--to', to, '--yes', '--json'];
    const end = await startCli(args, { home }).ended;
    assert.equal(end.code, 0, end.stderr);
    const last = v.parse(
      v.looseObject({ event: v.literal('end'), state: v.string(), model: v.object({ path: v.string() }) }),
      end.lines.at(-1),
    );
    assert.equal(last.state, 'succeeded');
    const points = end.lines.filter(({ event }) => event === 'point');
    assert.ok(points.length > 0);
    assert.deepEqual(points.at(-1)?.totalSteps, 5);
    assert.match(last.model.path, new RegExp(`${boosting.model.split('.')[1] ?? ''}$`));
  });
  return trainer;
}

/** Trains in the environment of the recipe. */
export class Trainer {
  python = '';
  readonly #case: BoostingCase;
  #workshop: Workshop | undefined;

  constructor(boosting: BoostingCase) {
    this.#case = boosting;
  }

  get workshop(): Workshop {
    return this.#workshop ?? assert.fail('The workshop is not open.');
  }

  async open(): Promise<void> {
    this.python = await recipePython(this.#case.recipe, penguins);
    this.#workshop = new Workshop(this.python, this.#case.program, [this.#case.program.replace('.py', '')]);
  }

  close(): void {
    this.#workshop?.dispose();
  }

  run(t: TestContext, dataset: string, given: Record<string, unknown>): Promise<TableRun> {
    const { recipe, quick } = this.#case;
    return TableRun.of(t, { recipe, dataset, given: { ...quick, ...given } });
  }

  train(run: TableRun) {
    return run.train(this.workshop);
  }

  async card(run: TableRun): Promise<Card> {
    return v.parse(cardSchema, await run.card());
  }

  /** What the models of these runs predict, read from their files: accuracy, or root mean squared error. */
  async scoresOfFiles(runs: readonly TableRun[]): Promise<number[]> {
    const args = [this.#case.model, join(penguins, 'penguins.csv'), ...runs.map(({ output }) => output)];
    const said = await runPython(this.python, checkScript(this.#case.predict), args);
    return said.trim().split('\n').map(Number);
  }
}

function sum(shares: readonly { readonly share: number }[]): number {
  return shares.reduce((total, { share }) => total + share, 0);
}
