import assert from 'node:assert/strict';
import { test } from 'node:test';
import { problem } from '../../../../src/recipes/datasets/problem.js';
import { digest } from '../../../../src/recipes/datasets/problemDigest.js';

const labels = Array.from({ length: 2_000 }, (_, index) =>
  problem('warning', 'yolo.bad-label', `Label ${index}.`, { file: `${index}.txt`, line: 1 }),
);

test('thousands of problems of a kind are a few and their number', () => {
  const told = digest(labels, 3);
  assert.deepEqual(
    told.map(({ message }) => message),
    ['Label 0.', 'Label 1.', 'Label 2.', '1,997 more problems of the same kind (yolo.bad-label).'],
  );
  assert.deepEqual([told[3]?.severity, told[3]?.code, told[3]?.file], ['warning', 'yolo.bad-label', null]);
});

test('errors come first, each kind keeps together, and none is hidden by another', () => {
  const error = problem('error', 'folder.archive', 'Only an archive.');
  const hint = problem('hint', 'table.one-class', 'One class.');
  const told = digest([hint, ...labels, error], 1).map(({ code }) => code);
  assert.deepEqual(told, ['folder.archive', 'yolo.bad-label', 'yolo.bad-label', 'table.one-class']);
});

test('one more is told itself', () => {
  assert.equal(digest(labels.slice(0, 4), 3).at(-1)?.message, 'Label 3.');
});
