import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { metricsOf, placeOf, read } from '../reading.js';

describe('mmengine and mmcv', () => {
  it('reads epochs, steps, metrics and the time left', () => {
    const { last, summary } = read(
      '2024/01/24 02:47:35 - mmengine - INFO - Epoch(train)  [83][  50/2693]  lr: 3.9620e-04  eta: 14:57:00  time: 1.1  loss: 1917.3984  loss_cls: 708.9\n',
    );
    assert.equal(placeOf(last), '83/- 50/2693');
    assert.deepEqual(metricsOf(last), { lr: 3.962e-4, time: 1.1, loss: 1917.3984, loss_cls: 708.9 });
    assert.deepEqual([summary.framework, summary.state.etaSeconds], ['mmdet', 14 * 3600 + 57 * 60]);
  });

  it('reads runs that count iterations, and validation', () => {
    const { points } = read(
      '2024/01/24 02:47:35 - mmengine - INFO - Iter(train) [   50/90000]  lr: 3.9e-04  eta: 1 day, 14:57:00  loss: 1.5\n2024/01/24 02:48:35 - mmengine - INFO - Iter(val) [50/50]    aAcc: 71.5  mIoU: 41.2\n',
    );
    assert.equal(placeOf(points[0]), '-/- 50/90000');
    assert.deepEqual([points[1]?.phase, metricsOf(points[1])], ['validation', { aAcc: 71.5, mIoU: 41.2 }]);
  });

  it('reads mmcv 1', () => {
    const { last } = read(
      '2021-06-01 10:00:00,123 - mmdet - INFO - Epoch [1][100/62598]\tlr: 1.000e-03, eta: 6 days, 15:22:46, loss: 1.9091, grad_norm: nan\n',
    );
    assert.equal(placeOf(last), '1/- 100/62598');
    assert.deepEqual(metricsOf(last), { lr: 0.001, loss: 1.9091, grad_norm: 'nan' });
  });
});

describe('detectron2', () => {
  it('reads iterations and is done when no time is left', () => {
    const { last, summary } = read(
      '[11/09 14:49:42 d2.utils.events]:  eta: 0:00:00  iter: 1999  total_loss: 0.4948  lr: 0.001  max_mem: 2756M\n',
    );
    assert.equal(placeOf(last), '-/- 1999/-');
    assert.deepEqual(metricsOf(last), { total_loss: 0.4948, lr: 0.001 });
    assert.deepEqual([summary.framework, summary.finished], ['detectron2', true]);
  });
});

describe('YOLOX', () => {
  it('reads its row behind the loguru prefix and ignores the evaluation bar', () => {
    const { last, summary } = read(
      '\u001b[32m2021-08-01 16:59:33\u001b[0m | \u001b[1mINFO    \u001b[0m | \u001b[36myolox.core.trainer\u001b[0m:\u001b[36m255\u001b[0m - \u001b[1mepoch: 56/300, iter: 10/114, mem: 13702Mb, iter_time: 0.915s, total_loss: 3.2, lr: 2.317e-03, ETA: 7:08:31\u001b[0m\n100%|##########| 7/7 [00:02<00:00,  2.55it/s]\n',
    );
    assert.equal(placeOf(last), '56/300 10/114');
    assert.deepEqual(metricsOf(last), { total_loss: 3.2, lr: 2.317e-3 });
    assert.equal(summary.framework, 'yolox');
  });
});

describe('timm', () => {
  it('counts epochs from 0 and keeps validation apart', () => {
    const { points, summary } = read(
      'Train: 0 [  32/33 (100%)]  Loss: 1.336 (4.00)  Time: 0.934s,    8.57/s  (0.218s,   36.68/s)  LR: 5.000e-04  Data: 0.000 (0.014)\nTest: [  29/29]  Time: 0.041 (0.064)  Loss:  0.5951 (0.5882)  Acc@1: 81.2500 (87.5000)\n',
    );
    assert.equal(placeOf(points[0]), '1/- 32/33');
    assert.deepEqual(metricsOf(points[0]), { loss: 1.336, lr: 5e-4, data: 0 });
    assert.deepEqual([points[1]?.phase, metricsOf(points[1])['Acc@1']], ['validation', 81.25]);
    assert.equal(summary.framework, 'timm');
  });
});

describe('MetricLogger', () => {
  it('reads values with their averages, and is not misled by the total time', () => {
    const { points, summary } = read(
      'Epoch: [0]  [64/65]  eta: 0:00:52  lr: 0.000100  class_error: 50.31  loss: 4.4562 (6.2773)  max mem: 4838\nEpoch: [0] Total time: 0:00:59 (0.9 s / it)\nTest:  [ 0/24]  eta: 0:00:10  class_error: 5.81  loss: 4.2701 (4.2701)\n',
    );
    assert.equal(placeOf(points[0]), '1/- 64/65');
    assert.equal(metricsOf(points[0]).loss, 4.4562);
    assert.deepEqual([placeOf(points.at(-1)), points.at(-1)?.phase], ['1/- 64/65', 'validation']);
    assert.equal(summary.framework, 'rf-detr');
  });

  it('reads the ImageNet example, which writes no colons', () => {
    const { points } = read(
      'Epoch: [0][  10/5005]\tTime  0.352 ( 0.552)\tLoss 6.9e+00 (7.0e+00)\tAcc@1   0.00 (  0.00)\n',
    );
    assert.equal(placeOf(points[0]), '1/- 10/5005');
    assert.deepEqual(metricsOf(points[0]), { time: 0.352, loss: 6.9, 'Acc@1': 0 });
  });
});
