import assert from 'node:assert/strict';
import { test } from 'node:test';
import { xgboost } from '../../src/recipes/xgboost.js';
import { penguins, testBoosting } from '../support/boostingCases.js';
import { succeeded } from '../support/tableTrainings.js';

const trainer = testBoosting({
  recipe: xgboost,
  program: 'xgboost_table.py',
  model: 'model.ubj',
  predict: `
import xgboost
booster = xgboost.Booster(model_file=path)
predicted = booster.predict(xgboost.DMatrix(frame, enable_categorical=True))`,
  quick: { learningRate: 0.3, depth: 4 },
  twoClassMetrics: ['train-logloss', 'train-error', 'valid-logloss', 'valid-error'],
});

test('a GPU that is asked for and not there leaves one line, and the CPU trains', async (t) => {
  const run = await trainer.run(t, penguins, { target: 'species', rounds: 2, device: 'cuda' });
  const { log } = succeeded(await trainer.train(run));
  assert.match(log, /^(?:This machine shows no NVIDIA GPU|This build of XGBoost has no GPU support), so /m);
  assert.equal((await trainer.card(run)).device, 'cpu');
});
