import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Files } from '../../folders.js';
import { check, goodFolder, said, variant } from './yoloFolders.js';

const names = 'names: [cat, dog]\n';

async function counted(t: Parameters<typeof check>[0], files: Files) {
  const { problems, summary } = await check(t, files);
  return {
    errors: problems.filter(({ severity }) => severity === 'error').map(({ message }) => message),
    train: summary.train,
    val: summary.val,
  };
}

/** The good folder as Roboflow exports it. */
function roboflow(yaml: string): Files {
  const moved = Object.entries(goodFolder).map(([path, content]) => {
    const [kind = '', part = '', name] = path.split('/');
    const place = name === undefined ? path : `${part === 'val' ? 'valid' : part}/${kind}/${name}`;
    return [place, content] as const;
  });
  return { ...Object.fromEntries(moved), 'data.yaml': yaml };
}

test('the paths of a Roboflow export are found', async (t) => {
  const found = await counted(t, roboflow(`train: ../train/images\nval: ../valid/images\n${names}`));
  assert.deepEqual(found, { errors: [], train: 2, val: 1 });
});

test('paths count from path, and path from data.yaml', async (t) => {
  const files = Object.fromEntries(
    Object.entries(goodFolder).map(([path, content]) => [
      path === 'data.yaml' ? path : `set/${path}`,
      content,
    ]),
  );
  for (const root of ['set', './set/', 'set/images/..']) {
    const yaml = `path: ${root}\ntrain: images/train\nval: [images/val]\n${names}`;
    assert.deepEqual(await said2(t, { ...files, 'data.yaml': yaml }), [], root);
  }
  const inside = {
    ...files,
    'data.yaml': undefined,
    'set/data.yaml': `path: .\ntrain: images/train\nval: images/val\n${names}`,
  };
  assert.deepEqual(await said2(t, withoutGaps(inside)), []);
});

async function said2(t: Parameters<typeof check>[0], files: Files): Promise<string[]> {
  return (await check(t, files)).problems.map(({ message }) => message);
}

function withoutGaps(files: Readonly<Record<string, string | Buffer | undefined>>): Files {
  return Object.fromEntries(
    Object.entries(files).flatMap(([path, content]) => (content === undefined ? [] : [[path, content]])),
  );
}

test('a path of another computer is followed by its end, with a warning', async (t) => {
  for (const root of ['/content/drive/cats', 'C:\\Users\\me\\cats', '../datasets/cats']) {
    assert.deepEqual(
      await said(t, { 'data.yaml': `path: ${root}\n${goodFolder['data.yaml']?.toString() ?? ''}` }),
      [
        `warning yolo.root: \`path: ${root}\` in data.yaml leads nowhere here; images/train is used. → Delete the line: paths then count from data.yaml.`,
      ],
    );
  }
  const absolute = `train: /home/me/cats/images/train\nval: D:\\cats\\images\\val\n${names}`;
  assert.deepEqual(await said(t, { 'data.yaml': absolute }), []);
});

test('a folder that is not there is an error with what was looked up', async (t) => {
  const yaml = `path: data\ntrain: images/train\nval: images/nope\n${names}`;
  const sentences = await said(t, { 'data.yaml': yaml });
  assert.ok(
    sentences.includes(
      'error yolo.path: I cannot find the images of `val: images/nope`: `path: data` + `images/nope` leads nowhere in the dataset folder. → Write the folder of the images, counted from data.yaml, and leave `path:` out.',
    ),
    sentences.join('\n'),
  );
});

test('a folder beside the dataset is not taken, however it is written', async (t) => {
  const { problems } = await check(
    t,
    variant({ 'data.yaml': `train: ../../etc\nval: images/val\n${names}` }),
  );
  assert.deepEqual(
    problems.map(({ code }) => code),
    ['yolo.path'],
  );
});

test('lists of images are read, and lines that lead nowhere are counted', async (t) => {
  const lists = {
    'data.yaml': `train: lists/train.txt\nval: val.txt\n${names}`,
    'lists/train.txt': './../images/train/a.png\r\nimages/train/b.png\n\n',
    'val.txt': './images/val/c.png\n/data/cats/images/val/gone.png\n',
  };
  assert.deepEqual(await said(t, lists), [
    'warning yolo.list: 1 line of val.txt names no image of the folder (first /data/cats/images/val/gone.png). → Write `./` and the path from the list to the image.',
  ]);
});

test('an empty folder and one with other formats say so', async (t) => {
  assert.deepEqual(await said(t, { 'data.yaml': `train: images/train\nval: labels/val\n${names}` }), [
    'error yolo.no-images: There are no images in labels/val, which is the `val:` of data.yaml. → Put the images there, or correct the line.',
  ]);
  assert.deepEqual(
    await said(t, {
      'images/val/c.png': undefined,
      'images/val/c.gif': 'GIF89a',
      'labels/val/c.txt': undefined,
    }),
    [
      'error yolo.no-images: Not one image of `val:` is of a format that YOLO reads; images/val/c.gif is the first of 1. → Convert them to JPEG or PNG.',
    ],
  );
});
