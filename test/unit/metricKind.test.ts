import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { describeMetric, familyRank } from '../../src/metricKind.js';

const describeAll = (names: readonly string[]) =>
  Object.fromEntries(
    names.map((name) => {
      const { family, base, phase } = describeMetric(name);
      return [name, `${family} ${base} ${phase}`];
    }),
  );

describe('describeMetric', () => {
  it('reads the names frameworks give', () => {
    assert.deepEqual(
      describeAll([
        'loss',
        'val_loss',
        'eval_loss',
        'train/box_loss',
        'val/box_loss',
        'train-logloss',
        'validation_0-logloss',
        "valid_0's l2",
        'metrics/precision(B)',
        'metrics/mAP50-95(B)',
        'mean_token_accuracy',
        'accuracy/test',
        'test-rmse',
        'learning_rate',
        'lr/pg0',
        'grad_norm',
      ]),
      {
        loss: 'loss loss train',
        val_loss: 'loss loss validation',
        eval_loss: 'loss loss validation',
        'train/box_loss': 'loss box_loss train',
        'val/box_loss': 'loss box_loss validation',
        'train-logloss': 'loss logloss train',
        'validation_0-logloss': 'loss logloss validation',
        "valid_0's l2": 'error l2 validation',
        'metrics/precision(B)': 'accuracy precision(B) train',
        'metrics/mAP50-95(B)': 'map mAP50-95(B) train',
        mean_token_accuracy: 'accuracy mean_token_accuracy train',
        'accuracy/test': 'accuracy accuracy test',
        'test-rmse': 'error rmse test',
        learning_rate: 'learningRate learning_rate train',
        'lr/pg0': 'learningRate lr/pg0 train',
        grad_norm: 'other grad_norm train',
      },
    );
  });

  it('does not mistake words for phases or families', () => {
    assert.deepEqual(describeAll(['value', 'training', 'slr_index', 'mapping_time']), {
      value: 'other value train',
      training: 'other training train',
      slr_index: 'other slr_index train',
      mapping_time: 'other mapping_time train',
    });
  });

  it('knows which direction is better', () => {
    const better = (name: string) => describeMetric(name).better;
    assert.deepEqual(['val_loss', 'accuracy', 'mAP50', 'rmse', 'lr', 'grad_norm'].map(better), [
      'lower',
      'higher',
      'higher',
      'lower',
      null,
      null,
    ]);
  });

  it('puts a metric without a family together with its namesakes only', () => {
    assert.equal(describeMetric('train/kl').familyKey, describeMetric('val/KL').familyKey);
    assert.notEqual(describeMetric('kl').familyKey, describeMetric('grad_norm').familyKey);
  });

  it('ranks loss first and the rest last', () => {
    const families = ['loss', 'accuracy', 'map', 'error', 'learningRate', 'gpu', 'other'] as const;
    assert.deepEqual(families.map(familyRank), [0, 1, 2, 3, 4, 5, 6]);
  });
});
