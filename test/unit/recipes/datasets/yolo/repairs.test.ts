import assert from 'node:assert/strict';
import { readdir, readFile, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { InputError } from '../../../../../src/errors.js';
import { folderWith, never } from '../../folders.js';
import { pngFile } from '../pngFile.js';
import { checkAt, dataYaml, goodFolder, repaired, variant } from './yoloFolders.js';

const text = (root: string, path: string) => readFile(join(root, path), 'utf8');

test('data.yaml is made from the folders, with the names a labelling tool has left', async (t) => {
  const root = await folderWith(t, variant({ 'data.yaml': undefined, 'labels/classes.txt': 'cat\ndog\n' }));
  const { done, changes, problems } = await repaired(root, 'yolo.yaml-missing');
  assert.equal(done, 'Wrote data.yaml with 2 names; look whether they are right.');
  assert.deepEqual(changes, []);
  assert.deepEqual(problems, []);
  assert.equal(
    await text(root, 'data.yaml'),
    'train: images/train\nval: images/val\nnames:\n  - cat\n  - dog\n',
  );
});

test('without a list of names classes get numbers, and one folder of images is there to learn from', async (t) => {
  const root = await folderWith(t, {
    'images/a.png': pngFile(20, 20),
    'images/b.png': pngFile(20, 21),
    'labels/a.txt': '3 0.5 0.5 0.1 0.1\n',
  });
  const { problems } = await repaired(root, 'yolo.yaml-missing');
  assert.match(await text(root, 'data.yaml'), /^train: images\nnames:\n {2}- class_0\n[^]*- class_3\n$/);
  assert.ok(problems.some(({ code }) => code === 'yolo.no-val'));
});

test('a fifth is split off by lists, the same each time, and no image is moved', async (t) => {
  const images = Object.fromEntries(
    Array.from({ length: 10 }, (_, at) => [`set/images/all/${at}.png`, pngFile(20, 20 + at)] as const),
  );
  const labels = Object.fromEntries(
    Array.from(
      { length: 10 },
      (_, at) => [`set/labels/all/${at}.txt`, `${at % 2} 0.5 0.5 0.1 0.1\n`] as const,
    ),
  );
  const yaml = '# mine\npath: set # here\ntrain: images/all # all of them\nnames: [cat, dog]\n';
  const root = await folderWith(t, { ...images, ...labels, 'data.yaml': yaml });
  const before = await readdir(root, { recursive: true });
  const { done, changes, problems } = await repaired(root, 'yolo.no-val');
  assert.equal(done, '2 images of 10 are now for validation: split-val.txt lists them. No image was moved.');
  assert.deepEqual(changes, ['data.yaml']);
  assert.deepEqual(
    problems.filter(({ severity }) => severity !== 'hint'),
    [],
  );
  const after = await readdir(root, { recursive: true });
  assert.deepEqual(after.filter((path) => !before.includes(path)).sort(), [
    'split-train.txt',
    'split-val.txt',
  ]);
  assert.match(await text(root, 'data.yaml'), /^# mine\npath: set # here\ntrain: \.\.\/split-train\.txt/);
  const { summary } = await checkAt(root);
  assert.deepEqual([summary.train, summary.val, summary.boxes], [8, 2, 8]);
});

test('the nc line is deleted and nothing else', async (t) => {
  const root = await folderWith(t, variant({ 'data.yaml': `nc: 7   # wrong\n${dataYaml}# end\n` }));
  const { done, problems } = await repaired(root, 'yolo.class-count');
  assert.equal(done, "Deleted 'nc: 7   # wrong' from data.yaml.");
  assert.deepEqual(problems, []);
  assert.equal(await text(root, 'data.yaml'), `${dataYaml}# end\n`);
});

test('a repair of a file that has changed meanwhile does nothing', async (t) => {
  const root = await folderWith(t, variant({ 'data.yaml': `nc: 7\n${dataYaml}` }));
  const { problems } = await checkAt(root);
  await writeFile(join(root, 'data.yaml'), `names: [a]\n${dataYaml}`);
  await assert.rejects(
    async () => problems[0]?.repair?.apply(never),
    new InputError('data.yaml has changed since it was checked; check the folder again.'),
  );
  assert.equal(await text(root, 'data.yaml'), `names: [a]\n${dataYaml}`);
});

const paths: readonly (readonly [wrong: string, right: string])[] = [
  ['images/valid', 'images/val'],
  ['../val/images', 'images/val'],
  ["images/val'", 'images/val'],
  ['C:\\data\\imagse\\val', 'images/val'],
  ['imags/val', 'images/val'],
];
for (const [wrong, right] of paths) {
  test(`val: ${wrong} is pointed at ${right}`, async (t) => {
    const yaml = `train: images/train\nval: ${JSON.stringify(wrong)}\nnames: [cat, dog]\n`;
    const root = await folderWith(t, variant({ 'data.yaml': yaml }));
    const { done, changes, problems } = await repaired(root, 'yolo.path');
    assert.equal(done, `\`val:\` of data.yaml is now ${right}.`);
    assert.deepEqual(changes, ['data.yaml']);
    assert.deepEqual(problems, []);
  });
}

test('where no other folder is likely, no path is offered', async (t) => {
  const yaml = 'train: images/train\nval: images/val\ntest: somewhere/else\nnames: [cat, dog]\n';
  const root = await folderWith(t, variant({ 'data.yaml': yaml }));
  const { problems } = await checkAt(root);
  assert.deepEqual(
    problems.map(({ code, repair }) => [code, repair]),
    [['yolo.path', undefined]],
  );
});

test('pixels become numbers from 0 to 1', async (t) => {
  const root = await folderWith(t, variant({ 'labels/train/b.txt': '0 32 24 16 12\n1 8 8 4 4\n' }));
  const { done, changes, problems } = await repaired(root, 'yolo.pixels');
  assert.equal(done, 'Converted 1 label file.');
  assert.deepEqual(changes, ['labels/train/b.txt']);
  assert.ok(!problems.some(({ code }) => code === 'yolo.pixels'));
  assert.equal(
    await text(root, 'labels/train/b.txt'),
    '0 0.5 0.5 0.25 0.25\n1 0.125 0.166667 0.0625 0.083333\n',
  );
  assert.equal(await text(root, 'labels/train/a.txt'), goodFolder['labels/train/a.txt']);
});

test('pixels that are corners are recognised', async (t) => {
  const root = await folderWith(t, variant({ 'labels/train/b.txt': '0 40 24 64 48\n' }));
  const { done } = await repaired(root, 'yolo.pixels');
  assert.equal(done, 'Converted 1 label file, read as the corners of boxes (x1 y1 x2 y2).');
  assert.equal(await text(root, 'labels/train/b.txt'), '0 0.8125 0.75 0.375 0.5\n');
});

test('keypoints in pixels keep whether they can be seen', async (t) => {
  const yaml = `${dataYaml}kpt_shape: [2, 3]\nflip_idx: [1, 0]\n`;
  const pose = '0 0.5 0.5 0.2 0.2 0.4 0.4 2 0.6 0.6 0\n';
  const root = await folderWith(
    t,
    variant({
      'data.yaml': yaml,
      'labels/train/a.txt': pose,
      'labels/train/b.txt': '0 32 24 16 12 16 12 2 48 36 1\n',
      'labels/val/c.txt': pose,
    }),
  );
  await repaired(root, 'yolo.pixels');
  assert.equal(await text(root, 'labels/train/b.txt'), '0 0.5 0.5 0.25 0.25 0.25 0.25 2 0.75 0.75 1\n');
});

test('pixels of another size of image are not converted', async (t) => {
  const root = await folderWith(t, variant({ 'labels/train/b.txt': '0 700 24 16 12\n' }));
  const { problems } = await checkAt(root);
  await assert.rejects(
    async () => problems[0]?.repair?.apply(never),
    new InputError('labels/train/b.txt holds numbers beyond the size of its image; nothing was converted.'),
  );
  assert.equal(await text(root, 'labels/train/b.txt'), '0 700 24 16 12\n');
});

test('caches from before data.yaml was changed are deleted', async (t) => {
  const root = await folderWith(t, variant({ 'labels/train.cache': 'x', 'labels/val.cache': 'x' }));
  const old = new Date(Date.now() - 3_600_000);
  await utimes(join(root, 'labels/train.cache'), old, old);
  const later = new Date(Date.now() + 3_600_000);
  await utimes(join(root, 'labels/val.cache'), later, later);
  const { done, changes, problems } = await repaired(root, 'yolo.stale-cache');
  assert.equal(done, 'Deleted 1 cache.');
  assert.deepEqual(changes, ['labels/train.cache']);
  assert.deepEqual(problems, []);
});
