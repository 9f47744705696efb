import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { cp, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it, type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import * as v from 'valibot';
import { DatasetFolder } from '../../src/recipes/datasets/datasetFolder.js';
import { parseParameters } from '../../src/recipes/parameters.js';
import { yolo } from '../../src/recipes/yolo.js';
import { runCli, startCli, type CliOptions, type Line } from '../support/cli.js';
import { homeWithEnvironments, recipePython } from '../support/environments.js';
import { runPython, succeeded, TableRun, Workshop } from '../support/tableTrainings.js';
import { tempDir } from '../support/tempDir.js';
import { pngFile } from '../unit/recipes/datasets/pngFile.js';
import { folderWith, never, type Files } from '../unit/recipes/folders.js';

const shapes = fileURLToPath(new URL('../../samples/shapes', import.meta.url));
/** Everything a training of YOLO loads but Ultralytics, which reads its settings while it is loaded. */
const heavy = ['torch', 'torchvision', 'cv2', 'matplotlib.pyplot'];
/** One quick epoch from nothing. */
const quick = { model: 'yolo11n.yaml', epochs: 1, batch: 4, imgsz: 64, workers: 0, plots: false };

const cardSchema = v.looseObject({
  task: v.string(),
  classes: v.array(v.string()),
  epochs: v.number(),
  finished: v.boolean(),
  imgsz: v.number(),
  scores: v.record(v.string(), v.number()),
  versions: v.looseObject({ ultralytics: v.pipe(v.string(), v.regex(/^8\.4\./)), torch: v.string() }),
});

let python = '';
let workshop: Workshop;

before(async () => {
  python = await recipePython(yolo, shapes);
  workshop = new Workshop(python, 'yolo_train.py', heavy);
});
after(() => workshop.dispose());

interface Desk {
  readonly dataset: string;
  readonly models: string;
  readonly cli: CliOptions;
}

async function desk(t: TestContext): Promise<Desk> {
  const base = await tempDir(t);
  const dataset = join(base, 'my shapes');
  await cp(shapes, dataset, { recursive: true });
  return { dataset, models: join(base, 'models'), cli: { home: await homeWithEnvironments(t) } };
}

function trainArguments({ dataset, models }: Desk, given: Readonly<Record<string, unknown>>): string[] {
  const settings = Object.entries(given).flatMap(([name, value]) => ['--set', `${name}=${String(value)}`]);
  return ['train', dataset, '--recipe', 'yolo', ...settings, '--to', models, '--yes', '--json'];
}

const isEnd = (line: Line): boolean => line.event === 'end';
const endOf = (lines: readonly Line[]): Line => lines.find(isEnd) ?? assert.fail('there is no end');

/** Whether a point is the end of its epoch: one with a validation. Within a slow epoch there are points, too. */
function isEpochEnd({ metrics }: { readonly metrics?: unknown }): boolean {
  return Object.keys(metrics as object).some((name) => name.startsWith('val_'));
}

function epochsOf(lines: readonly Line[]): number[] {
  return lines.filter((line) => line.event === 'point' && isEpochEnd(line)).map(({ epoch }) => Number(epoch));
}

async function cardBeside(folder: string): Promise<v.InferOutput<typeof cardSchema>> {
  const name =
    (await readdir(folder)).find((file) => file.endsWith('.json')) ?? assert.fail('there is no card');
  return v.parse(cardSchema, JSON.parse(await readFile(join(folder, name), 'utf8')));
}

const predict = `
import os, sys
os.environ["YOLO_CONFIG_DIR"], os.environ["YOLO_OFFLINE"] = sys.argv[3], "true"
from ultralytics import YOLO
model = YOLO(sys.argv[1])
found = model.predict(sys.argv[2], imgsz=64, conf=1e-6, verbose=False)[0]
print(model.task, len(found.boxes) > 0, sorted(found.names.values()))`;

describe('a whole job', () => {
  it('learns the sample and brings a model that finds things, with its card', async (t) => {
    const place = await desk(t);
    const before = await readdir(place.dataset, { recursive: true });
    const { code, lines, stderr } = await runCli(
      trainArguments(place, { ...quick, epochs: 3, plots: true }),
      place.cli,
    );
    assert.equal(code, 0, stderr);
    const end = endOf(lines);
    assert.equal(end.state, 'succeeded');
    const model = end.model as { path: string; sha256: string };
    assert.equal(
      createHash('sha256')
        .update(await readFile(model.path))
        .digest('hex'),
      model.sha256,
    );

    assert.deepEqual(epochsOf(lines), [1, 2, 3]);
    const last = lines.filter(({ event }) => event === 'point').at(-1);
    assert.deepEqual([last?.totalEpochs, last?.step, last?.totalSteps], [3, 10, 10]);
    const named = ['box_loss', 'cls_loss', 'dfl_loss', 'lr', 'mAP50', 'mAP50-95', 'precision', 'recall'];
    const held = ['val_box_loss', 'val_cls_loss', 'val_dfl_loss'];
    assert.deepEqual(Object.keys(last?.metrics ?? {}).sort(), [...named, ...held].sort());

    const card = await cardBeside(place.models);
    assert.deepEqual(
      [card.task, card.classes, card.epochs, card.finished, card.imgsz],
      ['detect', ['circle', 'square', 'triangle'], 3, true, 64],
    );
    const image = join(place.dataset, 'images/val/01.png');
    const said = await runPython(python, predict, [model.path, image, place.cli.home]);
    assert.match(said, /^detect True \['circle', 'square', 'triangle'\]$/m);
    assert.deepEqual(
      await readdir(place.dataset, { recursive: true }),
      before,
      'nothing is written into the data',
    );
  });

  it('is stopped in the middle of an epoch and goes on with that epoch', async (t) => {
    const place = await desk(t);
    // Three epochs of a second and more are left for the request to arrive in.
    const slow = { ...quick, epochs: 4, batch: 1 };
    const run = startCli(trainArguments(place, slow), place.cli);
    await run.until('the end of the first epoch', (line) => line.event === 'point' && isEpochEnd(line));
    const job = String(run.lines[0]?.job);
    assert.equal((await runCli(['stop', job, '--json'], place.cli)).code, 0);
    const stopped = await run.ended;
    const told = epochsOf(stopped.lines);
    const [lastTold = 0] = told.slice(-1);
    assert.ok(lastTold >= 1 && lastTold < 4, `stopped after epoch ${lastTold}: ${stopped.stderr}`);
    assert.equal((await cardBeside(place.models)).finished, false);

    await rm(place.models, { recursive: true });
    const resumed = await runCli(['resume', job, '--json'], place.cli);
    assert.equal(resumed.code, 0, resumed.stderr);
    assert.deepEqual([...told, ...epochsOf(resumed.lines)], [1, 2, 3, 4]);
    const card = await cardBeside(place.models);
    assert.deepEqual([card.epochs, card.finished], [4, true]);
  });
});

describe('a task', () => {
  const outline = '0.2 0.2 0.6 0.25 0.7 0.6 0.4 0.8 0.2 0.6';
  const labels: Readonly<Record<string, string>> = {
    segment: `0 ${outline}\n1 ${outline}\n`,
    pose: '0 0.5 0.5 0.4 0.4 0.4 0.4 2 0.6 0.6 1\n1 0.5 0.4 0.4 0.4 0.4 0.4 2 0.6 0.6 0\n',
    obb: '0 0.2 0.3 0.6 0.2 0.7 0.5 0.3 0.6\n1 0.2 0.2 0.6 0.2 0.6 0.6 0.2 0.6\n',
  };

  for (const [task, label] of Object.entries(labels)) {
    it(`${task} is recognised by its labels and learned`, async (t) => {
      const dataset = await folderWith(
        t,
        labelled(label, task === 'pose' ? 'kpt_shape: [2, 3]\nflip_idx: [1, 0]\n' : ''),
      );
      const run = await checkedRun(t, dataset, quick);
      const { points, models } = succeeded(await run.train(workshop));
      assert.deepEqual(
        points.filter(isEpochEnd).map(({ epoch, total_epochs: total }) => [epoch, total]),
        [[1, 1]],
      );
      assert.deepEqual(models, [join(run.output, 'train/weights/best.pt')]);
      assert.equal((await cardBeside(join(run.output, 'train/weights'))).task, task);
    });
  }

  it('classify learns folders of classes, a fifth of each held back', async (t) => {
    const images = ['cat', 'dog'].flatMap((name, kind) =>
      Array.from(
        { length: 10 },
        (_, at) => [`${name}/${at}.png`, pngFile(24, 24, { gray: 200 * kind + at })] as const,
      ),
    );
    const dataset = await folderWith(t, Object.fromEntries(images));
    const run = await checkedRun(t, dataset, { ...quick, epochs: 2 });
    const { points } = succeeded(await run.train(workshop));
    const ends = points.filter(isEpochEnd);
    assert.equal(ends.length, 2);
    assert.deepEqual(Object.keys(ends[1]?.metrics ?? {}).sort(), [
      'loss',
      'lr',
      'top1_acc',
      'top5_acc',
      'val_loss',
    ]);
    const card = await cardBeside(join(run.output, 'train/weights'));
    assert.deepEqual([card.task, card.classes], ['classify', ['cat', 'dog']]);
  });
});

describe('a checkpoint', () => {
  it('of a training that had ended gives its model once more', async (t) => {
    const run = await checkedRun(t, shapes, quick);
    succeeded(await run.train(workshop));
    await rm(join(run.output, 'train'), { recursive: true });
    const again = succeeded(await run.resume(workshop));
    assert.deepEqual(again.points, []);
    assert.deepEqual(again.models, [join(run.output, 'train/weights/best.pt')]);
    const card = await cardBeside(join(run.output, 'train/weights'));
    assert.deepEqual([card.epochs, card.finished], [1, true]);
  });

  it('is all another machine needs to go on, with the dataset elsewhere', async (t) => {
    const given = { ...quick, epochs: 2 };
    const run = await checkedRun(t, shapes, given);
    await run.askToStop();
    succeeded(await run.train(workshop));
    assert.deepEqual(await run.checkpoints(), ['last.pt']);

    const elsewhere = await checkedRun(t, (await desk(t)).dataset, given);
    await cp(join(run.output, 'checkpoints'), join(elsewhere.output, 'checkpoints'), { recursive: true });
    await rm(run.output, { recursive: true });
    const { points } = succeeded(await elsewhere.resume(workshop));
    assert.deepEqual(
      points.filter(isEpochEnd).map(({ epoch }) => epoch),
      [2],
    );
    assert.ok(points.every(({ epoch }) => epoch === 2));
    const rows = (await readFile(join(elsewhere.output, 'train/results.csv'), 'utf8')).trim().split('\n');
    assert.deepEqual(
      rows.slice(1).map((row) => row.split(',')[0]),
      ['1', '2'],
    );
  });
});

describe('what the user can mend', () => {
  it('weights that cannot be fetched are said with the way out', async (t) => {
    const run = await checkedRun(t, shapes, { ...quick, model: 'yolo11n' });
    const nowhere = 'http://127.0.0.1:9';
    const variables = { ...(await run.prepare()), HTTPS_PROXY: nowhere, https_proxy: nowhere };
    const attempt = await workshop.train(variables, join(await tempDir(t), 'log'));
    assert.equal(attempt.exitCode, 1);
    assert.match(
      attempt.error ?? '',
      /^The weights yolo11n\.pt could not be fetched from github\.com \(.+\)\. Set model=yolo11n\.yaml to start without weights, or put yolo11n\.pt into the dataset folder\.$/,
    );
  });
});

/** Twelve images to learn from, four to validate on, all with the same label. */
function labelled(label: string, more: string): Files {
  const files = Array.from({ length: 16 }, (_, at) => {
    const place = `${at < 12 ? 'train' : 'val'}/${at}`;
    return [
      [`images/${place}.png`, pngFile(64, 64, { gray: 10 * at })],
      [`labels/${place}.txt`, label],
    ] as const;
  });
  const yaml = `train: images/train\nval: images/val\nnames: [cat, dog]\n${more}`;
  return { ...Object.fromEntries<string | Buffer>(files.flat()), 'data.yaml': yaml };
}

/** A run of a dataset that the check lets through. */
async function checkedRun(
  t: TestContext,
  dataset: string,
  given: Readonly<Record<string, unknown>>,
): Promise<TableRun> {
  const folder = await DatasetFolder.open(dataset, never);
  const { problems } = await yolo.check(folder, parseParameters(yolo, given), never);
  assert.deepEqual(
    problems.filter(({ severity }) => severity === 'error'),
    [],
  );
  return TableRun.of(t, { recipe: yolo, dataset, given });
}
