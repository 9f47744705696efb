import assert from 'node:assert/strict';
import { readFile, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { InputError } from '../../../src/errors.js';
import { DatasetFolder } from '../../../src/recipes/datasets/datasetFolder.js';
import { parseParameters } from '../../../src/recipes/parameters.js';
import { xgboost } from '../../../src/recipes/xgboost.js';
import type { CleanUp } from '../../support/tempDir.js';
import { checkFiles, folderWith, never, openFolder, sentences } from './folders.js';
import { read } from './progress/reading.js';

function table(header: string, line: (index: number) => string): string {
  return [header, ...Array.from({ length: 60 }, (_, index) => line(index))].join('\n') + '\n';
}

const twoClasses = table('size,kind', (i) => `${(i * 7) % 13}.5,${i % 2 ? 'cat' : 'dog'}`);
const threeClasses = table('size,grade', (i) => `${(i * 7) % 13}.5,${(i % 3) + 1}`);
const amounts = table('size,price', (i) => `${(i * 7) % 13}.5,${i - 20}.25`);

async function said(t: CleanUp, content: string, given: Record<string, unknown> = {}): Promise<string[]> {
  return sentences(await checkFiles(t, xgboost, { 'data.csv': content }, given));
}

test('a good table has no problems', async (t) => {
  assert.deepEqual(await said(t, twoClasses), []);
  assert.deepEqual(await said(t, amounts), []);
});

test('the sample has nothing but hints', async (t) => {
  const content = await readFile(new URL('../../../samples/penguins/penguins.csv', import.meta.url), 'utf8');
  assert.deepEqual(await said(t, content, { target: 'species' }), [
    "hint table.text: 2 columns ('island', 'sex') hold text; their values are learned from as categories.",
    "hint table.gaps: 19 cells are empty or infinite ('bill_length_mm', 'bill_depth_mm', 'flipper_length_mm', 'body_mass_g', 'sex'); XGBoost learns from gaps as they are.",
  ]);
});

test('classes that are not counted from 0 are mapped, and it is said', async (t) => {
  assert.deepEqual(await said(t, threeClasses), [
    "hint table.classes-mapped: XGBoost counts classes from 0; the 3 classes of 'grade' are mapped, and model.card.json says how.",
  ]);
  const counted = threeClasses.replaceAll(/,(\d)$/gm, (_, digit: string) => `,${Number(digit) - 1}`);
  assert.deepEqual(await said(t, counted), []);
});

test('names of columns with odd characters are renamed, and it is said', async (t) => {
  const content = twoClasses.replace('size', 'size [cm]');
  assert.deepEqual(await said(t, content), [
    "hint table.renamed-column: The name 'size [cm]' has characters that XGBoost does not take; in the model they become _.",
  ]);
});

test('an objective that does not fit the target is refused', async (t) => {
  const classes = threeClasses.replaceAll(/,(\d)$/gm, ',c$1');
  assert.deepEqual(await said(t, classes, { objective: 'binary:logistic' }), [
    "error boosting.objective-classes: binary:logistic tells 2 classes apart, and 'grade' has 3 classes. → Leave objective empty, or set it to multi:softprob.",
  ]);
  assert.deepEqual(await said(t, amounts, { objective: 'multi:softprob' }), [
    "error boosting.objective-task: multi:softprob learns classes, and 'price' is an amount. → Leave objective empty, or set it to reg:squarederror.",
  ]);
  assert.deepEqual(await said(t, twoClasses, { objective: 'reg:gamma' }), [
    "error boosting.objective-task: reg:gamma learns an amount, and 'kind' is a class. → Leave objective empty, or set it to binary:logistic.",
  ]);
  assert.deepEqual(await said(t, amounts, { objective: 'count:poisson' }), [
    "error boosting.objective-range: count:poisson learns amounts from 0, and 'price' goes down to -20.25. → Leave objective empty, or choose another.",
  ]);
  assert.deepEqual(await said(t, amounts, { objective: 'reg:squarederorr' }), [
    "error boosting.objective-unknown: There is no objective 'reg:squarederorr' for this; did you mean 'reg:squarederror'? → Leave objective empty, or set it to reg:squarederror.",
  ]);
  assert.deepEqual(await said(t, twoClasses, { objective: 'multi:softprob' }), []);
});

test('a metric that does not measure the target is refused', async (t) => {
  assert.deepEqual(await said(t, amounts, { metric: 'mae, logloss' }), [
    'error boosting.metric: The metric logloss does not measure an amount; choose one of rmse, mae, rmsle, mape, mphe, poisson-nloglik, gamma-nloglik, gamma-deviance, tweedie-nloglik.',
  ]);
  assert.deepEqual(await said(t, twoClasses, { metric: 'loglos' }), [
    "error boosting.metric: XGBoost has no metric 'loglos' for this; did you mean 'logloss'?",
  ]);
  assert.deepEqual(await said(t, twoClasses, { metric: 'error@0.6, auc' }), []);
});

test('weights of classes mean nothing for an amount', async (t) => {
  assert.deepEqual(await said(t, amounts, { classWeight: 'balanced' }), [
    'error boosting.class-weight: classWeight weighs classes, and an amount has none. → Leave classWeight out.',
  ]);
});

test("XGBoost's own parameters are passed through, and misspelt ones are refused", async (t) => {
  assert.deepEqual(await said(t, twoClasses, { gamma: 0.5, max_bin: 128 }), []);
  assert.deepEqual(await said(t, twoClasses, { gama: 0.5 }), [
    "error boosting.unknown-parameter: XGBoost has no parameter 'gama'; did you mean 'gamma'?",
  ]);
  assert.deepEqual(await said(t, twoClasses, { round: 5 }), [
    "error boosting.unknown-parameter: XGBoost has no parameter 'round'; did you mean 'rounds'?",
  ]);
  assert.deepEqual(await said(t, twoClasses, { max_depht: 5 }), [
    "error boosting.unknown-parameter: XGBoost has no parameter 'max_depht'; did you mean 'depth'?",
  ]);
  assert.deepEqual(await said(t, twoClasses, { eta: 0.1 }), [
    'error boosting.renamed-parameter: What XGBoost calls eta is called learningRate here. → Set learningRate instead.',
  ]);
  assert.deepEqual(await said(t, twoClasses, { num_class: 2 }), [
    "error boosting.own-parameter: XGBoost's num_class is set by the recipe and cannot be given. → Leave num_class out.",
  ]);
});

test('parameters out of range are refused', () => {
  assert.throws(
    () => parseParameters(xgboost, { subsample: 1.5 }),
    new InputError('subsample must be a number from 0.01 to 1; got 1.5.'),
  );
  assert.throws(
    () => parseParameters(xgboost, { depth: 0 }),
    new InputError('depth must be a whole number from 1 to 32; got 0.'),
  );
});

test('a table that no recipe can learn from is refused here too', async (t) => {
  assert.deepEqual(await said(t, twoClasses, { target: 'kinds' }), [
    "error table.target-missing: data.csv has no column 'kinds'; did you mean 'kind'?",
  ]);
  assert.deepEqual(await said(t, twoClasses.replaceAll('cat', 'dog')), [
    "error table.one-class: 'kind' is 'dog' in every row; there is nothing to tell apart. → Name another column with target, or add rows.",
  ]);
});

async function locked(t: CleanUp, bytes: number, device: string): Promise<string | undefined> {
  const root = await folderWith(t, { 'data.csv': twoClasses });
  await truncate(join(root, 'data.csv'), bytes);
  const folder = await DatasetFolder.open(root, never);
  return (await xgboost.environment(folder, parseParameters(xgboost, { device }), never)).lock;
}

test('the build that can use a GPU is installed for large tables, or when it is asked for', async (t) => {
  assert.equal(await locked(t, 99_999_999, 'auto'), 'xgboost-cpu');
  assert.equal(await locked(t, 100_000_000, 'auto'), 'xgboost');
  assert.equal(await locked(t, 100_000_000, 'cpu'), 'xgboost-cpu');
  assert.equal(await locked(t, 1_000, 'cuda'), 'xgboost');
});

test('a table fits it less well than scikit-learn', async (t) => {
  const one = await xgboost.detect(await openFolder(t, { 'a.csv': 'a,b' }), never);
  assert.deepEqual(one, { score: 0.55, why: 'has the table a.csv' });
  assert.equal(await xgboost.detect(await openFolder(t, { 'a.txt': 'a' }), never), undefined);
});

test('what XGBoost itself prints is read round by round', async () => {
  const log = await readFile(new URL('../../fixtures/logs/xgboost.log', import.meta.url));
  const { points, summary } = read(log);
  assert.equal(summary.framework, 'xgboost');
  assert.deepEqual(
    points.map(({ step }) => step),
    Array.from({ length: 31 }, (_, index) => index),
  );
  assert.deepEqual(
    { ...points[0]?.metrics },
    {
      'train-merror': 0.01818,
      'train-mlogloss': 0.68037,
      'valid-merror': 0.01449,
      'valid-mlogloss': 0.68465,
    },
  );
});
