import assert from 'node:assert/strict';
import { test } from 'node:test';
import { InputError } from '../../../src/errors.js';
import { DatasetFolder } from '../../../src/recipes/datasets/datasetFolder.js';
import { detectRecipes, findRecipe, recipes } from '../../../src/recipes/index.js';
import { parseParameters } from '../../../src/recipes/parameters.js';
import { type CleanUp } from '../../support/tempDir.js';
import { type Files, never, openFolder } from './folders.js';

async function detected(t: CleanUp, files: Files): Promise<string[]> {
  const found = await detectRecipes(await openFolder(t, files), never);
  return found.map(({ recipe, fit }) => `${recipe.id}: ${fit.why}`);
}

test('a recipe is found by its id', () => {
  assert.equal(findRecipe('sklearn').id, 'sklearn');
});

test('an unknown id offers the nearest, or all', () => {
  assert.throws(
    () => findRecipe('sklern'),
    new InputError("There is no recipe 'sklern'; did you mean 'sklearn'?"),
  );
  assert.throws(
    () => findRecipe('keras'),
    new InputError(`There is no recipe 'keras'; choose one of ${recipes.map(({ id }) => id).join(', ')}.`),
  );
});

test('a train.py beside a table is a script first', async (t) => {
  const found = await detected(t, { 'train.py': 'pass', 'digits.csv': 'a,b\n1,2\n' });
  assert.deepEqual(found, [
    'script: has a train.py',
    'sklearn: has the table digits.csv',
    'xgboost: has the table digits.csv',
    'lightgbm: has the table digits.csv',
    'pytorch: has the table digits.csv',
  ]);
});

test('a table beside some other Python file is a table first', async (t) => {
  const found = await detected(t, { 'convert.py': 'pass', 'wine.csv.gz': '' });
  assert.deepEqual(found, [
    'sklearn: has the table wine.csv.gz',
    'xgboost: has the table wine.csv.gz',
    'lightgbm: has the table wine.csv.gz',
    'pytorch: has the table wine.csv.gz',
    'script: has a convert.py',
  ]);
});

test('several tables fit less well than one', async (t) => {
  const found = await detected(t, { 'a.csv': '', 'b.csv': '', 'sub/c.tsv': '' });
  assert.deepEqual(
    found,
    ['sklearn', 'xgboost', 'lightgbm', 'pytorch'].map((id) => `${id}: has 3 tables`),
  );
});

test('a folder of pictures fits neither', async (t) => {
  assert.deepEqual(await detected(t, { 'cats/1.jpg': '', 'lib/tool.py': '' }), []);
});

test('each sample is recognised by the recipe it is for', async () => {
  const best = {
    chat: 'llm',
    digits: 'script',
    glyphs: 'pytorch',
    penguins: 'sklearn',
    shapes: 'yolo',
    wine: 'sklearn',
  };
  for (const [name, id] of Object.entries(best)) {
    const [first] = await detectRecipes(await DatasetFolder.open(`samples/${name}`, never), never);
    assert.equal(first?.recipe.id, id, name);
  }
});

test('every recipe accepts its own defaults and explains every parameter', () => {
  for (const recipe of recipes) {
    const names = recipe.parameters.map(({ name }) => name);
    assert.deepEqual(Object.keys(parseParameters(recipe, {})), names);
    assert.equal(new Set(names).size, names.length);
    for (const { help } of recipe.parameters) assert.match(help, /^\S.*\.$/);
  }
});
