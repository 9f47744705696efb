import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DatasetFolder } from '../../../src/recipes/datasets/datasetFolder.js';
import { parseParameters } from '../../../src/recipes/parameters.js';
import { yolo } from '../../../src/recipes/yolo.js';
import type { CleanUp } from '../../support/tempDir.js';
import { pngFile } from './datasets/pngFile.js';
import { goodFolder, variant } from './datasets/yolo/yoloFolders.js';
import { checkFiles, never, openFolder, sentences, type Files } from './folders.js';

const samples = new URL('../../../samples/', import.meta.url);

async function said(
  t: CleanUp,
  given: Record<string, unknown>,
  files: Files = goodFolder,
): Promise<string[]> {
  return sentences(await checkFiles(t, yolo, files, given));
}

function classFolders(places: readonly string[], images = 12): Files {
  const entries = places.flatMap((place, folder) =>
    Array.from({ length: images }, (_, at) => [`${place}/${at}.png`, pngFile(20 + folder, 30 + at)] as const),
  );
  return Object.fromEntries(entries);
}

test('the sample has no problems', async () => {
  const folder = await DatasetFolder.open(new URL('shapes', samples).pathname, never);
  const { problems, summary } = await yolo.check(folder, parseParameters(yolo, {}), never);
  assert.deepEqual(problems, []);
  assert.deepEqual(summary, {
    data: 'data.yaml',
    task: 'detect',
    classes: ['circle', 'square', 'triangle'],
    train: 40,
    val: 12,
    boxes: 93,
    model: 'yolo11n',
  });
});

test('what fits and how well', async (t) => {
  const fits = async (files: Files) => yolo.detect(await openFolder(t, files), never);
  assert.deepEqual(await fits(goodFolder), { score: 0.9, why: 'has a data.yaml and 2 images to learn from' });
  assert.deepEqual(await fits(variant({ 'data.yaml': undefined })), {
    score: 0.75,
    why: 'has images with YOLO labels',
  });
  assert.deepEqual(await fits(classFolders(['cat', 'dog'])), {
    score: 0.65,
    why: 'has folders of 2 classes with 24 images',
  });
  assert.deepEqual(await fits({ 'data.yaml': 'train: a\nval: b\n' }), { score: 0.5, why: 'has a data.yaml' });
  assert.equal(await fits({ 'data.csv': 'a,b\n', 'photos/a.png': pngFile(20, 20) }), undefined);
});

test('folders of classes are checked as such', async (t) => {
  const { problems, summary } = await checkFiles(
    t,
    yolo,
    classFolders(['train/cat', 'train/dog', 'val/cat', 'val/dog']),
    { imgsz: 224 },
  );
  assert.deepEqual(problems, []);
  assert.deepEqual([summary.task, summary.train, summary.val], ['classify', 24, 24]);
});

test('class folders without a val part are divided', async (t) => {
  assert.deepEqual(await said(t, {}, classFolders(['cat', 'dog'])), [
    'hint images.no-split: There is no val folder; 4 images (20 % of each class) are held back to validate on. → Add a val folder, or say in split.csv which ones.',
    'hint yolo.classify-imgsz: imgsz=640 takes about 8 times as long as the usual 224 for classes. → Set imgsz=224.',
  ]);
});

test('one class folder, or images in none, cannot be told apart', async (t) => {
  const one = await said(t, { imgsz: 224, task: 'classify' }, classFolders(['cat']));
  assert.ok(
    one.some((sentence) => sentence.startsWith('error images.one-class: ')),
    one.join('\n'),
  );
  const loose = await said(t, { task: 'classify' }, { 'a.png': pngFile(20, 20), 'b.png': pngFile(20, 21) });
  assert.ok(
    loose.some((sentence) => sentence.startsWith('error images.no-classes: ')),
    loose.join('\n'),
  );
});

test('the task is what is asked, else what the model is made for, else what the labels are', async (t) => {
  const task = async (given: Record<string, unknown>) =>
    (await checkFiles(t, yolo, goodFolder, given)).summary.task;
  assert.equal(await task({}), 'detect');
  assert.equal(await task({ model: 'yolo26s-seg' }), 'segment');
  assert.equal(await task({ model: 'yolo26s-seg', task: 'obb' }), 'obb');
});

test('models that do not exist, or not for the task', async (t) => {
  assert.deepEqual(await said(t, { model: 'yolo11q' }), [
    "error yolo.model-unknown: There is no model 'yolo11q'; did you mean 'yolo11n'? → Take one of Ultralytics by its name, or a .pt file of the folder.",
  ]);
  assert.deepEqual(await said(t, { model: 'weights/mine.pt' }), [
    'error yolo.model-missing: The folder has no model weights/mine.pt. → Put the file into the folder, or take a model by its name, as in yolo11n.',
  ]);
  assert.deepEqual(await said(t, { model: 'yolo11n-seg', task: 'detect' }), [
    'error yolo.model-task: The model yolo11n-seg is made for segment, and what is learned here is detect. → Take yolo11n: the right ending is added by itself.',
  ]);
  const segmented = await said(t, { model: 'yolo12n', task: 'segment' });
  assert.equal(
    segmented[0],
    'error yolo.model-task: The model yolo12n has no weights for segment. → Take yolo11n, or set pretrained=false.',
  );
  const turned = await said(t, { model: 'yolov10n', task: 'obb' });
  assert.equal(
    turned[0],
    'error yolo.model-task: The model yolov10n cannot learn obb. → Take yolo11n or yolo26n.',
  );
});

test('models in every form are understood', async (t) => {
  for (const model of [
    'yolo11n',
    'yolo26x.pt',
    'yolov8m.yaml',
    'yolov9t',
    'yolov10b',
    'yolov5nu',
    'yolov8n-p2.yaml',
  ]) {
    assert.deepEqual(await said(t, { model }), [], model);
  }
  assert.deepEqual(
    await said(t, { model: './weights/mine.pt' }, { ...goodFolder, 'weights/mine.pt': 'x' }),
    [],
  );
});

test('arguments of Ultralytics are passed on, and misspelt ones offer the nearest', async (t) => {
  assert.deepEqual(
    await said(t, { mosaic: '0.5', degrees: '10', single_cls: 'true', cache: 'ram', fraction: 0.5 }),
    [],
  );
  assert.deepEqual(
    await said(t, { mosiac: 1, mosaic: 2, plots: 'maybe', nbs: '1.5', project: 'x', batch: 0 }),
    [
      "error yolo.unknown-argument: Ultralytics has no argument 'mosiac'; did you mean 'mosaic'?",
      "error yolo.argument: mosaic must be a number from 0 to 1; got '2'. → Correct mosaic.",
      "error yolo.argument: plots must be true or false; got 'maybe'. → Correct plots.",
      "error yolo.argument: nbs must be a whole number; got '1.5'. → Correct nbs.",
      'error yolo.taken-argument: project is set by Trainyard, or has no meaning for a training. → Leave it out.',
      'error yolo.batch: With batch=0 nothing is learned. → Set batch to 1 or more, or to -1 for what fits the GPU.',
    ],
  );
});

test('what the machine must have grows with model, image size and batch', async (t) => {
  const folder = await openFolder(t, goodFolder);
  const estimate = async (given: Record<string, unknown>) =>
    yolo.estimate?.(folder, parseParameters(yolo, given), never);
  assert.equal((await estimate({ epochs: 5 }))?.vramGb, null);
  const vram = async (given: Record<string, unknown>) =>
    (await estimate({ epochs: 5000, ...given }))?.vramGb ?? 0;
  assert.ok((await vram({})) >= 3 && (await vram({})) <= 6);
  assert.ok((await vram({ model: 'yolo11x' })) > 2 * (await vram({})));
  assert.ok((await vram({ imgsz: 1280 })) > 2 * (await vram({})));
  assert.ok((await vram({ batch: 64 })) > 2 * (await vram({})));
  assert.ok((await vram({ batch: -1 })) <= (await vram({})));
  assert.ok(((await estimate({}))?.diskGb ?? 0) >= 10);
});

test('a check can be called off, and says how far it is', async (t) => {
  const folder = await openFolder(t, goodFolder);
  const steps: (readonly [number, number])[] = [];
  await yolo.check(folder, parseParameters(yolo, {}), never, (done, total) => steps.push([done, total]));
  assert.deepEqual(steps.at(-1), [3, 3]);
  await assert.rejects(yolo.check(folder, parseParameters(yolo, {}), AbortSignal.abort()), {
    name: 'AbortError',
  });
});
