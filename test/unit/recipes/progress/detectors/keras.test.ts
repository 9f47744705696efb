import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { metricsOf, placeOf, read } from '../reading.js';

describe('Keras', () => {
  it('reads the coloured bars of Keras 3 that erase themselves', () => {
    const bar = (step: number, rest: string): string =>
      `\u001b[1m${step}/281\u001b[0m \u001b[32m━━━━━━\u001b[0m\u001b[37m━━━━\u001b[0m \u001b[1m5s\u001b[0m 9ms/step - ${rest}`;
    const erased = '\b'.repeat(70);
    const { points } = read(
      `Epoch 1/2\n${bar(1, 'accuracy: 0.1 - loss: 3.0')}${erased}\r${bar(281, 'accuracy: 0.37 - loss: 2.8e-04 - val_loss: 2.1')}\n`,
    );
    assert.deepEqual(points.map(placeOf), ['1/2 -/-', '1/2 1/281', '1/2 281/281']);
    assert.deepEqual(metricsOf(points[2]), { accuracy: 0.37, loss: 2.8e-4, val_loss: 2.1 });
  });

  it('takes the first value of a name: later ones are leftovers', () => {
    const { last } = read(
      'Epoch 8/10\n1875/1875 [==============================] - 2s 1ms/step - loss: 0.2701 - accuracy: 0.8999: 0s - loss: 0\n',
    );
    assert.deepEqual(metricsOf(last), { loss: 0.2701, accuracy: 0.8999 });
  });

  it('counts neither downloads nor evaluate and predict as training', () => {
    const { last, points, summary } = read(
      '11490434/11490434 ━━━━━━━━━━ 0s 0us/step\nEpoch 1/1\n422/422 ━━━━━━━━━━ 47s 108ms/step - loss: 0.4\n313/313 ━━━━━━━━━━ 1s 1ms/step - loss: 0.3\n1/1 ━━━━━━━━━━ 0s 50ms/step\n',
    );
    assert.equal(placeOf(last), '1/1 422/422');
    assert.equal(points.at(-1)?.phase, 'validation');
    assert.equal(summary.finished, true);
  });

  it('reads verbose=2, TensorFlow 1 and data of unknown length', () => {
    assert.equal(placeOf(read('Epoch 1/3\n281/281 - 2s - 8ms/step - loss: 1.5\n').last), '1/3 281/281');
    assert.deepEqual(metricsOf(read('Epoch 1/3\n - 2s - loss: 1.5 - acc: 0.5\n').last), {
      loss: 1.5,
      acc: 0.5,
    });
    assert.equal(placeOf(read('Epoch 1/3\n     59/Unknown - 3s 20ms/step - loss: 1.5\n').last), '1/3 59/-');
  });

  it('knows the time left and the checkpoint', () => {
    const { summary } = read(
      'Epoch 2/9\n317/450 [====================>.........] - ETA: 17:45 - loss: 20.6\nEpoch 2: val_loss improved from 0.52 to 0.48, saving model to best.keras\n',
    );
    assert.equal(summary.state.etaSeconds, 17 * 60 + 45);
    assert.equal(summary.state.checkpoint, 'best.keras');
  });
});
