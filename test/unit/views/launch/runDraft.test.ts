import assert from 'node:assert/strict';
import { resolve } from 'node:path';
import { test } from 'node:test';
import { parseRunFile, formatRunFile } from '../../../../src/jobs/jobFile.js';
import { findRecipe } from '../../../../src/recipes/index.js';
import {
  toRequest,
  toRunFile,
  valuesOf,
  withoutParameter,
  withParameter,
  withRecipe,
  type RunDraft,
} from '../../../../src/views/launch/runDraft.js';

const dataset = resolve('/data/wine');
const file = parseRunFile(
  'dataset: .\nrecipe: sklearn\nparams: { target: cultivar }\n',
  resolve(dataset, 'trainyard.yaml'),
);

const draft = (overrides: Partial<RunDraft> = {}): RunDraft => ({
  dataset,
  file,
  recipe: findRecipe('sklearn'),
  place: { provider: 'local', destination: null, identityFiles: [] },
  changed: {},
  ...overrides,
});

test('values come from the defaults, then the file, then the user', () => {
  const values = valuesOf(withParameter(draft(), 'seed', 8));
  assert.deepEqual([values.target, values.seed, values.testSize], ['cultivar', 8, 0.2]);
});

test('a change that is taken back leaves what the file says', () => {
  const changed = withParameter(draft(), 'target', 'color');
  assert.equal(valuesOf(withoutParameter(changed, 'target')).target, 'cultivar');
});

test('what the file says counts only for its own recipe', () => {
  const other = withRecipe(withParameter(draft(), 'seed', 8), findRecipe('script'));
  assert.equal(valuesOf(other).target, undefined);
  assert.deepEqual(other.changed, {});
  assert.equal(toRequest(other, '/models').path, dataset);
});

test('choosing the same recipe again keeps what was changed', () => {
  const changed = withParameter(draft(), 'seed', 8);
  assert.equal(withRecipe(changed, findRecipe('sklearn')), changed);
});

test('the request names the file, the place and what was changed', () => {
  const place = { provider: 'ssh', destination: 'me@gpu1', identityFiles: ['/keys/id'] };
  const request = toRequest({ ...withParameter(draft(), 'seed', 8), place }, '/models');
  assert.deepEqual(request, {
    path: file.path,
    recipe: 'sklearn',
    parameters: { seed: 8 },
    providers: ['ssh:me@gpu1'],
    identityFiles: ['/keys/id'],
    defaultTo: '/models',
  });
});

test('a saved file says the same run again', () => {
  const path = resolve('/data/trainyard.yaml');
  const text = formatRunFile(toRunFile(withParameter(draft(), 'seed', 8), 'wine', path));
  const again = parseRunFile(text, path);
  assert.equal(again.dataset, dataset);
  assert.deepEqual(again.params, { target: 'cultivar', seed: 8 });
  assert.deepEqual(again.providers, ['local']);
});

test('a file inside the dataset calls it a dot', () => {
  assert.equal(toRunFile(draft(), 'wine', file.path).dataset, '.');
});
