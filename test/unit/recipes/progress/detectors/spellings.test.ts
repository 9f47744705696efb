import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { metricsOf, placeOf, read } from '../reading.js';

interface Spelling {
  readonly of: string;
  readonly framework: string;
  readonly text: string;
  /** Of the last point. */
  readonly place: string;
  /** On any of the points. */
  readonly metrics: Readonly<Record<string, number | string>>;
}

/** One line or a few, as versions and launchers of frameworks print them. */
const spellings: readonly Spelling[] = [
  {
    of: 'mmcv 1 with days left and blanks for a tab',
    framework: 'mmdet',
    text: '2020-05-15 14:41:49,633 - mmdet - INFO - Epoch [1][250/2500]    lr: 0.00125, eta: 1 day, 15:06:01, time: 1.870, s0.acc: 94.4818, loss: 1.7653',
    place: '1/- 250/2500',
    metrics: { lr: 0.00125, 's0.acc': 94.4818, loss: 1.7653 },
  },
  {
    of: 'mmcv validation glued behind its bar',
    framework: 'mmdet',
    text: '[>>>>>>>>>>>>>>] 50/50, 163.1 task/s, elapsed: 0s, ETA:     0s2021-07-14 13:52:36,901 - mmcls - INFO - Epoch(val) [1][2]\taccuracy_top-1: 22.0000, accuracy_top-3: 38.0000',
    place: '1/- -/-',
    metrics: { 'accuracy_top-1': 22, 'accuracy_top-3': 38 },
  },
  {
    of: 'mmengine without a year, every loss nan',
    framework: 'mmdet',
    text: '08/03 22:09:24 - mmengine - INFO - Epoch(train)  [1][ 500/2931]  lr: 2.0000e-02  eta: 0:39:15  loss: nan  acc: 0.0000',
    place: '1/- 500/2931',
    metrics: { lr: 0.02, loss: 'nan', acc: 0 },
  },
  {
    of: 'detectron2 before it knows the time left',
    framework: 'detectron2',
    text: '[03/11 21:47:38 d2.utils.events]:  eta: N/A  iter: 60  total_loss: 2.940  loss_rpn_loc: 0.014      lr: 0.000015  max_mem: 8517M',
    place: '-/- 60/-',
    metrics: { total_loss: 2.94, loss_rpn_loc: 0.014, lr: 0.000015 },
  },
  {
    of: 'YOLOX with the memory of the machine and days left',
    framework: 'yolox',
    text: '2021-11-25 03:51:03.360 | INFO | yolox.core.trainer:after_iter:238 - epoch: 48/300, iter: 5890/7393, gpu mem: 13208Mb, mem: 24.6Gb, iter_time: 0.571s, total_loss: 10.8, lr: 2.366e-03, size: 800, ETA: 12 days, 10:35:16',
    place: '48/300 5890/7393',
    metrics: { total_loss: 10.8, lr: 2.366e-3 },
  },
  {
    of: 'YOLOv7, whose totals have a column',
    framework: 'yolov5',
    text: '     Epoch   gpu_mem       box       obj       cls     total    labels  img_size\n   32/4999     55.1G   0.05461   0.01017   0.03715    0.1019        26      1856: 100%|██████████| 295/295 [12:51<00:00,  2.62s/it]',
    place: '33/5000 295/295',
    metrics: { box: 0.05461, obj: 0.01017, cls: 0.03715, total: 0.1019 },
  },
  {
    of: 'YOLOv5 whose bars say only the time',
    framework: 'yolov5',
    text: '      Epoch    GPU_mem   box_loss   obj_loss   cls_loss  Instances       Size\n        0/1      22.4G    0.07281    0.08384    0.06359        199        640: 100%|██████████| 1849/1849 13:15',
    place: '1/2 1849/1849',
    metrics: { box_loss: 0.07281, obj_loss: 0.08384, cls_loss: 0.06359 },
  },
  {
    of: 'Ultralytics in a narrow terminal',
    framework: 'ultralytics',
    text: '      Epoch    GPU_mem   box_loss   cls_loss   dfl_loss  Instances       Size\n      13/30      13.1G      1.822      21.96     0.5235          9        576: 100%|█\n                 Class     Images  Instances      Box(P          R      mAP50  mAP50-\n                   all         48         28        0.1        0.2        0.3        0.4',
    place: '13/30 -/-',
    metrics: { precision: 0.1, recall: 0.2, mAP50: 0.3, 'mAP50-95': 0.4 },
  },
  {
    of: 'the oldest LightGBM',
    framework: 'lightgbm',
    text: "[LightGBM] [Info] Iteration:999, training's log loss: 0.004589",
    place: '-/- 999/-',
    metrics: { 'training log loss': 0.004589 },
  },
  {
    of: 'Keras 1 with a count of samples',
    framework: 'keras',
    text: 'Epoch 1/200\n50000/50000 [==============================] - 678s - loss: 1.7646 - acc: 0.3460\nEpoch 2/200\n50000/50000 [==============================] - 701s - loss: 1.3731 - acc: 0.5027 - val_loss: 1.0936',
    place: '2/200 50000/50000',
    metrics: { loss: 1.3731, acc: 0.5027, val_loss: 1.0936 },
  },
  {
    of: 'Keras with a remark glued behind the bar',
    framework: 'keras',
    text: 'Epoch 1/10\n  3/234 [..............................] - ETA: 33:37:24 - loss: 44.4110Batch 3: Invalid loss, terminating training',
    place: '1/10 3/234',
    metrics: { loss: 44.411 },
  },
  {
    of: 'GRPO',
    framework: 'hf-trainer',
    text: "  0%|          | 3/1562 [18:48<164:33:29, 379.99s/it]\n{'loss': -0.0684, 'grad_norm': 6.230460166931152, 'learning_rate': 1.946508172362556e-06, 'completions/mean_length': 163.0, 'rewards/f/mean': 0.375, 'reward': 0.375, 'epoch': 0.02}",
    place: '0.02/- 3/1562',
    metrics: { loss: -0.0684, grad_norm: 6.230460166931152, 'completions/mean_length': 163, reward: 0.375 },
  },
  {
    of: 'axolotl',
    framework: 'hf-trainer',
    text: "[2023-09-17 13:18:20,123] [INFO] [axolotl.scripts.train:89] [PID:123] [RANK:0] starting trainer\n{'loss': 1.1234, 'learning_rate': 2e-05, 'epoch': 0.02}\n  1%|▏         | 2/150 [00:05<05:59,  2.43s/it]",
    place: '0.02/- 2/150',
    metrics: { loss: 1.1234 },
  },
  {
    of: 'LLaMA-Factory behind its logger',
    framework: 'hf-trainer',
    text: "[INFO|trainer.py:2136] 2024-06-01 10:00:00,000 >>   Num Epochs = 3\n[INFO|trainer.py:2141] 2024-06-01 10:00:00,000 >>   Total optimization steps = 375\n[INFO|2024-06-01 10:00:10] llamafactory.train.callbacks:157 >> {'loss': 0.8000, 'learning_rate': 4.9e-05, 'epoch': 0.16, 'throughput': 1200.1}",
    place: '0.16/3 -/375',
    metrics: { loss: 0.8, throughput: 1200.1 },
  },
  {
    of: 'trainer_log.jsonl of LLaMA-Factory',
    framework: 'pytorch',
    text: '{"current_steps": 10, "total_steps": 375, "loss": 0.9, "lr": 4.9e-05, "epoch": 0.08, "percentage": 2.67, "remaining_time": "0:18:15"}',
    place: '0.08/- 10/375',
    metrics: { loss: 0.9, lr: 4.9e-5 },
  },
  {
    of: 'Ray',
    framework: 'hf-trainer',
    text: "(RayTrainWorker pid=4088, ip=10.0.0.2) {'loss': 1.5, 'learning_rate': 1e-05, 'epoch': 0.5}\n(RayTrainWorker pid=4088, ip=10.0.0.2)  50%|█████     | 10/20 [00:10<00:10,  1.0it/s]",
    place: '0.5/- 10/20',
    metrics: { loss: 1.5 },
  },
  {
    of: 'Lightning 1 under MPI',
    framework: 'lightning',
    text: '[1,mpirank:0,algo-1]<stdout>:#015Epoch 0: 100% 2/2 [00:00<00:00, 12.10it/s, loss=2.29, v_num=0, val_acc=0.166]',
    place: '1/- 2/2',
    metrics: { loss: 2.29, val_acc: 0.166 },
  },
  {
    of: 'Lightning whose version is a word',
    framework: 'lightning',
    text: 'Epoch 0: 14%|#4 | 10/74 [00:01<00:11, 5.50it/s, loss=1.06, v_num=N-35]',
    place: '1/- 10/74',
    metrics: { loss: 1.06 },
  },
  {
    of: 'OpenPCDet in the style of timm',
    framework: 'timm',
    text: '2023-01-05 16:34:49,377   INFO  Train:    1/3 ( 33%) [  49/323 ( 15%)]  Loss: 36.77 (81.7)  LR: 1.351e-04  Time cost: 00:15/01:25 [00:15/04:48]',
    place: '1/3 49/323',
    metrics: { loss: 36.77, lr: 1.351e-4 },
  },
  {
    of: 'log.txt of DETR and DeiT, from 0',
    framework: 'pytorch',
    text: '{"train_lr": 1e-06, "train_loss": 6.9, "test_loss": 6.5, "test_acc1": 0.5, "epoch": 0, "n_parameters": 11590840}\n{"train_lr": 1e-05, "train_loss": 3.2, "test_loss": 0.93, "test_acc1": 78.8, "epoch": 1, "n_parameters": 11590840}',
    place: '2/- -/-',
    metrics: { train_loss: 3.2, test_acc1: 78.8 },
  },
  {
    of: 'kohya behind rich',
    framework: 'kohya',
    text: '                    INFO     epoch is incremented. current_epoch: 0, epoch: 1                          train_util.py:779\nsteps:   1%|▋         | 41/3280 [00:50<1:06:54,  1.24s/it, avr_loss=nan]\nepoch 2/80\n',
    place: '2/80 41/3280',
    metrics: { avr_loss: 'nan' },
  },
  {
    of: 'torchtune',
    framework: 'pytorch',
    text: '1|25|Loss: 1.2345:   3%|▎         | 25/800 [01:30<46:12,  3.58s/it]',
    place: '1/- 25/800',
    metrics: { loss: 1.2345 },
  },
  {
    of: 'a bar that describes itself with its loss',
    framework: 'pytorch',
    text: 'Epoch 3 loss: 0.512: 40%|████      | 40/100 [00:10<00:15,  4.0it/s]',
    place: '3/- 40/100',
    metrics: { loss: 0.512 },
  },
  {
    of: 'nanoGPT',
    framework: 'pytorch',
    text: 'step 250: train loss 1.9, val loss 2.0\niter 250: loss 1.95, time 30.12ms, mfu 12.3%',
    place: '-/- 250/-',
    metrics: { loss: 1.95 },
  },
  {
    of: 'llm.c',
    framework: 'pytorch',
    text: 'step    1/76294 | loss 10.954 (+nanz)| norm 15.2 (+nanz)| lr 9.00e-07 | 1234.00 ms | 45.2% bf16 MFU',
    place: '-/- 1/76294',
    metrics: { loss: 10.954, lr: 9e-7 },
  },
  {
    of: 'the language model example of PyTorch',
    framework: 'pytorch',
    text: '| epoch   1 |   200/ 2928 batches | lr 5.00 | ms/batch 31.98 | loss  8.23 | ppl  3764.45',
    place: '1/- 200/2928',
    metrics: { lr: 5, loss: 8.23, ppl: 3764.45 },
  },
  {
    of: 'a dict behind an epoch',
    framework: 'pytorch',
    text: "epoch 0: {'accuracy': 0.85, 'f1': 0.9}",
    place: '1/- -/-',
    metrics: { accuracy: 0.85, f1: 0.9 },
  },
  {
    of: 'a GAN',
    framework: 'pytorch',
    text: '[Epoch 3] [Batch 12/40] [D loss: 0.52] [G loss: 1.32]',
    place: '3/- 12/40',
    metrics: { d_loss: 0.52, g_loss: 1.32 },
  },
  {
    of: 'a search with scores of training',
    framework: 'sklearn',
    text: '[CV 2/5] END ..C=1;, score=(train=0.912, test=0.874) total time=   0.1s',
    place: '-/- 1/-',
    metrics: { score: 0.874 },
  },
];

describe('a line', () => {
  for (const { of, framework, text, place, metrics } of spellings) {
    it(`of ${of} is read`, () => {
      const { points, last, summary } = read(`${text}\n`);
      assert.equal(summary.framework, framework);
      assert.equal(placeOf(last), place);
      const found = points.map(metricsOf);
      for (const [name, value] of Object.entries(metrics)) {
        assert.ok(
          found.some((one) => one[name] === value),
          `${name}=${value} is not in ${JSON.stringify(found)}`,
        );
      }
    });
  }
});

describe('the progress of a notebook', () => {
  const bar = '[ 22/290 02:50 < 38:04, 0.12 it/s, Epoch 0.36/5]\n';

  it('is its bar, and the table under it does not go back', () => {
    const { points, last } = read(`${bar}Step\tTraining Loss\n1\t2.552100\n10\t2.239800\n`);
    assert.equal(placeOf(last), '0.36/5 22/290');
    assert.deepEqual(
      points.slice(1, 3).map((point) => [point.step, metricsOf(point)]),
      [
        [1, { training_loss: 2.5521 }],
        [10, { training_loss: 2.2398 }],
      ],
    );
  });

  it('has a table by epochs whose first loss may be missing', () => {
    const { points, summary } = read(
      ' [1250/1250 10:21, Epoch 5/5]\nEpoch\tTraining Loss\tValidation Loss\n1\tNo log\t0.532100\n2\t0.412300\t0.498000\n',
    );
    assert.deepEqual(metricsOf(points[1]), { validation_loss: 0.5321 });
    assert.deepEqual(metricsOf(points[2]), { training_loss: 0.4123, validation_loss: 0.498 });
    assert.equal(summary.finished, true);
  });
});

describe('what is no news', () => {
  it('is the start score that LightGBM prints', () => {
    assert.deepEqual(
      read('[LightGBM] [Info] [binary:BoostFromScore]: pavg=0.460000 -> initscore=-0.160343\n').points,
      [],
    );
  });

  it('is a time beside every loss: only the last dict ends a training', () => {
    const dict = "{'loss': '14.88', 'learning_rate': '0.000156', 'epoch': '0.1', 'train_runtime': '110.7'}\n";
    assert.equal(read(dict).summary.finished, false);
  });

  it('is a loss of 0 under reinforcement learning, or with a gradient', () => {
    const grpo = "{'loss': 0.0, 'learning_rate': 7e-06, 'reward': 1.7, 'epoch': 0.31}\n";
    assert.equal(read(grpo.repeat(3)).summary.error, null);
    const moving = "{'loss': 0.0, 'grad_norm': 0.08, 'learning_rate': 7e-06, 'epoch': 0.31}\n";
    assert.equal(read(moving.repeat(3)).summary.error, null);
  });
});
