import assert from 'node:assert/strict';
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { after, before, test, type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import * as v from 'valibot';
import { DatasetFolder } from '../../src/recipes/datasets/datasetFolder.js';
import { parseParameters } from '../../src/recipes/parameters.js';
import { sklearn } from '../../src/recipes/sklearn.js';
import { ensureEnvironment } from '../../src/remote/environment.js';
import { LocalHost } from '../../src/remote/localHost.js';
import { RuntimeFiles } from '../../src/remote/runtimeFiles.js';
import { tempDir } from '../support/tempDir.js';

const repository = fileURLToPath(new URL('../../', import.meta.url));
const runtimeDir = join(repository, 'runtime');
const wine = join(repository, 'samples', 'wine');
const never = new AbortController().signal;

const pointSchema = v.object({
  type: v.literal('progress'),
  data: v.looseObject({ progress: v.number(), metrics: v.record(v.string(), v.number()) }),
});
const modelSchema = v.object({ type: v.literal('model'), path: v.string() });
const errorSchema = v.object({ type: v.literal('error'), message: v.string() });
const lineSchema = v.variant('type', [pointSchema, modelSchema, errorSchema]);

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
  read: v.looseObject({ decimal_commas: v.array(v.string()) }),
});

let python = '';
let workshop: Workshop;

/** Kept between runs, and made by the same program that makes it for a user. */
before(async () => {
  const host = new LocalHost({ root: join(repository, '.cache', 'trainyard') });
  const folder = await DatasetFolder.open(wine, never);
  const environment = await sklearn.environment(folder, parseParameters(sklearn, {}), never);
  const ready = await ensureEnvironment(
    host,
    new RuntimeFiles(runtimeDir),
    environment,
    () => undefined,
    never,
  );
  python = ready.python;
  workshop = new Workshop();
});
after(() => workshop.dispose());

/**
 * Loads scikit-learn once, which takes longer than all trainings here, and has every training run in a fork of itself.
 */
class Workshop {
  readonly #process: ChildProcessByStdio<Writable, Readable, null>;
  readonly #answers: AsyncIterator<string>;

  constructor() {
    const script = `
import json, os, runpy, sys, traceback
sys.path[:0] = [sys.argv[1], sys.argv[1] + "/recipes"]
os.environ["OMP_WAIT_POLICY"] = "passive"
import sklearn_learners, sklearn.compose, sklearn.impute, table_reader
for line in sys.stdin:
    variables, log = json.loads(line)
    child = os.fork()
    if child == 0:
        for stream in (1, 2):
            os.dup2(os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND), stream)
        os.environ.update(variables)
        code = 0
        try:
            runpy.run_path(sys.argv[1] + "/recipes/sklearn_table.py", run_name="__main__")
        except SystemExit as end:
            code = end.code or 0
        except BaseException:
            traceback.print_exc()
            code = 1
        sys.stdout.flush()
        os._exit(code)
    print(os.waitpid(child, 0)[1] >> 8, flush=True)`;
    this.#process = spawn(python, ['-c', script, runtimeDir], { stdio: ['pipe', 'pipe', 'inherit'] });
    this.#answers = createInterface({ input: this.#process.stdout })[Symbol.asyncIterator]();
  }

  /** Trains with these variables, one training at a time. */
  async train(variables: Readonly<Record<string, string>>, log: string): Promise<Attempt> {
    await writeFile(log, '');
    this.#process.stdin.write(`${JSON.stringify([variables, log])}\n`);
    const answer = await this.#answers.next();
    return new Attempt(Number(answer.value), await readFile(log, 'utf8'));
  }

  dispose(): void {
    this.#process.stdin.end();
  }
}

/** One job: its folder on the machine, and the attempts to train it. */
class Run {
  readonly output: string;
  readonly #folder: string;
  readonly #dataset: string;
  readonly #params: Readonly<Record<string, unknown>>;

  private constructor(folder: string, dataset: string, params: Readonly<Record<string, unknown>>) {
    this.output = join(folder, 'output');
    this.#folder = folder;
    this.#dataset = dataset;
    this.#params = params;
  }

  static async of(t: TestContext, dataset: string, given: Record<string, unknown> = {}): Promise<Run> {
    const folder = await tempDir(t);
    await mkdir(join(folder, 'control'));
    return new Run(folder, dataset, parseParameters(sklearn, given));
  }

  /** Asks for the end before the beginning: the training stops after its first step. */
  askToStop(): Promise<void> {
    return writeFile(join(this.#folder, 'control', 'stop'), '');
  }

  async resume(params: Record<string, unknown> = {}): Promise<Attempt> {
    await rm(join(this.#folder, 'control', 'stop'), { force: true });
    return this.train(2, params);
  }

  async train(attempt = 1, params: Record<string, unknown> = {}): Promise<Attempt> {
    return workshop.train(await this.prepare(attempt, params), join(this.#folder, 'output.log'));
  }

  /** Puts job.json in place; what the training finds in its environment. */
  async prepare(attempt = 1, params: Record<string, unknown> = {}): Promise<Record<string, string>> {
    const job = { dataset: this.#dataset, params: { ...this.#params, ...params } };
    const jobFile = join(this.#folder, 'job.json');
    await writeFile(jobFile, JSON.stringify(job));
    return {
      PYTHONPATH: runtimeDir,
      TRAINYARD_JOB_FILE: jobFile,
      TRAINYARD_OUTPUT: this.output,
      TRAINYARD_CONTROL: join(this.#folder, 'control'),
      TRAINYARD_ATTEMPT: String(attempt),
    };
  }

  async card(): Promise<v.InferOutput<typeof cardSchema>> {
    return v.parse(cardSchema, JSON.parse(await readFile(join(this.output, 'model.card.json'), 'utf8')));
  }

  checkpoints(): Promise<string[]> {
    return readdir(join(this.output, 'checkpoints'));
  }

  /** Share of rows of a table that the saved model predicts as they are, read as anybody would read them. */
  async accuracyOn(table: string, target: string): Promise<number> {
    const script = `
import joblib, pandas, sys
rows = pandas.read_csv(sys.argv[2])
print((joblib.load(sys.argv[1]).predict(rows) == rows[sys.argv[3]]).mean())`;
    const child = spawn(python, ['-c', script, join(this.output, 'model.joblib'), table, target]);
    return Number(await text(child.stdout));
  }
}

/** What one attempt printed and how it ended. */
class Attempt {
  readonly exitCode: number | null;
  readonly log: string;
  readonly #lines: readonly v.InferOutput<typeof lineSchema>[];

  constructor(exitCode: number | null, log: string) {
    this.exitCode = exitCode;
    this.log = log;
    this.#lines = log
      .split('\n')
      .filter((line) => line.startsWith('{'))
      .map((line) => v.parse(lineSchema, JSON.parse(line)));
  }

  get points() {
    return this.#lines.flatMap((line) => (line.type === 'progress' ? [line.data] : []));
  }

  get models(): string[] {
    return this.#lines.flatMap((line) => (line.type === 'model' ? [line.path] : []));
  }

  get error(): string | undefined {
    return this.#lines.find((line) => line.type === 'error')?.message;
  }
}

function succeeded(attempt: Attempt): Attempt {
  assert.equal(attempt.exitCode, 0, attempt.log);
  return attempt;
}

/** As the supervisor starts it: a process of its own. */
async function trainByItself(variables: Readonly<Record<string, string>>): Promise<Attempt> {
  const child = spawn(python, ['-u', join(runtimeDir, 'recipes', 'sklearn_table.py')], {
    env: { ...process.env, PYTHONDONTWRITEBYTECODE: '1', ...variables },
  });
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
  return new Attempt(await ended, stdout + stderr);
}

async function datasetWith(
  t: TestContext,
  files: Readonly<Record<string, string | Buffer>>,
): Promise<string> {
  const folder = await tempDir(t);
  for (const [name, content] of Object.entries(files)) await writeFile(join(folder, name), content);
  return folder;
}

test('a training reports every step and leaves a model that predicts and a card', async (t) => {
  const run = await Run.of(t, wine, { iterations: 20 });
  const attempt = succeeded(await trainByItself(await run.prepare()));

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

  const card = await run.card();
  assert.deepEqual([card.task, card.target, card.classes], ['classification', 'cultivar', [1, 2, 3]]);
  assert.deepEqual(card.rows, { table: 178, learned: 142, held_back: 36 });
  assert.ok((card.scores.held_back.accuracy ?? 0) > 0.9);
  assert.ok((await run.accuracyOn(join(wine, 'wine.csv'), 'cultivar')) > 0.95);
});

for (const model of ['random-forest', 'gradient-boosting', 'mlp']) {
  test(`a stopped ${model} goes on from its checkpoint as if nothing had happened`, async (t) => {
    const whole = await Run.of(t, wine, { model, iterations: 12 });
    succeeded(await whole.train());

    const parted = await Run.of(t, wine, { model, iterations: 12 });
    await parted.askToStop();
    const first = succeeded(await parted.train());
    assert.equal(first.points.length, 1);
    assert.deepEqual(await parted.checkpoints(), ['iteration-000001.joblib']);
    assert.equal((await parted.card()).finished, false);

    const second = succeeded(await parted.resume());
    assert.equal(second.points.length, 11);
    assert.deepEqual((await parted.card()).scores, (await whole.card()).scores);
    assert.equal((await parted.card()).finished, true);
  });
}

test('a checkpoint of other settings is refused with what differs', async (t) => {
  const run = await Run.of(t, wine, { iterations: 5 });
  await run.askToStop();
  succeeded(await run.train());
  const refused = await run.resume({ seed: 8, iterations: 6 });
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
  for (const model of ['auto', 'gradient-boosting', 'ridge', 'mlp', 'svm', 'knn']) {
    const run = await Run.of(t, dataset, { model, iterations: 60 });
    succeeded(await run.train());
    const card = await run.card();
    assert.equal(card.task, 'regression');
    assert.ok((card.scores.held_back.r2 ?? 0) > 0.85, `${model}: ${JSON.stringify(card.scores)}`);
  }
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

  const run = await Run.of(t, dataset, given);
  succeeded(await run.train());
  const card = await run.card();
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
  const attempt = await (await Run.of(t, dataset, { task: 'regression' })).train();
  assert.equal(attempt.exitCode, 1);
  assert.equal(attempt.error, "'y' holds text, and regression needs numbers.");
});
