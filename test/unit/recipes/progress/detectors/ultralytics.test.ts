import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { metricsOf, placeOf, read } from '../reading.js';

const header = '      Epoch    GPU_mem   box_loss   cls_loss    l1_loss  Instances       Size\n';
const scores =
  '                 Class     Images  Instances      Box(P          R      mAP50  mAP50-95): 100% ━━━━━━━━━━━━ 1/1 2.3it/s 0.4s\n';

describe('Ultralytics', () => {
  it('names the losses after the header and keeps the last state of a bar', () => {
    const row = '\r\u001b[K      1/3      1.4G      1.077      5.017     -0.003         17        640: ';
    const { points } = read(
      `${header}${row}0% ──────────── 0/12  0.1s${row}100% ━━━━━━━━━━━━ 12/12 2.7it/s 4.4s0.4s\n`,
    );
    assert.equal(placeOf(points.at(-1)), '1/3 12/12');
    assert.deepEqual(metricsOf(points.at(-1)), { box_loss: 1.077, cls_loss: 5.017, l1_loss: -0.003 });
  });

  it('reads the scores of all classes as validation of the same epoch', () => {
    const { last, summary } = read(
      `${header}      2/3      1.4G      1.0      2.0      0.3         17        640: 100%|██████████| 12/12 [00:04<00:00,  2.7it/s]\n${scores}                   all         16        127     0.0133      0.504     0.0116    0.00726\n`,
    );
    assert.equal(placeOf(last), '2/3 12/12');
    assert.equal(last?.phase, 'validation');
    assert.deepEqual(metricsOf(last), {
      precision: 0.0133,
      recall: 0.504,
      mAP50: 0.0116,
      'mAP50-95': 0.00726,
    });
    assert.equal(summary.framework, 'ultralytics');
  });

  it('gives the scores of boxes and masks their group', () => {
    const { last } = read(
      'Class Images Instances Box(P R mAP50 mAP50-95) Mask(P R mAP50 mAP50-95): 100% 7/7 [00:05<00:00, 1.1it/s]\n  all 200 249 0.1 0.2 0.3 0.4 0.5 0.6 0.7 0.8\n',
    );
    assert.deepEqual(metricsOf(last), {
      Box_P: 0.1,
      Box_R: 0.2,
      Box_mAP50: 0.3,
      'Box_mAP50-95': 0.4,
      Mask_P: 0.5,
      Mask_R: 0.6,
      Mask_mAP50: 0.7,
      'Mask_mAP50-95': 0.8,
    });
  });

  it('counts the epochs of YOLOv5 from 0 and knows its columns', () => {
    const { last, summary } = read(
      '     Epoch   gpu_mem       box       obj       cls     total    labels  img_size\n     29/29     9.91G   0.07   0.02   0.03   0.12   150   640: 100%|██████████| 37/37 [00:20<00:00,  1.8it/s]\n',
    );
    assert.equal(placeOf(last), '30/30 37/37');
    assert.deepEqual(metricsOf(last), { box: 0.07, obj: 0.02, cls: 0.03, total: 0.12 });
    assert.equal(summary.framework, 'yolov5');
  });

  it('keeps nan losses and reads rows whose header was cut off', () => {
    const { last } = read('  5/9   0G   nan   2.5   1.5   9   64: 50% ━━━━━━────── 3/6 5.2it/s 0.4s<0.6s\n');
    assert.equal(placeOf(last), '5/9 3/6');
    assert.deepEqual(metricsOf(last), { box_loss: 'nan', cls_loss: 2.5, dfl_loss: 1.5 });
  });

  it('knows the total, the folder, the checkpoint and the end from its messages', () => {
    const { summary } = read(
      'Logging results to \u001b[1mruns/detect/train\u001b[0m\nStarting training for 40 epochs...\nEarlyStopping: Training stopped early as no improvement observed in last 5 epochs.\nOptimizer stripped from runs/detect/train/weights/best.pt, 6.2MB\n',
    );
    const { totalEpochs, saveDir, checkpoint } = summary.state;
    assert.deepEqual(
      [totalEpochs, saveDir, checkpoint, summary.finished],
      [40, 'runs/detect/train', 'runs/detect/train/weights/best.pt', true],
    );
  });

  it('takes a bar between header and first row for the first step', () => {
    const { last } = read(
      `Starting training for 100 epochs...\n${header}  0%|          | 0/2 [00:05<?, ?it/s]\n`,
    );
    assert.equal(placeOf(last), '-/100 0/2');
  });

  it('does not count the bars that scan the dataset', () => {
    const { points } = read(
      '\r\u001b[Ktrain: Scanning labels... 48 images, 0 backgrounds, 0 corrupt: 100% ━━━━━━━━━━━━ 48/48 902.6it/s 0.1s\n',
    );
    assert.deepEqual(points, []);
  });
});
