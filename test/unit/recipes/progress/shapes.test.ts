import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { metricsOf, placeOf, read } from './reading.js';

/** What every line says when it is the only one of its shape: read the long way. */
function alone(lines: readonly string[]): readonly unknown[] {
  return lines.map((line) => metricsOf(read(`${line}\n`).points[0]));
}

/** What they say one after the other: from the second on, read by their digits. */
function together(lines: readonly string[]): readonly unknown[] {
  return read(lines.map((line) => `${line}\n`).join('')).points.map(metricsOf);
}

describe('lines of one shape', () => {
  const families: Readonly<Record<string, readonly string[]>> = {
    'decimals, signs and exponents': [
      'epoch 1 loss=0.5 lr=1.5e-05 kl=-0.25',
      'epoch 2 loss=12.0625 lr=7.25e-11 kl=-3.5',
      'epoch 3 loss=0.000000000000000001 lr=9.99e-300 kl=-0.0',
    ],
    'more digits than a double has': [
      "{'loss': 0.5191494464874268, 'learning_rate': 9.868157163976622e-05, 'epoch': 0.1}",
      "{'loss': 123456789012345678901234567890.5, 'learning_rate': 1.0000000000000000000001e-05, 'epoch': 0.2}",
      "{'loss': 0.30000000000000004, 'learning_rate': 2.2250738585072014e-308, 'epoch': 0.3}",
    ],
    'names with digits': [
      '[0]\tvalidation_0-auc:0.5\tvalidation_1-auc:0.6',
      '[1]\tvalidation_0-auc:0.7\tvalidation_1-auc:0.8',
      '[2]\tvalidation_2-auc:0.7\tvalidation_3-auc:0.8',
      "[3]\tvalid_1's auc: 0.25",
      "[4]\tvalid_2's auc: 0.5",
    ],
    'thousands, which only their number of digits tells': [
      'step 1,000 loss 0.5',
      'step 1,0000 loss 0.5',
      'step 12,500 loss 0.25',
    ],
    'colours, whose numbers are none': [
      '\u001b[1m5/9\u001b[0m \u001b[32m━━\u001b[0m 5s 9ms/step - loss: 0.5 - acc: 0.1',
      '\u001b[1m6/9\u001b[0m \u001b[33m━━\u001b[0m 5s 9ms/step - loss: 0.25 - acc: 0.2',
      '\u001b[1m60/90\u001b[0m \u001b[32m━━\u001b[0m 5s 9ms/step - loss: 0.\u001b[1m75\u001b[0m - acc: 0.3',
    ],
    'prefixes with clocks': [
      '2024-05-01T10:00:00.123Z INFO train.py:33 epoch 5: loss 0.5',
      '2024-05-01T10:00:01.456Z INFO train.py:33 epoch 6: loss 0.25',
    ],
    'our protocol': [
      '{"type":"progress","data":{"epoch":1,"metrics":{"loss":0.5,"top5":NaN},"status":"epoch 1 of 9"}}',
      '{"type":"progress","data":{"epoch":2,"metrics":{"loss":0.25,"top5":NaN},"status":"epoch 2 of 9"}}',
      '{"type":"progress","data":{"epoch":3,"metrics":{"loss":1e-3,"top5":-Infinity},"status":"done"}}',
      '{"type":"progress","data":{"epoch":4,"metrics":{"loss":2.5e-3,"top5":-Infinity},"status":"done"}}',
    ],
  };
  for (const [name, lines] of Object.entries(families)) {
    it(`are read as each of them alone: ${name}`, () => {
      assert.deepEqual(together(lines), alone(lines));
    });
  }

  it('move the epoch, the step and the time left', () => {
    const bar = (epoch: number, step: number): string =>
      `\rEpoch ${epoch}/5:  19%|█▉   | ${step}/470 [00:0${step % 10}<01:1${step % 10}, 76.69it/s, loss=2.2${step}]`;
    const { points } = read([bar(1, 8), bar(1, 9), bar(2, 120)].join(''));
    assert.deepEqual(points.map(placeOf), ['1/5 8/470', '1/5 9/470', '2/5 120/470']);
    const kohya = (step: number): string =>
      `\rsteps: 1%|  | ${step}/900 [00:10<1:02:0${step}, 1.1s/it, avr_loss=0.${step}]`;
    assert.equal(read(kohya(3) + kohya(4)).summary.state.etaSeconds, 3600 + 2 * 60 + 4);
  });

  it('follow a detector that asks more than it did before', () => {
    const dict = (loss: string): string => `{"epoch": 1, "loss": ${loss}, "note": "x"}\n`;
    const { points } = read(`${dict('0.5')}Epoch 2 loss: 0.4\n${dict('0.3')}`);
    assert.deepEqual(
      points.map((point) => metricsOf(point).loss),
      [0.5, 0.4, 0.3],
    );
  });
});
