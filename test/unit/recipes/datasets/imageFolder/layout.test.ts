import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findLayout, imagesOf } from '../../../../../src/recipes/datasets/imageFolder/layout.js';

/** The layout in short: `{ train: ['cat: a.jpg'] }`, with what lies in no class. */
function layoutOf(...paths: string[]) {
  const layout = findLayout(paths.map((path) => ({ path, bytes: 1 })));
  if (!layout) return undefined;
  const { train, val, test: tested, loose } = layout;
  const short = (part: typeof train) =>
    [...part.classes].map(([name, images]) => `${name}: ${images.map(({ path }) => path).join(' ')}`);
  return {
    train: short(train),
    ...(val && { val: short(val) }),
    ...(tested && { test: short(tested) }),
    ...(loose.length > 0 && { loose: loose.map(({ path }) => path) }),
  };
}

test('folders in train and val are classes', () => {
  assert.deepEqual(layoutOf('train/a/1.jpg', 'train/b/2.JPG', 'val/a/3.png', 'labels.csv'), {
    train: ['a: train/a/1.jpg', 'b: train/b/2.JPG'],
    val: ['a: val/a/3.png'],
  });
});

test('folders without train are classes themselves', () => {
  assert.deepEqual(layoutOf('a/1.jpg', 'b/x/2.jpg'), { train: ['a: a/1.jpg', 'b: b/x/2.jpg'] });
});

test('val is called valid or validation too, and test stands in for it', () => {
  assert.deepEqual(layoutOf('train/a/1.jpg', 'valid/a/2.jpg')?.val, ['a: valid/a/2.jpg']);
  assert.deepEqual(layoutOf('Training/a/1.jpg', 'Testing/a/2.jpg')?.val, ['a: Testing/a/2.jpg']);
  assert.deepEqual(layoutOf('train/a/1.jpg', 'test/a/3.jpg', 'validation/a/2.jpg'), {
    train: ['a: train/a/1.jpg'],
    val: ['a: validation/a/2.jpg'],
    test: ['a: test/a/3.jpg'],
  });
});

test('a folder that only wraps another is passed through', () => {
  assert.deepEqual(layoutOf('flowers/flowers/rose/1.jpg', 'flowers/flowers/lily/2.jpg'), {
    train: ['rose: flowers/flowers/rose/1.jpg', 'lily: flowers/flowers/lily/2.jpg'],
  });
  assert.deepEqual(layoutOf('train/rose/1.jpg')?.train, ['rose: train/rose/1.jpg']);
});

test('images in no class are loose', () => {
  assert.deepEqual(layoutOf('0.jpg', 'train/1.jpg', 'train/a/2.jpg', 'val/3.jpg')?.loose, [
    '0.jpg',
    'train/1.jpg',
    'val/3.jpg',
  ]);
  assert.equal(layoutOf('1.jpg', '2.jpg'), undefined);
  assert.equal(layoutOf('images/train/1.jpg', 'images/val/2.jpg', 'labels/train/1.txt'), undefined);
});

test('a part that is not there holds no images', () => {
  assert.deepEqual(imagesOf(undefined), []);
});
