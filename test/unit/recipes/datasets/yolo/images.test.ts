import assert from 'node:assert/strict';
import { test } from 'node:test';
import { imageSamples } from '../imageSamples.js';
import { pngFile } from '../pngFile.js';
import { goodFolder, said } from './yoloFolders.js';

const labels = goodFolder['labels/train/a.txt'] ?? '';

test('images that cannot be read would be skipped', async (t) => {
  const changes = {
    'images/train/x.jpg': '<html>404</html>',
    'images/train/y.png': pngFile(64, 64).subarray(0, -10),
    'images/train/z.png': pngFile(9, 64),
    'labels/train/x.txt': labels,
    'labels/train/y.txt': labels,
    'labels/train/z.txt': labels,
  };
  assert.deepEqual(await said(t, changes), [
    'warning yolo.image-broken: 1 image is no image or damaged (first images/train/x.jpg: damaged); it would be silently skipped. → Remove or replace it.',
    'warning yolo.image-truncated: 1 image is cut off before the end (first images/train/y.png: png); it would be silently skipped. → Copy the whole file again for it.',
    'warning yolo.image-tiny: 1 image is smaller than 10 pixels (first images/train/z.png: 9 × 64); it would be silently skipped. → Remove it.',
  ]);
});

test('formats that are not read are named', async (t) => {
  const changes = {
    'images/train/x.heic': 'x',
    'images/train/y.gif': imageSamples.gif,
    'images/train/z.jpg': imageSamples.gif,
    'labels/train/z.txt': labels,
  };
  assert.deepEqual(await said(t, changes), [
    'warning yolo.image-format: 1 image is not what its name says (images/train/z.jpg is GIF), and YOLO does not read that format. → Convert to JPEG or PNG.',
    'warning yolo.image-format: 2 HEIC/GIF images (first images/train/x.heic) would be ignored. → Convert to JPEG or PNG.',
  ]);
});

test('images in train and val are found by their content', async (t) => {
  const image = goodFolder['images/train/a.png'] ?? '';
  const sentence = (file: string) =>
    `warning yolo.in-both: 1 image is in both train and val (first ${file}): the score will look too good. → Leave each image in one of them.`;
  assert.deepEqual(await said(t, { 'images/val/c.png': image }), [sentence('images/val/c.png')]);
  const same = 'train: [images/train, images/val]\nval: images/val\nnames: [cat, dog]\n';
  assert.deepEqual(await said(t, { 'data.yaml': same }), [sentence('images/val/c.png')]);
});
