import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { metricsOf, placeOf, read } from '../reading.js';

describe('XGBoost and LightGBM', () => {
  it('reads every metric of an XGBoost round, without the deviations of cv', () => {
    const { points, summary } = read(
      '[0]\ttrain-logloss:0.46640+0.00104\ttest-map@3:0.49+0.01\n[120]    validation_0-auc:0.9    validation_1-auc:0.8\n',
    );
    assert.deepEqual(points.map(placeOf), ['-/- 0/-', '-/- 120/-']);
    assert.deepEqual(metricsOf(points[0]), { 'train-logloss': 0.4664, 'test-map@3': 0.49 });
    assert.equal(summary.framework, 'xgboost');
  });

  it('reads every metric of a LightGBM round, also of cv', () => {
    const { points, summary } = read(
      "[200]\ttraining's auc: 0.979597\tvalid_1's binary_logloss: 0.3\n[300]\tcv_agg's valid l2: 0.4 + 0.01\n",
    );
    assert.deepEqual(metricsOf(points[0]), { 'training auc': 0.979597, 'valid_1 binary_logloss': 0.3 });
    assert.deepEqual(metricsOf(points[1]), { 'cv_agg valid l2': 0.4 });
    assert.equal(summary.framework, 'lightgbm');
  });

  it('does not go back to the best round, which is printed again', () => {
    const { points, last, summary } = read(
      "Training until validation scores don't improve for 100 rounds\n[600]\tvalid_1's auc: 0.93\nEarly stopping, best iteration is:\n[585]\tvalid_1's auc: 0.94\n",
    );
    assert.ok(points.some((point) => point.step === 585 && metricsOf(point)['valid_1 auc'] === 0.94));
    assert.equal(placeOf(last), '-/- 600/-');
    assert.equal(summary.finished, true);
  });

  it('begins again with every fold', () => {
    const fold = "Training until validation scores don't improve for 9 rounds\n[100]\tvalid_0's auc: 0.9\n";
    const { last, summary } = read(
      `${fold}[200]\tvalid_0's auc: 0.91\nDid not meet early stopping. Best iteration is:\n[200]\tvalid_0's auc: 0.91\n${fold}`,
    );
    assert.equal(placeOf(last), '-/- 100/-');
    assert.equal(summary.finished, false);
  });

  it('reads the LightGBM command line', () => {
    const { points, summary } = read(
      '[LightGBM] [Info] Iteration:1054, valid_1 l2 : 0.420244\n[LightGBM] [Info] Finished training\n',
    );
    assert.equal(placeOf(points[0]), '-/- 1054/-');
    assert.deepEqual(metricsOf(points[0]), { 'valid_1 l2': 0.420244 });
    assert.equal(summary.finished, true);
  });

  it('makes no error of a gain of -inf', () => {
    assert.equal(
      read('[LightGBM] [Warning] No further splits with positive gain, best gain: -inf\n').summary.error,
      null,
    );
  });
});
