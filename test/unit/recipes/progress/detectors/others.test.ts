import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { metricsOf, placeOf, read } from '../reading.js';

describe('Lightning', () => {
  const banner = 'GPU available: False, used: False\n';

  it('counts epochs from 0 and ignores the bars of validation', () => {
    const { points, summary } = read(
      `${banner}Sanity Checking DataLoader 0: 100%|██| 2/2 [00:00<00:00, 5.1it/s]\rEpoch 0:  50%|█████     | 6/12 [00:01<00:01, 4.9it/s, v_num=3, train_loss=0.5]\rValidation DataLoader 0:  50%|█| 1/2 [00:00<00:00]\rEpoch 0: 100%|██████████| 12/12 [00:02<00:00, 4.9it/s, v_num=3, train_loss=0.4]`,
    );
    assert.deepEqual(points.map(placeOf), ['1/- 6/12', '1/- 12/12']);
    assert.deepEqual(metricsOf(points[1]), { train_loss: 0.4 });
    assert.equal(summary.framework, 'lightning');
  });

  it('takes the total from the message that ends it, and drops a name that was cut', () => {
    const { last, points, summary } = read(
      'Epoch 49: 100%|█| 12/12 [00:02<00:00,  4.93it/s, v_num=0, train_loss_step=0.197, val_loss`Trainer.fit` stopped: `max_epochs=50` reached.\n',
    );
    assert.deepEqual(metricsOf(points[0]), { train_loss_step: 0.197 });
    assert.equal(placeOf(last), '50/50 12/12');
    assert.equal(summary.finished, true);
  });

  it('reads bars of unknown length, the test table and the checkpoint message', () => {
    assert.equal(
      placeOf(read('Epoch 0: |          | 5/? [01:27<00:00,  0.06it/s, v_num=0, loss=3.1]').last),
      '1/- 5/-',
    );
    const { points, summary } = read(
      `${banner}Epoch 0, global step 1563: 'val_accuracy' reached 0.49430 (best 0.49430), saving model to 'logs/a.ckpt' as top 3\n       Test metric             DataLoader 0\n        test_loss           0.1949\n`,
    );
    assert.deepEqual(points.map(metricsOf), [{ val_accuracy: 0.4943 }, { test_loss: 0.1949 }]);
    assert.equal(summary.state.checkpoint, 'logs/a.ckpt');
  });

  it('reads the rich bar', () => {
    const { last } = read(
      'Epoch 0/9 ━━━━━━━━━━━━━━━━ 12/12 0:00:02 • 0:00:00 4.93it/s v_num: 0.000 train_loss: 0.19\n',
    );
    assert.equal(placeOf(last), '1/10 12/12');
    assert.deepEqual(metricsOf(last), { train_loss: 0.19 });
  });
});

describe('kohya, diffusers and ai-toolkit', () => {
  it('reads the bar of the whole run and the epochs between', () => {
    const { last, summary } = read(
      'running training / 学習開始\n  num epochs / epoch数: 60\n  total optimization steps / 学習ステップ数: 4920\nepoch 23/60\nsteps:  38%|███▌   | 1886/4920 [1:56:41<3:07:42,  3.71s/it, avr_loss=0.057]\n',
    );
    assert.equal(placeOf(last), '23/60 1886/4920');
    assert.deepEqual(metricsOf(last), { avr_loss: 0.057 });
    assert.deepEqual([summary.framework, summary.state.etaSeconds], ['kohya', 3 * 3600 + 7 * 60 + 42]);
  });

  it('is in epoch 0 before the first step', () => {
    const { last } = read(
      '08/08/2024 04:37:22 - INFO - __main__ - ***** Running training *****\n08/08/2024 04:37:22 - INFO - __main__ -   Num Epochs = 300\nSteps:   0%|          | 0/300 [00:00<?, ?it/s]Traceback (most recent call last):\n',
    );
    assert.equal(placeOf(last), '0/300 0/300');
  });

  it('keeps the last state of a step, not the stale first one', () => {
    const bar = (loss: string): string => `\rsteps:  1%|   | 9/900 [00:10<16:00,  1.1s/it, avr_loss=${loss}]`;
    const { points } = read(`${bar('0.9')}${bar('0.8')}\n`);
    assert.deepEqual(points.map(metricsOf), [{ avr_loss: 0.8 }]);
  });

  it('reads the postfix of ai-toolkit and ignores its samples', () => {
    const { last, summary } = read(
      'my_lora:  12%|#2        | 240/2000 [10:03<1:13:00,  2.49s/it, lr: 1.0e-04 loss: 4.123e-01]\nGenerating Samples:  50%|#####     | 1/2 [00:38<00:38, 38.63s/it]\n',
    );
    assert.equal(placeOf(last), '-/- 240/2000');
    assert.deepEqual(metricsOf(last), { lr: 1e-4, loss: 0.4123 });
    assert.equal(summary.framework, 'ai-toolkit');
  });
});

describe('fastai', () => {
  it('reads its table, whose header may carry the rest of a download bar', () => {
    const { points, summary } = read(
      'epoch     train_loss  valid_loss  accuracy  time    ██████| 100.00% [105070592/105067061 00:03<00:00]\n0         0.466363    0.403699    0.818920  03:24\n1         0.231377    0.200506    0.921240  06:50\n',
    );
    assert.deepEqual(points.map(placeOf), ['1/- -/-', '2/- -/-']);
    assert.deepEqual(metricsOf(points[1]), { train_loss: 0.231377, valid_loss: 0.200506, accuracy: 0.92124 });
    assert.equal(summary.framework, 'fastai');
  });
});

describe('Megatron', () => {
  it('reads names with blanks and exponents in capitals', () => {
    const { last, summary } = read(
      ' iteration     5426/  250000 | consumed samples:        43408 | learning rate: 2.999E-04 | lm loss: 2.1E+00 | grad norm: nan |\n',
    );
    assert.equal(placeOf(last), '-/- 5426/250000');
    assert.deepEqual(metricsOf(last), {
      'consumed samples': 43408,
      'learning rate': 2.999e-4,
      'lm loss': 2.1,
      'grad norm': 'nan',
    });
    assert.equal(summary.framework, 'megatron');
  });
});

describe('scikit-learn', () => {
  it('reads the iterations of a network and their validation scores', () => {
    const { points, summary } = read('Iteration 2, loss = 2.22724\nValidation score: 0.155556\n');
    assert.equal(placeOf(points[0]), '-/- 2/-');
    assert.deepEqual(points.map(metricsOf), [{ loss: 2.22724 }, { validation_score: 0.155556 }]);
    assert.equal(summary.framework, 'sklearn');
  });

  it('reads the table of gradient boosting by its header', () => {
    const { last, summary } = read(
      '      Iter       Train Loss      OOB Improve   Remaining Time \n        20           0.1980           0.0085            1.50m\n',
    );
    assert.equal(placeOf(last), '-/- 20/-');
    assert.deepEqual(metricsOf(last), { train_loss: 0.198, oob_improve: 0.0085 });
    assert.equal(summary.state.etaSeconds, 90);
  });

  it('reads trees, histograms, searches and solvers', () => {
    const place = (text: string): string => placeOf(read(text).last);
    assert.equal(place('building tree 3 of 100\n'), '-/- 3/100');
    assert.equal(
      place('[2/5] 1 tree, 11 leaves, max depth = 6, train loss: 0.51350, val loss: 0.51062, in 0.001s\n'),
      '-/- 2/5',
    );
    assert.equal(
      place(
        'Fitting 2 folds for each of 2 candidates, totalling 4 fits\n[CV 1/2] END .................C=0.1, kernel=rbf;, score=0.842 total time=   0.0s\n',
      ),
      '-/- 1/4',
    );
    assert.equal(place('At iterate    7    f=  3.94401D+02    |proj g|=  5.09988D+04\n'), '-/- 7/-');
    assert.equal(
      metricsOf(read('At iterate    7    f=  3.94401D+02    |proj g|=  5.0D+04\n').last).f,
      394.401,
    );
  });
});
