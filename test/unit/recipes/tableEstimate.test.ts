import assert from 'node:assert/strict';
import { test } from 'node:test';
import { lightgbm } from '../../../src/recipes/lightgbm.js';
import { parseParameters } from '../../../src/recipes/parameters.js';
import type { Estimate, Recipe } from '../../../src/recipes/recipe.js';
import { sklearn } from '../../../src/recipes/sklearn.js';
import { xgboost } from '../../../src/recipes/xgboost.js';
import type { CleanUp } from '../../support/tempDir.js';
import { never, openFolder, type Files } from './folders.js';

const rows = (count: number): string => `a,b,y\n${'1.25,2.5,0\n'.repeat(count)}`;

async function estimate(t: CleanUp, recipe: Recipe, files: Files, given = {}): Promise<Estimate> {
  const folder = await openFolder(t, files);
  const found = await recipe.estimate?.(folder, parseParameters(recipe, given), never);
  return found ?? assert.fail('no estimate');
}

for (const recipe of [sklearn, xgboost, lightgbm]) {
  test(`${recipe.id} wants no GPU, and takes longer for more rows and rounds`, async (t) => {
    const rounds = recipe === sklearn ? 'iterations' : 'rounds';
    const few = await estimate(t, recipe, { 'data.csv': rows(1_000) }, { [rounds]: 100 });
    const many = await estimate(t, recipe, { 'data.csv': rows(100_000) }, { [rounds]: 100 });
    const long = await estimate(t, recipe, { 'data.csv': rows(100_000) }, { [rounds]: 1_000 });
    assert.equal(few.vramGb, null);
    const hours = [few, many, long].map((each) => each.hours?.other ?? 0);
    assert.deepEqual(
      hours,
      hours.toSorted((a, b) => a - b),
    );
    assert.ok([few, many, long].every((each) => each.hours?.gpu === 0));
  });
}

test('folds train that many times more', async (t) => {
  const files = { 'data.csv': rows(100_000) };
  const once = await estimate(t, sklearn, files);
  const five = await estimate(t, sklearn, files, { folds: 5 });
  assert.ok((five.hours?.other ?? 0) > (once.hours?.other ?? 0));
});

test('without the one table nobody can tell how long it takes', async (t) => {
  const files = { 'a.csv': rows(10), 'b.csv': rows(10) };
  assert.equal((await estimate(t, sklearn, files)).hours, undefined);
});
