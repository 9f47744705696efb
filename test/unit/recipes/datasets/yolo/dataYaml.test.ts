import assert from 'node:assert/strict';
import { test } from 'node:test';
import { check, dataYaml, goodFolder, said, variant } from './yoloFolders.js';

test('a good folder has no problems and is summed up', async (t) => {
  const { problems, summary } = await check(t, goodFolder);
  assert.deepEqual(problems, []);
  assert.deepEqual(summary, {
    data: 'data.yaml',
    task: 'detect',
    classes: ['cat', 'dog'],
    train: 2,
    val: 1,
    boxes: 24,
  });
});

test('without data.yaml it is said where it was looked for, and one can be made', async (t) => {
  const { problems } = await check(t, variant({ 'data.yaml': undefined }));
  assert.equal(problems.length, 1);
  assert.match(problems[0]?.message ?? '', /^data\.yaml was not found at \/.+\.$/);
  assert.equal(problems[0]?.repair?.title, 'Create data.yaml from the folders');
});

test('a name that is not there offers the nearest', async (t) => {
  assert.deepEqual(await said(t, {}, { data: 'dat.yaml' }), [
    "error yolo.yaml-missing: dat.yaml was not found in the folder. Did you mean 'data.yaml'? → Name the file with data, or leave it empty.",
  ]);
});

test('of several YAML files data.yaml is taken, or the one that is named', async (t) => {
  const more = { 'other.yaml': 'train: images/val\nval: images/train\nnames: [a, b]\n' };
  assert.equal((await check(t, variant(more))).summary.data, 'data.yaml');
  assert.equal((await check(t, variant(more), { data: 'other.yaml' })).summary.train, 1);
  const unclear = { ...more, 'data.yaml': undefined, 'coco.yml': 'names: [a]\n' };
  assert.deepEqual(await said(t, unclear), [
    'error yolo.several-yamls: The folder holds 2 YAML files of datasets (coco.yml, other.yaml). → Say which with data, as in data=coco.yml.',
  ]);
});

test('the run file of Trainyard is no data.yaml', async (t) => {
  const files = variant({
    'data.yaml': undefined,
    'trainyard.yaml': 'names: x\n',
    'set.yaml': goodFolder['data.yaml'],
  });
  assert.equal((await check(t, files)).summary.data, 'set.yaml');
});

test('a Tab is named with its line', async (t) => {
  assert.deepEqual(
    await said(t, { 'data.yaml': 'train: images/train\nval: images/val\nnames:\n\t0: cat\n' }),
    [
      'error yolo.yaml-syntax: Line 4 of data.yaml starts with a Tab. YAML allows only spaces. → Replace it by spaces.',
    ],
  );
});

test('other mistakes of YAML say what the parser says', async (t) => {
  const [sentence] = await said(t, { 'data.yaml': 'train: [images/train\nval: images/val\n' });
  assert.match(
    sentence ?? '',
    /^error yolo\.yaml-syntax: Line \d of data\.yaml is not valid YAML: .+\. → Correct the line\.$/,
  );
  assert.deepEqual(await said(t, { 'data.yaml': '- a\n- b\n' }), [
    'error yolo.yaml-syntax: data.yaml is no list of fields such as `train: images/train`. → Write train, val and names there.',
  ]);
});

test('missing train, val and names are each said', async (t) => {
  assert.deepEqual(await said(t, { 'data.yaml': 'val: images/val\nnames: [cat, dog]\n' }), [
    'error yolo.no-train: data.yaml has no `train:` line. → Add the folder with the images to learn from.',
  ]);
  assert.deepEqual(await said(t, { 'data.yaml': 'train: images/train\nnames: [cat, dog]\n' }), [
    'error yolo.no-val: data.yaml has no `val:` line. → Add the folder with your validation images, or let 20 % of the others be split off.',
  ]);
  assert.deepEqual(await said(t, { 'data.yaml': 'train: images/train\nval: images/val\n' }), [
    'error yolo.no-names: data.yaml does not list your classes. → Add `names:`, as in names: [cat, dog].',
  ]);
});

test('the key validation counts as val', async (t) => {
  const yaml = 'train: images/train\nvalidation: images/val\nnames: [cat, dog]\n';
  assert.deepEqual(await said(t, { 'data.yaml': yaml }), []);
});

test('nc must agree with names', async (t) => {
  assert.deepEqual(await said(t, { 'data.yaml': `${dataYaml}nc: 3\n` }), [
    'error yolo.class-count: data.yaml says nc: 3 but lists 2 names. → Delete the nc line; names is enough.',
  ]);
  assert.deepEqual(await said(t, { 'data.yaml': `${dataYaml}nc: two\n` }), [
    'error yolo.nc: `nc: "two"` in data.yaml is not a whole number. → Delete the line; names is enough.',
  ]);
  assert.deepEqual(await said(t, { 'data.yaml': 'train: images/train\nval: images/val\nnc: 2\n' }), []);
});

test('names in other forms are understood or refused', async (t) => {
  const parts = 'train: images/train\nval: images/val\n';
  assert.deepEqual(
    (await check(t, variant({ 'data.yaml': `${parts}names:\n  1: dog\n  0: cat\n` }))).summary.classes,
    ['cat', 'dog'],
  );
  assert.deepEqual(await said(t, { 'data.yaml': `${parts}names:\n  1: cat\n  2: dog\n` }), [
    'error yolo.names: The class ids in data.yaml must be 0 to 1, and 0 is missing. → Ids start at 0 and leave no gap.',
  ]);
  assert.deepEqual(await said(t, { 'data.yaml': `${parts}names: cat, dog\n` }), [
    "error yolo.names: `names:` in data.yaml is one text, 'cat, dog', not a list. → Write it as a list: names: [cat, dog].",
  ]);
});

test('a path that is a number or a map is refused', async (t) => {
  assert.deepEqual(await said(t, { 'data.yaml': 'train: 3\nval: images/val\nnames: [cat, dog]\n' }), [
    'error yolo.train: `train:` in data.yaml is neither a path nor a list of paths. → Write the folder of its images there.',
  ]);
});
