import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { metricsOf, placeOf, read } from '../reading.js';

describe('hand-written loops', () => {
  /** What people print, where it says the training is, and what it measures. */
  const spellings: readonly (readonly [string, string, Readonly<Record<string, number | string>>])[] = [
    ['Epoch [1/5] Train Loss: 0.58 | Val Acc: 84.18%', '1/5 -/-', { train_loss: 0.58, val_acc: 84.18 }],
    ['Epoch: 1/5, Step: 2/3, Loss: 0.12', '1/5 2/3', { loss: 0.12 }],
    ['Epoch: [0]\tLoss 0.1449 (0.1449)\t', '1/- -/-', { loss: 0.1449 }],
    ['epoch: 3447 loss: tensor(0.21, grad_fn=<MseLossBackward0>)', '3447/- -/-', { loss: 0.21 }],
    [
      'epoch 1 of 20 - loss 0.31 - val_loss 0.40 - lr 0.001',
      '1/20 -/-',
      { loss: 0.31, val_loss: 0.4, lr: 0.001 },
    ],
    ['Epoch 003 | Train Loss 0.4301 | Val Acc 0.93', '3/- -/-', { train_loss: 0.4301, val_acc: 0.93 }],
    ['epoch=4 step=1200/5000 loss=1.2e-3 acc=0.98 eta=0:12:30', '4/- 1200/5000', { loss: 1.2e-3, acc: 0.98 }],
    ['Train Epoch: 1 [640/60000 (1%)]\tLoss: 2.300039', '1/- 640/60000', { loss: 2.300039 }],
    ['[4/5][1550/1583]\tLoss_D: 0.3\tLoss_G: 4.4', '4/5 1550/1583', { Loss_D: 0.3, Loss_G: 4.4 }],
    ['[2, 12000] loss: 1.27', '2/- 12000/-', { loss: 1.27 }],
    ['step 1,000 | loss 3.12 | lr 3e-4', '-/- 1000/-', { loss: 3.12, lr: 3e-4 }],
    ['iter 250: loss 1.95, time 30.12ms, mfu 12.3%', '-/- 250/-', { loss: 1.95 }],
    ['Loss after 300 steps: 0.35', '-/- 300/-', { loss: 0.35 }],
    ['INFO:tensorflow:global step 161: loss = 0.3716 (1.720 sec/step)', '-/- 161/-', { loss: 0.3716 }],
    ['2024-05-01T10:00:00.123Z INFO train.py:33 epoch 5: loss nan', '5/- -/-', { loss: 'nan' }],
    ['Accuracy: 0.95', '-/- -/-', { accuracy: 0.95 }],
  ];

  for (const [text, place, metrics] of spellings) {
    it(`reads "${text.trim()}"`, () => {
      const { last, summary } = read(`${text}\n`);
      assert.equal(placeOf(last), place);
      const found = metricsOf(last);
      for (const [name, value] of Object.entries(metrics)) {
        assert.equal(found[name], value, name);
      }
      assert.equal(summary.framework, 'pytorch');
    });
  }

  it('counts from 0 when a 0 came first, and n/n then is one more', () => {
    assert.equal(placeOf(read('Epoch 0, Loss: 0.5\nEpoch 1, Loss: 0.4\n').last), '2/- -/-');
    assert.equal(
      placeOf(read('Epoch 0/24\ntrain Loss: 0.5 Acc: 0.8\nEpoch 24/24\ntrain Loss: 0.1 Acc: 0.9\n').last),
      '25/25 -/-',
    );
    assert.equal(placeOf(read('Epoch 0/10 loss=0.5\nEpoch 9/10 loss=0.4\n').last), '10/10 -/-');
  });

  it('does not take settings, other epochs or prose for progress', () => {
    const { points } = read(
      'batch_size: 16\nlearning_rate: 0.001\nlabel_smoothing=0.1\nnumber of parameters: 10.65M\nCUDA out of memory with batch=16. Reducing to batch=8 and retrying (1/3).\n',
    );
    assert.deepEqual(points, []);
    assert.equal(
      placeOf(read('Epoch 9/10 loss: 0.3\nRestoring weights of the best epoch 4\n').last),
      '9/10 -/-',
    );
  });

  it('learns the total from an announcement', () => {
    assert.equal(placeOf(read('num_epochs: 12\nEpoch 3 loss: 0.5\n').last), '3/12 -/-');
  });
});

describe('tqdm', () => {
  const bar = (label: string, step: number, total: number, postfix = ''): string =>
    `\r${label}${Math.floor((100 * step) / total)}%|████      | ${step}/${total} [00:00<00:10, 76.69it/s${postfix}]`;

  it('reads the epoch from the label and the metrics from the postfix', () => {
    const { points } = read(
      `${bar('Epoch 1/5: ', 0, 47)}${bar('Epoch 1/5: ', 9, 47, ', loss=2.2886, lr=0.001')}`,
    );
    assert.deepEqual(points.map(placeOf), ['1/5 0/47', '1/5 9/47']);
    assert.deepEqual(metricsOf(points[1]), { loss: 2.2886, lr: 0.001 });
  });

  it('does not let evaluation move the training, but keeps what it measures', () => {
    const { points, last } = read(
      `${bar('Training: ', 75, 75)}\n${bar('Validation: ', 3, 26, ', loss=0.7')}\n${bar('Evaluating: ', 26, 26)}\n`,
    );
    assert.equal(placeOf(last), '-/- 75/75');
    assert.deepEqual([points[1]?.phase, metricsOf(points[1])], ['validation', { loss: 0.7 }]);
  });

  it('ignores downloads, preparation and bars of other things', () => {
    const { points } = read(
      `100%|██████████| 5.28M/5.28M [00:00<00:00, 72.5MB/s]\n${bar('Tokenizing train dataset: ', 40, 40)}\nGenerating train split: 1490 examples [00:00, 32441.41 examples/s]\n${bar('whatever: ', 1, 3)}\n`,
    );
    assert.deepEqual(points, []);
  });

  it('understands a bar of epochs around a bar of steps', () => {
    const { last } = read(`${bar('Epoch: ', 1, 3)}${bar('Iteration: ', 5, 782)}`);
    assert.equal(placeOf(last), '2/3 5/782');
    assert.equal(placeOf(read(bar('Epochs: ', 4, 10, ', loss=0.5')).last), '4/10 -/-');
  });

  it('takes steps in texts between bars for remarks', () => {
    const { points, last } = read(
      `${bar('Training: ', 51, 75)}Loss after 200 steps: 0.57\n${bar('Training: ', 75, 75)}\n`,
    );
    assert.ok(points.some((point) => point.step === 200 && metricsOf(point).loss === 0.57));
    assert.equal(placeOf(last), '-/- 75/75');
  });

  it('reads bars that Colab prints without their middle', () => {
    assert.equal(
      placeOf(read('Epoch 5/5: 100% 47/47 [00:00<00:00, 172.88it/s, loss=0.5871]').last),
      '5/5 47/47',
    );
  });
});
