import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { metricsOf, placeOf, read } from '../reading.js';

describe('Hugging Face Trainer', () => {
  it('joins the bar and the dict glued behind it into one point', () => {
    const { points } = read(
      "  5%|▌         | 10/200 [00:53<16:18,  5.15s/it]{'loss': 0.69, 'learning_rate': 4.5e-06, 'epoch': 0.01}\n",
    );
    assert.equal(points.length, 1);
    assert.equal(placeOf(points[0]), '0.01/- 10/200');
    assert.deepEqual(metricsOf(points[0]), { loss: 0.69, learning_rate: 4.5e-6 });
  });

  it('reads values that are strings, and nan that is bare', () => {
    const { points } = read(
      "[  222.6s] {'loss': '5.072', 'grad_norm': nan, 'learning_rate': '0', 'epoch': '0.009302'}\n",
    );
    assert.deepEqual(metricsOf(points[0]), { loss: 5.072, grad_norm: 'nan', learning_rate: 0 });
    assert.equal(points[0]?.epoch, 0.009302);
  });

  it('takes the totals from the header and does not count the evaluation bar', () => {
    const { last, summary } = read(
      '***** Running training *****\n  Num Epochs = 2\n  Total optimization steps = 1,000\n' +
        "\r  1%|          | 10/1000 [00:10<10:00,  1.0it/s]\n{'loss': 1.5, 'learning_rate': 5e-05, 'epoch': 0.02}\n" +
        "\r 50%|█████     | 10/20 [00:01<00:01, 9.0it/s]\u001b[A{'eval_loss': 1.4, 'eval_runtime': 2.0, 'epoch': 0.02}\n",
    );
    assert.equal(placeOf(last), '0.02/2 10/1000');
    assert.equal(last?.phase, 'validation');
    assert.equal(summary.framework, 'hf-trainer');
  });

  it('derives the epoch from the bar until a dict says it', () => {
    const header = '   \\\\   /|    Num examples = 10,500 | Num Epochs = 12 | Total steps = 1,200\n';
    assert.equal(
      placeOf(read(`${header}  0%|          | 0/1200 [00:00<?, ?it/s]Unsloth: offloading\n`).last),
      '0/12 0/1200',
    );
    assert.equal(
      placeOf(read(`${header} 50%|█████     | 600/1200 [00:50<00:50, 12it/s]`).last),
      '6/12 600/1200',
    );
  });

  it('ignores the bars before training', () => {
    const { last } = read(
      'Loading checkpoint shards: 100%|██████████| 2/2 [00:07<00:00,  3.95s/it]\nMap: 100%|██████████| 90/90 [00:00<00:00, 2275.60 examples/s]\n' +
        "  0%|          | 0/282 [00:00<?, ?it/s]\n{'loss': 5.8, 'learning_rate': 0.0001, 'epoch': 0.11}\n",
    );
    assert.equal(placeOf(last), '0.11/- 0/282');
  });

  it('finishes on train_runtime and knows the total when the last epoch is whole', () => {
    const { summary, last } = read("{'train_runtime': 350.2, 'train_loss': 1.06, 'epoch': 3.0}\n");
    assert.equal(summary.finished, true);
    assert.equal(placeOf(last), '3/3 -/-');
    assert.equal(
      placeOf(read("{'train_runtime': 98.9, 'train_loss': 4.8, 'epoch': 0.04651}\n").last),
      '0.04651/- -/-',
    );
  });

  it('reads a dict that the terminal cut, with the counters of ms-swift', () => {
    const { points } = read(
      "{'loss': 0.1, 'learning_rate': 5.4e-05, 'epoch': 0.05, 'global_step/max_steps': '600/22156', 'elapsed_tim\ne': '3h'}\n",
    );
    assert.equal(placeOf(points[0]), '0.05/- 600/22156');
  });

  it('follows the bar of a second training', () => {
    const training = (total: number, loss: string): string =>
      `\r 50%|█████     | 5/${total} [00:10<00:10,  1.0it/s]\n{'loss': ${loss}, 'learning_rate': 1e-05, 'epoch': 0.5}\n{'train_runtime': 9.0, 'train_loss': 1.0, 'epoch': 1.0}\n`;
    const { points, summary } = read(`${training(10, '1.5')}${training(20, '0.7')}`);
    assert.ok(points.some((point) => point.totalSteps === 20 && metricsOf(point).loss === 0.7));
    assert.equal(summary.finished, true);
  });

  it('reads JSON lines that a loop prints under the same names', () => {
    const { points, summary } = read(
      '{"epoch": 1, "epochs": 3, "loss": 0.5}\n{"epoch": 2, "epochs": 3, "loss": NaN}\n',
    );
    assert.deepEqual(points.map(placeOf), ['1/3 -/-', '2/3 -/-']);
    assert.equal(metricsOf(points[1]).loss, 'nan');
    assert.equal(summary.framework, 'pytorch');
  });
});
