import assert from 'node:assert/strict';
import { join, resolve } from 'node:path';
import { test } from 'node:test';
import { holds, modelsFolderFor } from '../../../src/views/modelsFolder.js';

const [a, b] = [resolve('/projects/a'), resolve('/projects/b')];

test('models go into the workspace folder that holds the dataset', () => {
  assert.equal(modelsFolderFor(join(b, 'data'), [a, b]), join(b, 'models'));
});

test('of nested workspace folders the innermost counts', () => {
  assert.equal(modelsFolderFor(join(a, 'inner', 'data'), [a, join(a, 'inner')]), join(a, 'inner', 'models'));
});

test('a dataset outside of the workspace puts its models into the first folder', () => {
  assert.equal(modelsFolderFor(resolve('/elsewhere/data'), [a, b]), join(a, 'models'));
});

test('without a workspace models go beside the dataset', () => {
  assert.equal(modelsFolderFor(join(a, 'data'), []), join(a, 'models'));
});

test('a folder holds itself and what is inside, not its namesakes', () => {
  assert.equal(holds(a, a), true);
  assert.equal(holds(a, join(a, '..data')), true);
  assert.equal(holds(a, `${a}bc`), false);
  assert.equal(holds(a, resolve('/projects')), false);
});
