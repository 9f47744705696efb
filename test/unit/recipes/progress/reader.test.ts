import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ProgressReader, toJson } from '../../../../src/recipes/progress/index.js';
import { metricsOf, placeOf, read } from './reading.js';

/** A bit of everything that chunks can cut: multi-byte blocks, escapes, rewritten lines, dicts, JSON, a traceback. */
const mixed =
  'Epoch 1/2\n1/3 [=====>........] - ETA: 0s - loss: 0.9\b\b\b\b\r3/3 [==============] - 1s 2ms/step - loss: 0.7\r\n' +
  '\rEpoch 1/5:  19%|█▉        | 9/47 [00:00<00:00, 76.69it/s, loss=2.2886]\rEpoch 1/5: 100%|██████████| 47/47 [00:00<00:00, 76.69it/s, loss=1.5]\n' +
  "\u001b[36m(RayTrainWorker pid=4088, ip=10.0.0.2)\u001b[0m {'loss': 0.5, 'learning_rate': 1e-05, 'epoch': 0.5}\n" +
  '      Epoch    GPU_mem       loss  Instances       Size\n\r\u001b[K        1/2         0G      2.368         32         32: 15% ━╸────────── 2/13 4.4it/s 0.1s<2.5s' +
  '{"type": "progress", "data": {"epoch": 1, "total_epochs": 2, "metrics": {"ü": NaN}}}\n' +
  'Traceback (most recent call last):\nFileNotFoundError: \nDataset ä.yaml not found';

describe('ProgressReader', () => {
  it('gives the same points however the bytes are cut', () => {
    const whole = read(mixed);
    assert.ok(whole.points.length >= 4);
    for (const chunkBytes of [1, 2, 3, 5, 7, 11, 64, 100]) {
      const cut = read(mixed, undefined, chunkBytes);
      assert.deepEqual(cut.points, whole.points, `${chunkBytes} bytes`);
      assert.deepEqual(cut.summary, whole.summary, `${chunkBytes} bytes`);
    }
  });

  it('numbers the lines as newlines count them', () => {
    const { points } = read('noise\r\n\rnoise\n\nstep 5 loss: 0.5\nstep 6 loss: 0.4');
    assert.deepEqual(
      points.map(({ line }) => line),
      [4, 5],
    );
  });

  it('gives a point as soon as its line is over', () => {
    const reader = new ProgressReader();
    assert.equal(reader.push(Buffer.from('Epoch 1/5 loss: 0.5')).length, 0);
    assert.equal(reader.push(Buffer.from('\n')).length, 1);
  });

  it('shows the step and text of a bar that is still being written', () => {
    const reader = new ProgressReader();
    const bar = (step: number): string => `\r 10%|█         | ${step}/30 [00:53<16:18,  5.15s/it]`;
    reader.push(Buffer.from(bar(3) + bar(4)));
    assert.equal(reader.state.step, 4);
    assert.ok(reader.state.live.includes('4/30'));
    assert.equal(reader.state.phase, 'training');
  });

  it('ends with a point that says where the training was', () => {
    const { last } = read('Starting training for 100 epochs...\n');
    assert.equal(placeOf(last), '-/100 -/-');
  });

  it('never lets progress go down within a training, and stays below 1 until it is done', () => {
    const { points } = read('Epoch 1/2 loss: 0.5\nEpoch 2/2 loss: 0.4\nFinished training\n');
    assert.deepEqual(
      points.map(({ progress }) => progress),
      [0.5, 0.99],
    );
    assert.equal(read('Epoch 2/2 loss: 0.4\nFinished training\n').summary.state.progress, 1);
  });

  it('begins again from the start when another training begins', () => {
    const { points } = read('Epoch 9/10 loss: 0.5\nEpoch 1/10 loss: 0.9\n');
    assert.deepEqual(
      points.map(({ progress }) => progress),
      [0.9, 0.1],
    );
  });

  it('takes the recipe for a hint only', () => {
    const reader = new ProgressReader({ recipe: 'yolo' });
    assert.equal(reader.state.framework, 'ultralytics');
    reader.push(Buffer.from('[0]\ttrain-auc:0.9\n'));
    assert.equal(reader.end().summary.framework, 'xgboost');
  });
});

describe('our protocol', () => {
  it('is read anywhere in a line, with NaN and numbers as text', () => {
    const { points, summary } = read(
      '…it/s]{"type":"progress","data":{"epoch":"2","total_epochs":4,"progress":0.4,"metrics":{"loss":NaN,"up":-Infinity,"acc":"0.5"}}}\n',
    );
    assert.equal(placeOf(points[0]), '2/4 -/-');
    assert.equal(points[0]?.progress, 0.4);
    assert.deepEqual(metricsOf(points[0]), { loss: 'nan', up: '-inf', acc: 0.5 });
    assert.equal(summary.framework, 'trainyard');
  });

  it('adds to what is known and is not cleared by a message that says less', () => {
    const { last } = read(
      '{"type":"progress","data":{"epoch":2,"total_epochs":4}}\n{"type":"progress","data":{"metrics":{"loss":1}}}\n{"type":"end","data":{}}\n',
    );
    assert.equal(placeOf(last), '2/4 -/-');
  });

  it('silences what the program prints for people', () => {
    const { points } = read(
      '{"type":"progress","data":{"epoch":1,"metrics":{"loss":1}}}\nEpoch 7 loss: 0.5\n',
    );
    assert.equal(points.length, 1);
  });

  it('names results and explains errors', () => {
    const reader = new ProgressReader();
    reader.push(
      Buffer.from(
        '{"type":"model","path":"/out/model.pt"}\n{"type":"error","message":"The data have one class"}\n',
      ),
    );
    assert.deepEqual(reader.results, ['/out/model.pt']);
    assert.equal(reader.end({ code: 1 }).summary.error?.message, 'The data have one class.');
  });
});

describe('toJson', () => {
  it('writes what JSON has no numbers for as text', () => {
    const { points } = read('Epoch 3/4 loss: nan, up: inf, down: -inf, acc: 0.5\n');
    const [point] = points;
    assert.ok(point);
    assert.deepEqual(toJson(point), {
      event: 'point',
      line: 1,
      epoch: 3,
      totalEpochs: 4,
      step: null,
      totalSteps: null,
      progress: 0.75,
      metrics: { loss: 'nan', up: 'inf', down: '-inf', acc: 0.5 },
    });
  });
});
