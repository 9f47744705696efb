import assert from 'node:assert/strict';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { DatasetFolder } from '../../../../../src/recipes/datasets/datasetFolder.js';
import {
  checkImageFolder,
  type ImageFolderOptions,
} from '../../../../../src/recipes/datasets/imageFolder/imageFolderCheck.js';
import { imagesOf } from '../../../../../src/recipes/datasets/imageFolder/layout.js';
import { folderWith, never, openFolder, sentences, type Files } from '../../folders.js';
import { pngFile } from '../pngFile.js';

const options: ImageFolderOptions = { testSize: 0.2, seed: 7 };

/** So many different images in one folder. */
function images(folder: string, count: number, first = 0): Files {
  return Object.fromEntries(
    Array.from({ length: count }, (_, index) => {
      const gray = (first + index) % 256;
      return [`${folder}/${index}.png`, pngFile(16 + Math.floor((first + index) / 256), 16, { gray })];
    }),
  );
}

/** Two classes, enough to learn from, some of each held back, no image twice. */
const good: Files = {
  ...images('train/cat', 12),
  ...images('train/dog', 12, 20),
  ...images('val/cat', 3, 40),
  ...images('val/dog', 3, 50),
};

async function problemsIn(t: TestContext, files: Files, more: Partial<ImageFolderOptions> = {}) {
  return sentences(await checkImageFolder(await openFolder(t, files), { ...options, ...more }, never));
}

test('a good folder has no problems and says what is in it', async (t) => {
  const result = await checkImageFolder(await openFolder(t, good), options, never);
  assert.deepEqual(sentences(result), []);
  assert.deepEqual(result.summary, {
    images: 30,
    classes: ['cat', 'dog'],
    train: 24,
    val: 6,
    split: 'val',
    medianSize: '16 × 16',
  });
});

test('a folder without images is refused', async (t) => {
  assert.deepEqual(await problemsIn(t, { 'notes.txt': 'x' }), [
    'error images.missing: The folder holds no images. → Put the images of every class into a folder of their own, or choose another recipe.',
  ]);
});

test('a folder with images of other formats only is refused', async (t) => {
  assert.deepEqual(await problemsIn(t, { 'cat/a.heic': 'x' }), [
    'error images.missing: The folder holds no JPEG, PNG, BMP, TIFF, PPM or WebP image; cat/a.heic is of another format. → Convert it to JPEG or PNG.',
  ]);
});

test('images directly in the folder are no classes', async (t) => {
  assert.deepEqual(await problemsIn(t, { 'a.png': pngFile(8, 8), 'b.png': pngFile(9, 9) }), [
    'error images.no-classes: All 2 images lie outside of class folders, a.png for one. → Put the images of every class into a folder of their own.',
  ]);
});

test('images beside the class folders are left out', async (t) => {
  assert.deepEqual(await problemsIn(t, { ...good, 'train/stray.png': pngFile(9, 9) }), [
    'warning images.loose: 1 image lies in no class folder and would be left out (first train/stray.png). → Move each into the folder of its class.',
  ]);
});

test('one class is nothing to tell apart', async (t) => {
  assert.deepEqual(await problemsIn(t, { ...images('train/cat', 12), ...images('val/cat', 3, 40) }), [
    "error images.one-class: There is only one class folder with images, 'cat'; there is nothing to tell apart. → Add a folder with images of a second class.",
  ]);
});

test('a class that is only validated on is never learned', async (t) => {
  assert.deepEqual(await problemsIn(t, { ...good, ...images('val/cats', 2, 60) }), [
    "error images.unknown-class: val has class folders that train has not ('cats'); what is in them is never learned. → Give both the same class folders; did you mean 'cat'?",
  ]);
});

test('a class that is never validated on is said, and refused where classes are numbered by folder', async (t) => {
  const files = { ...good, ...images('train/hen', 12, 60) };
  const sentence =
    "images.unscored-class: val has no image of 'hen'; nobody will know how well that is recognised. → Move some there from train.";
  assert.deepEqual(await problemsIn(t, files), [`warning ${sentence}`]);
  assert.deepEqual(await problemsIn(t, files, { valNeedsEveryClass: true }), [`error ${sentence}`]);
});

test('folders that a system left behind would be classes, and a repair leaves them out', async (t) => {
  const root = await folderWith(t, {
    ...good,
    ...images('train/@eaDir', 12, 60),
    ...images('val/@eaDir', 1, 80),
    '.trainyardignore': 'notes/',
  });
  const [found] = (await checkImageFolder(await DatasetFolder.open(root, never), options, never)).problems;
  assert.equal(found?.message, "The folder '@eaDir' would be learned as a class.");
  assert.deepEqual(found.repair?.changes, ['.trainyardignore']);

  await found.repair.apply(never);
  assert.equal(await found.repair.apply(never), "'@eaDir' is now left out by .trainyardignore.");
  assert.equal(await readFile(join(root, '.trainyardignore'), 'utf8'), 'notes/\n@eaDir/\n');
  const after = await checkImageFolder(await DatasetFolder.open(root, never), options, never);
  assert.deepEqual(sentences(after), []);
});

test('.ipynb_checkpoints and __MACOSX are no classes', async (t) => {
  const junk = { ...images('train/.ipynb_checkpoints', 2, 60), ...images('train/__MACOSX', 2, 70) };
  assert.deepEqual(await problemsIn(t, { ...good, ...junk }), []);
});

test('a junk folder that .trainyardignore takes back is said', async (t) => {
  const files = { ...good, ...images('train/__MACOSX', 12, 60), '.trainyardignore': '!__MACOSX/' };
  const found = await problemsIn(t, files);
  assert.equal(
    found[0],
    "warning images.junk-class: The folder '__MACOSX' would be learned as a class. → Remove it, or name it in .trainyardignore.",
  );
});

test('a class folder without images is no class', async (t) => {
  const root = await folderWith(t, { ...good, 'train/hen/notes.txt': 'none yet' });
  await mkdir(join(root, 'train', 'owl'));
  const result = await checkImageFolder(await DatasetFolder.open(root, never), options, never);
  assert.deepEqual(sentences(result), [
    "warning images.empty-class: The folders 'hen', 'owl' hold no image and are no classes to learn. → Add images, or remove them.",
  ]);
});

test('classes that differ in letter case are two', async (t) => {
  const files = { ...images('cat', 12), ...images('Cat', 12, 20), ...images('dog', 12, 40) };
  const found = await problemsIn(t, files);
  assert.ok(
    found.includes(
      "warning images.class-case: The classes 'Cat', 'cat' differ only in letter case and are learned as 2 classes. → Put their images into one folder.",
    ),
    found.join('\n'),
  );
});

test('images whose names differ in letter case are said', async (t) => {
  assert.deepEqual(
    await problemsIn(t, { ...good, 'train/cat/A.png': pngFile(9, 9), 'train/cat/a.png': pngFile(8, 8) }),
    [
      'hint images.file-case: 1 pair of images differ only in the letter case of their names (first train/cat/A.png and train/cat/a.png); on Windows and macOS one replaces the other.',
    ],
  );
});

test('a small class is said, and a much smaller one too', async (t) => {
  const files = { ...good, ...images('train/hen', 1, 60), ...images('val/hen', 1, 70) };
  assert.deepEqual(await problemsIn(t, files, { balanceFix: 'set classWeights to true' }), [
    "warning images.small-class: Class 'hen' has only 1 image to learn from; expect it to know little more than those. → Add images.",
    "warning images.imbalance: Class 'dog' has 12 images to learn from and 'hen' only 1; the small one tends to be forgotten. → Add images of it, or set classWeights to true.",
  ]);
});

test('images that cannot be read are counted, with the first', async (t) => {
  const half = pngFile(64, 64).subarray(0, 60);
  const files = {
    ...good,
    'train/cat/empty.png': '',
    'train/dog/text.jpg': 'no image at all',
    'val/dog/half.png': half,
  };
  assert.deepEqual(await problemsIn(t, files), [
    'warning images.broken: 2 images are damaged or no images at all, and are left out (first train/cat/empty.png). → Remove or replace them.',
    'warning images.truncated: 1 image is cut off before its end, and may be left out (first val/dog/half.png). → Copy the whole file again.',
  ]);
});

test('a class of which nothing can be read is refused', async (t) => {
  const files = { ...good, ...images('val/hen', 1, 60), 'train/hen/1.png': 'x', 'train/hen/2.png': 'y' };
  const found = await problemsIn(t, files);
  assert.ok(
    found.includes(
      "error images.class-unreadable: Not one of the 2 images of class 'hen' can be read. → Convert them to JPEG or PNG, or copy them again.",
    ),
    found.join('\n'),
  );
});

test('formats no loader opens are left out, whatever their names say', async (t) => {
  const heic = Buffer.from('\0\0\0\x18ftypheic\0\0\0\0heicmif1', 'latin1');
  const property = Buffer.from('\0\0\0\x20meta\0\0\0\x14ispe\0\0\0\0\0\0\0\x40\0\0\0\x40', 'latin1');
  const files = {
    ...good,
    'train/cat/a.heic': heic,
    'train/cat/b.gif': 'GIF89a',
    'train/cat/phone.jpg': Buffer.concat([heic, property]),
  };
  assert.deepEqual(await problemsIn(t, files), [
    'warning images.foreign: 3 images have a format that cannot be read, like HEIC or GIF, and are left out (first train/cat/phone.jpg). → Convert them to JPEG or PNG.',
  ]);
});

test('the same image on both sides is found, one that only has the same size is not', async (t) => {
  const twin = pngFile(40, 40, { gray: 5 });
  const files = {
    ...good,
    'train/cat/twin.png': twin,
    'val/cat/copy.png': twin,
    'train/dog/other.png': pngFile(40, 40, { gray: 6 }),
  };
  assert.deepEqual(await problemsIn(t, files), [
    'warning images.in-both: 1 image is both learned from and validated on (first train/cat/twin.png and val/cat/copy.png): the score will look too good. → Remove one of each pair.',
  ]);
});

test('without a val folder a share of each class is held back, and a repair writes down which', async (t) => {
  const root = await folderWith(t, { ...images('cat', 20), ...images('dog', 10, 20) });
  const folder = await DatasetFolder.open(root, never);
  const { problems, summary, layout } = await checkImageFolder(folder, options, never);
  assert.deepEqual(sentences({ problems, summary }), [
    'hint images.no-split: There is no val folder; 6 images (20 % of each class) are held back to validate on. → Add a val folder, or say in split.csv which ones.',
    "warning images.small-class: Class 'dog' has only 8 images to learn from; expect it to know little more than those. → Add images.",
  ]);
  assert.equal(summary.split, 'by seed');

  const [noSplit] = problems;
  assert.deepEqual(noSplit?.repair?.changes, []);
  assert.equal(
    await noSplit.repair.apply(never),
    'split.csv now says which 6 images are held back; no image was moved.',
  );
  const written = await readFile(join(root, 'split.csv'), 'utf8');
  const after = await checkImageFolder(await DatasetFolder.open(root, never), { ...options, seed: 8 }, never);
  assert.equal(after.summary.split, 'split.csv');
  assert.deepEqual(
    imagesOf(after.layout?.val)
      .map(({ path }) => path)
      .sort(),
    imagesOf(layout?.val)
      .map(({ path }) => path)
      .sort(),
  );
  assert.equal(written.split('\n').filter((line) => line.endsWith(',val')).length, 6);
});

test('split.csv is read with what is wrong in it', async (t) => {
  const files = { ...images('cat', 12), ...images('dog', 12, 20) };
  const split = ['path,part', 'cat/0.png,val', 'dog/0.png,val', 'dog/99.png,val', 'dog/1.png,held'].join(
    '\n',
  );
  assert.deepEqual(await problemsIn(t, { ...files, 'split.csv': split }), [
    "error images.split-part: Line 5 of split.csv says 'held', and the parts are train, val and test. → Write one image a line, as in rose/1.jpg,val.",
    'warning images.split-missing: split.csv names 1 image that the folder does not have (first dog/99.png). → Correct the paths, or remove the lines.',
  ]);
  assert.deepEqual(await problemsIn(t, { ...files, 'split.csv': 'path,part\ncat/0.png,train\n' }), [
    'error images.split-empty: split.csv holds no image back to validate on. → Give some images the part train and some the part val.',
  ]);
  assert.deepEqual(await problemsIn(t, { ...files, 'split.csv': 'path,part\n"cat/0.png,val\n' }), [
    'error images.split-unreadable: split.csv cannot be read: it has a quote that never closes. → Write one image a line, as in rose/1.jpg,val.',
  ]);
});

test('it says how far it is and stops at once when nobody wants it any more', async (t) => {
  const folder = await openFolder(t, good);
  const seen: string[] = [];
  await checkImageFolder(folder, options, never, (done, total) => seen.push(`${done}/${total}`));
  assert.deepEqual(seen, ['0/30', '30/30']);

  const controller = new AbortController();
  const checking = checkImageFolder(folder, options, controller.signal, () => {
    controller.abort();
  });
  await assert.rejects(checking, { name: 'AbortError' });
});
