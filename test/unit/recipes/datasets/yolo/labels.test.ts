import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readLabels, type LabelRules } from '../../../../../src/recipes/datasets/yolo/labelText.js';
import { sentences } from '../../folders.js';
import { pngFile } from '../pngFile.js';
import { check, dataYaml, said, variant } from './yoloFolders.js';

const skipped = 'This image would be silently skipped.';

test('without label files there is nothing to learn', async (t) => {
  const changes = { 'labels/train/a.txt': undefined, 'labels/train/b.txt': undefined };
  assert.deepEqual(await said(t, changes), [
    'error yolo.no-labels: None of the 2 images of `train:` has a label file. → Labels must be in labels/… next to images/… with the same file name: labels/train/a.txt for images/train/a.png.',
  ]);
});

test('labels beside images are found where no folder is called images', async (t) => {
  const { problems, summary } = await check(t, {
    'data.yaml': 'train: pics\nval: more\nnames: [cat]\n',
    'pics/a.png': pngFile(20, 20),
    'pics/a.txt': '0 0.5 0.5 0.1 0.1\n',
    'more/b.png': pngFile(20, 21),
    'more/b.txt': '0 0.5 0.5 0.1 0.1\n',
  });
  assert.equal(summary.boxes, 1);
  assert.deepEqual(
    problems.map(({ code }) => code),
    ['yolo.few-boxes'],
  );
});

test('a class that data.yaml does not have', async (t) => {
  assert.deepEqual(await said(t, { 'labels/val/c.txt': '5 0.5 0.5 0.1 0.1\n' }), [
    'error yolo.class-range: 1 label file uses class 5, but data.yaml has only 2 classes (0-1). No image is left to use. → Ids start at 0. Correct the labels, or add the name to names.',
  ]);
  assert.deepEqual(await said(t, { 'labels/train/b.txt': '0 0.5 0.5 0.1 0.1\n2 0.5 0.5 0.1 0.1\n' }), [
    `warning yolo.class-range: 1 label file uses class 2, but data.yaml has only 2 classes (0-1). ${skipped} → Ids start at 0. Correct the labels, or add the name to names.`,
    "hint yolo.few-boxes: Class cat has only 6 boxes, and 1 other fewer than 10 ('dog'). → Label more of them, or leave the class out.",
  ]);
  const { problems } = await check(t, variant({ 'labels/val/c.txt': '5 0.5 0.5 0.1 0.1\n' }), {
    singleClass: true,
  });
  assert.deepEqual(problems, []);
});

const faults: readonly (readonly [label: string, sentence: string])[] = [
  [
    '0 32 24 10 12\n',
    `warning yolo.pixels: 1 of 2 label files holds pixel values, and YOLO wants numbers between 0 and 1. ${skipped} → Divide them by the width and height of the image, or let them be converted.`,
  ],
  [
    '0 0.5 0.5 0.1 0.1\n0 0.5 1.2 0.1 0.1\n',
    `warning yolo.outside: 1 label file holds a number above 1 (first 1.2): the object sticks out of its image. ${skipped} → Cut it off at the border: numbers go from 0 to 1.`,
  ],
  [
    '0 0.5 0.5 0.1 0.1\n\n0 0.5 0.5 0.1 0.1 0.9\n',
    `warning yolo.columns: labels/train/b.txt line 3 has 6 numbers; a box needs 5: class x y w h. ${skipped} → Correct the line, or set task to what the labels are.`,
  ],
  [
    '0 -0.5 0.5 0.1 0.1\n',
    `warning yolo.negative: 1 label file holds a negative number (first -0.5). ${skipped} → Classes count from 0, and coordinates go from 0 to 1.`,
  ],
  [
    '0.5 0.5 0.5 0.1 0.1\n',
    `warning yolo.class-fraction: 1 label file has a class that is no whole number (first 0.5). ${skipped} → The first number of a line is the id of the class.`,
  ],
  [
    'cat 0.5 0.5 0.1 0.1\n',
    `warning yolo.not-a-number: 1 label file holds something else than numbers (first 'cat 0.5 0.5 0.1 0.1'). ${skipped} → A line is numbers with spaces between them: class x y w h, the class as its id.`,
  ],
  [
    '0 0.5 0.5 0.1 0.1\n0 0.1 0.1 0.2 0.1 0.2 0.2\n',
    `warning yolo.mixed: 1 label file mixes boxes and outlines. ${skipped} → Use one kind in all files.`,
  ],
];

for (const [label, sentence] of faults) {
  test(`a label file that is skipped: ${sentence.split(':')[0] ?? ''}`, async (t) => {
    const { problems } = await check(t, variant({ 'labels/train/b.txt': label }));
    assert.equal(sentences({ problems: problems.slice(0, 1), summary: {} })[0], sentence);
    const first = problems[0] ?? assert.fail('nothing is said');
    assert.equal(first.file, 'labels/train/b.txt');
    const numbered = label.split('\n').findIndex((line) => !/^(0 0\.5 0\.5 0\.1 0\.1)?$/.test(line)) + 1;
    assert.equal(first.line, first.code === 'yolo.mixed' ? 1 : numbered);
  });
}

test('many bad files are one sentence', async (t) => {
  const more = Object.fromEntries(
    Array.from({ length: 300 }, (_, at) => [
      [`images/train/m${at}.png`, pngFile(30, 30 + at)],
      [`labels/train/m${at}.txt`, '0 3 4 5 6\n'],
    ]).flat() as [string, string | Buffer][],
  );
  const { problems } = await check(t, variant(more));
  assert.deepEqual(
    problems.map(({ message }) => message),
    [
      '300 of 302 label files hold pixel values, and YOLO wants numbers between 0 and 1. These images would be silently skipped.',
    ],
  );
  assert.equal(problems[0]?.file, 'labels/train/m0.txt');
});

const triangle = '0.1 0.1 0.4 0.1 0.3 0.5';
const outlines = Array.from(
  { length: 12 },
  (_, at) => `${at % 2} ${triangle} 0.2 0.4 0.1 0.${at + 20}\n`,
).join('');
const asOutlines = {
  'labels/train/a.txt': outlines,
  'labels/train/b.txt': outlines,
  'labels/val/c.txt': outlines,
};

test('outlines are recognised, and good', async (t) => {
  const { problems, summary } = await check(t, variant(asOutlines));
  assert.deepEqual(problems, []);
  assert.equal(summary.task, 'segment');
});

test('boxes are no outlines', async (t) => {
  assert.deepEqual(await said(t, {}, { task: 'segment' }), [
    'error yolo.boxes: The labels are boxes, but the task is segmentation. → Set task=detect, or export polygons.',
    'error yolo.boxes: The labels are boxes, but the task is segmentation. → Set task=detect, or export polygons.',
  ]);
  const [first] = await said(t, { 'labels/train/a.txt': outlines }, { task: 'obb' });
  assert.equal(
    first,
    'error yolo.boxes: 1 of 2 label files of `train:` are boxes, but the task is turned boxes (obb). → Set task=detect, or export polygons.',
  );
});

test('files of both kinds are learned as boxes', async (t) => {
  assert.deepEqual(await said(t, { 'labels/train/a.txt': outlines }, { task: 'detect' }), [
    'warning yolo.mixed: 1 label file of `train:` holds boxes and 1 outlines; the boxes around the outlines are used. → Use one kind in all files.',
  ]);
});

const turned = Array.from(
  { length: 12 },
  (_, at) => `${at % 2} 0.1 0.1 0.4 0.1 0.4 0.3 0.1 0.${at + 30}\n`,
).join('');

test('four corners in every line are turned boxes, unless another task is set', async (t) => {
  const changes = { 'labels/train/a.txt': turned, 'labels/train/b.txt': turned, 'labels/val/c.txt': turned };
  const { problems, summary } = await check(t, variant(changes));
  assert.equal(summary.task, 'obb');
  assert.deepEqual(
    problems.map(({ code, severity }) => `${severity} ${code}`),
    ['hint yolo.corners'],
  );
  assert.deepEqual((await check(t, variant(changes), { task: 'segment' })).problems, []);
});

const posed = Array.from(
  { length: 12 },
  (_, at) => `${at % 2} 0.5 0.5 0.2 0.2 0.4 0.4 2 0.${at + 30} 0.6 0\n`,
).join('');
const asPoses = { 'labels/train/a.txt': posed, 'labels/train/b.txt': posed, 'labels/val/c.txt': posed };

test('keypoints are announced by kpt_shape', async (t) => {
  const yaml = `${dataYaml}kpt_shape: [2, 3]\nflip_idx: [1, 0]\n`;
  const { problems, summary } = await check(t, variant({ ...asPoses, 'data.yaml': yaml }));
  assert.deepEqual(problems, []);
  assert.equal(summary.task, 'pose');
});

test('keypoints without kpt_shape, or with another one', async (t) => {
  assert.ok(
    (await said(t, asPoses, { task: 'pose' })).includes(
      'error yolo.keypoints: data.yaml does not say how many keypoints an object has. → Add `kpt_shape: [17, 3]`: how many, and 2 numbers (x y) or 3 (x y visible) for each.',
    ),
  );
  const found = await said(t, {
    ...asPoses,
    'data.yaml': `${dataYaml}kpt_shape: [3, 3]\nflip_idx: [0, 1, 2]\n`,
  });
  assert.equal(
    found[0],
    'error yolo.columns: labels/train/a.txt line 1 (and 1 more like it) has 11 numbers; kpt_shape: [3, 3] of data.yaml needs 14: class x y w h and the keypoints. No image is left to use. → Correct kpt_shape, or the labels.',
  );
  const [wrong] = await said(t, { ...asPoses, 'data.yaml': `${dataYaml}kpt_shape: [2, 5]\n` });
  assert.match(wrong ?? '', /^error yolo\.keypoints: `kpt_shape: \[2, 5\]` in data\.yaml is not how many/);
  const [hint] = await said(t, { ...asPoses, 'data.yaml': `${dataYaml}kpt_shape: [2, 3]\n` });
  assert.match(hint ?? '', /^hint yolo\.flip-index: data\.yaml has no flip_idx/);
  const [flip] = await said(t, { ...asPoses, 'data.yaml': `${dataYaml}kpt_shape: [2, 3]\nflip_idx: [0]\n` });
  assert.equal(
    flip,
    'error yolo.flip-index: flip_idx in data.yaml has 1 number, and there are 2 keypoints. → List one number for each keypoint.',
  );
});

test('background, repeated lines and labels without an image are remarks', async (t) => {
  const changes = {
    'images/train/empty.png': pngFile(70, 70),
    'labels/train/typo.txt': '0 0.5 0.5 0.1 0.1\n',
    'labels/val/c.txt': '0 0.5 0.5 0.1 0.1\n0 0.5 0.5 0.1 0.1\n',
  };
  assert.deepEqual(await said(t, changes), [
    'hint yolo.background: 1 image of 3 of `train:` has no label file and counts as background. → Good if nothing is on them; else add their labels.',
    'hint yolo.duplicates: 1 label file holds a line twice; one of them is used.',
    'hint yolo.orphans: 1 label file belongs to no image (first labels/train/typo.txt). → An image and its labels have the same name: typo.jpg and typo.txt.',
  ]);
});

test('label files without a line', async (t) => {
  assert.deepEqual(await said(t, { 'labels/train/a.txt': '', 'labels/train/b.txt': '\n' }), [
    'error yolo.empty-labels: All 2 label files of `train:` are empty; there is nothing to find. → Export the labels again.',
  ]);
});

test('a class with few boxes, and one with none', async (t) => {
  const yaml = 'train: images/train\nval: images/val\nnames: [cat, dog, cow]\n';
  assert.deepEqual(await said(t, { 'data.yaml': yaml }), [
    'hint yolo.few-boxes: Class cow has no boxes. → Label more of them, or leave the class out.',
  ]);
});

test('labels follow the rules of Ultralytics to the tolerance', () => {
  const rules: LabelRules = { task: 'detect', classCount: 3, keypoints: undefined };
  const fault = (text: string, more: Partial<LabelRules> = {}) =>
    readLabels(text, { ...rules, ...more }).fault?.kind;
  assert.equal(fault('0 1.01 0.5 0.1 0.1'), undefined);
  assert.equal(fault('0 1.011 0.5 0.1 0.1'), 'outside');
  assert.equal(fault('0 -0.01 0.5 0.1 0.1'), undefined);
  assert.equal(fault('\uFEFF'.trim()), undefined);
  assert.equal(fault('2\t0.5  0.5 1e-2 .1'), undefined);
  assert.equal(fault('0 0.5 0.5 nan 0.1'), 'not-a-number');
  // The box around a polygon counts, not its corners.
  assert.equal(fault('0 0.9 0.9 1.05 0.9 1.05 1'), undefined);
  assert.equal(fault('0 1.9 0.9 1.95 0.9 1.95 1'), 'outside');
  // Keypoints of a pose dataset are left out for boxes.
  assert.equal(fault('0 0.5 0.5 0.1 0.1 0.2 0.2 2', { keypoints: [1, 3] }), undefined);
  assert.equal(fault('0 0.5 0.5 0.1 0.1 700 0.2 2', { keypoints: [1, 3], task: 'pose' }), 'pixels');
});
