import assert from 'node:assert/strict';
import { test } from 'node:test';
import { lightgbm } from '../../src/recipes/lightgbm.js';
import { penguins, testBoosting } from '../support/boostingCases.js';
import { succeeded } from '../support/tableTrainings.js';

const trainer = testBoosting({
  recipe: lightgbm,
  program: 'lightgbm_table.py',
  model: 'model.txt',
  predict: `
import lightgbm
predicted = lightgbm.Booster(model_file=path).predict(frame)`,
  quick: { learningRate: 0.3, leaves: 8, minDataInLeaf: 5 },
  twoClassMetrics: [
    'train-binary_logloss',
    'train-binary_error',
    'valid-binary_logloss',
    'valid-binary_error',
  ],
});

test('a device that this build cannot use leaves one line, and the CPU trains', async (t) => {
  const run = await trainer.run(t, penguins, { target: 'species', rounds: 2, device: 'cuda' });
  const { log } = succeeded(await trainer.train(run));
  assert.match(log, /^LightGBM cannot use cuda here \(CUDA .+\), so it trains on the CPU\.$/m);
  assert.equal((await trainer.card(run)).device, 'cpu');
});
