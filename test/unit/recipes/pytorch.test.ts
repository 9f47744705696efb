import assert from 'node:assert/strict';
import { test } from 'node:test';
import { detectRecipes } from '../../../src/recipes/index.js';
import { parseParameters } from '../../../src/recipes/parameters.js';
import { pytorch } from '../../../src/recipes/pytorch.js';
import { pngFile } from './datasets/pngFile.js';
import { checkFiles, never, openFolder, sentences, type Files } from './folders.js';

/** Two classes that are good to learn from; each image of its own gray. */
function classes(width: number, height: number): Files {
  return Object.fromEntries(
    Array.from({ length: 30 }, (_, index) => {
      const folder = `${index < 24 ? 'train' : 'val'}/${index % 2 ? 'cat' : 'dog'}`;
      return [`${folder}/${index}.png`, pngFile(width, height, { gray: index })];
    }),
  );
}

const table = [
  'x,size,label',
  ...Array.from({ length: 40 }, (_, row) => `${row * 3},${(row * 7) % 11},${'ab'[row % 2]}`),
];

test('images in class folders fit best, and say what is there', async (t) => {
  const [best] = await detectRecipes(await openFolder(t, classes(8, 8)), never);
  assert.deepEqual(
    [best?.recipe.id, best?.fit],
    ['pytorch', { score: 0.7, why: 'has images of 2 classes in train and val' }],
  );
});

test('a table fits, and less well than recipes made for tables', async (t) => {
  const found = await detectRecipes(await openFolder(t, { 'a.csv': 'x,y\n1,2\n' }), never);
  const fit = found.find(({ recipe }) => recipe.id === 'pytorch')?.fit;
  assert.deepEqual(fit, { score: 0.4, why: 'has the table a.csv' });
  assert.ok(found[0]?.recipe.id !== 'pytorch');
});

test('images of another task do not fit', async (t) => {
  const boxes = { 'train/a/1.jpg': 'x', 'train/b/2.jpg': 'x', 'data.yaml': 'names: [a]' };
  assert.equal(await pytorch.detect(await openFolder(t, boxes), never), undefined);
  const captions = {
    '10_cat/1.jpg': 'x',
    '10_cat/1.txt': 'a cat',
    '5_dog/2.jpg': 'x',
    '5_dog/2.txt': 'a dog',
  };
  assert.equal(await pytorch.detect(await openFolder(t, captions), never), undefined);
  assert.equal(await pytorch.detect(await openFolder(t, { 'photos/1.jpg': 'x' }), never), undefined);
});

test('a good folder of images has no problems', async (t) => {
  const result = await checkFiles(t, pytorch, classes(40, 30));
  assert.deepEqual(sentences(result), []);
  assert.deepEqual(result.summary, {
    data: 'images',
    images: 30,
    classes: ['cat', 'dog'],
    train: 24,
    val: 6,
    split: 'val',
    medianSize: '40 × 30',
  });
});

test('images go before a table beside them, unless the table is asked for', async (t) => {
  const files = { ...classes(8, 8), 'labels.csv': table.join('\n') };
  assert.equal((await checkFiles(t, pytorch, files)).summary.data, 'images');
  const asked = await checkFiles(t, pytorch, files, { data: 'table' });
  assert.deepEqual([asked.summary.file, asked.summary.task], ['labels.csv', 'classification']);
});

test('an empty or foreign folder is refused as one without images', async (t) => {
  const result = await checkFiles(t, pytorch, { 'readme.txt': 'x' });
  assert.deepEqual(
    result.problems.map(({ code }) => code),
    ['images.missing'],
  );
});

test('what is wrong with a table is said by the checks for tables', async (t) => {
  const lines = table.map((line, row) => (row === 3 ? line.replace(/^\d+/, '') : line));
  assert.deepEqual(sentences(await checkFiles(t, pytorch, { 'data.csv': lines.join('\n') })), [
    "hint table.gaps: 1 cell is empty or infinite ('x'); the median is filled in for numbers, and text counts as unknown.",
  ]);
  const missing = await checkFiles(t, pytorch, { 'data.csv': table.join('\n') }, { target: 'labels' });
  assert.deepEqual(
    missing.problems.map(({ code }) => code),
    ['table.target-missing'],
  );
});

test('settings that do not go together are refused', async (t) => {
  const files = classes(8, 8);
  const asSentences = async (given: Record<string, unknown>) =>
    sentences(await checkFiles(t, pytorch, files, given));
  assert.deepEqual(await asSentences({ model: 'vit_b_16', imageSize: 100 }), [
    'error pytorch.image-size: vit_b_16 takes images whose side is a multiple of 16 pixels, and imageSize is 100. → Set imageSize to 112.',
  ]);
  assert.deepEqual(await asSentences({ freezeBackbone: true, pretrained: false }), [
    'error pytorch.frozen: freezeBackbone keeps the published weights and learns in the last layer only, but pretrained is false. → Set freezeBackbone to false.',
  ]);
  assert.deepEqual(await asSentences({ freezeBackbone: true, model: 'small' }), [
    'error pytorch.frozen: freezeBackbone keeps the published weights and learns in the last layer only, but model=small has none. → Set freezeBackbone to false.',
  ]);
  const layers = await checkFiles(t, pytorch, { 'data.csv': table.join('\n') }, { layers: '64,x' });
  assert.deepEqual(sentences(layers), [
    "error pytorch.layers: layers must be whole numbers with commas between, up to 99999 each; it is '64,x'. → Set layers to 128,64.",
  ]);
});

test('small images and tables need no GPU, large networks need a larger one', async (t) => {
  const vram = async (files: Files, given: Record<string, unknown> = {}) =>
    (await pytorch.estimate?.(await openFolder(t, files), parseParameters(pytorch, given), never))?.vramGb;
  assert.equal(await vram({ 'data.csv': 'x,y\n1,2\n' }), null);
  assert.equal(await vram(classes(32, 32)), null);
  assert.equal(await vram(classes(640, 480)), 3);
  assert.equal(await vram(classes(640, 480), { model: 'vit_b_16', batch: 64 }), 11);
});

test('the time follows from the images, the network and the processors', async (t) => {
  const folder = await openFolder(t, classes(640, 480));
  const images = Object.keys(classes(640, 480)).filter((path) => path.startsWith('train/')).length;
  const hours = async (given: Record<string, unknown>): Promise<{ gpu: number; other: number }> => {
    const found = await pytorch.estimate?.(folder, parseParameters(pytorch, given), never);
    return found?.hours ?? assert.fail('no time');
  };
  // ImageNet, 90 epochs: about 40 hours on one V100, as NVIDIA and others publish for ResNet-50.
  const { gpu } = await hours({ model: 'resnet50', epochs: 90 });
  const imageNet = (gpu * 1_281_167) / images;
  assert.ok(imageNet > 35 && imageNet < 50, `${imageNet} h`);
  const [few, many] = [await hours({ workers: 1, epochs: 1000 }), await hours({ workers: 8, epochs: 1000 })];
  assert.ok(few.other > many.other && few.gpu === many.gpu);
});

test('one environment serves images and tables, with and without export', async (t) => {
  const folder = await openFolder(t, { 'data.csv': 'x,y\n1,2\n' });
  const environments = await Promise.all(
    [{}, { export: 'onnx' }, { data: 'images' }].map((given) =>
      pytorch.environment(folder, parseParameters(pytorch, given), never),
    ),
  );
  const [first] = environments;
  assert.deepEqual([first?.torch, first?.lock], [true, 'pytorch']);
  for (const environment of environments) assert.deepEqual(environment, first);
  assert.equal(pytorch.batchParameter, 'batch');
});
