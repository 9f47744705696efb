import { mixedLine } from './mixedLog.js';

const steps = 1000;
const loss = (index: number): string => (5 / (index + 1)).toFixed(6);

/** What programs print when they print nothing but progress, one line or one state of a bar an index. */
export const kinds: Readonly<Record<string, (index: number) => string>> = {
  'our protocol': (i) =>
    `{"type":"progress","data":{"epoch":${1 + Math.floor(i / steps)},"total_epochs":300,"step":${i},"metrics":{"loss":${loss(i)}},"status":"training"}}\n`,
  'XGBoost rounds': (i) => `[${i}]\ttrain-logloss:0.46304\ttrain-auc:0.99229\teval-logloss:0.48556\n`,
  'LightGBM rounds': (i) => `[${i}]\ttraining's auc: 0.979597\tvalid_1's auc: 0.8${i % steps}\n`,
  'Trainer dicts': (i) =>
    `{'loss': ${loss(i)}, 'grad_norm': 1.25, 'learning_rate': 9.868157163976622e-05, 'epoch': ${(i / steps).toFixed(2)}}\n`,
  'tqdm bars': (i) =>
    `\rEpoch 1/5:  19%|█▉        | ${i % steps}/1000 [00:00<00:00, 76.69it/s, loss=2.2886, lr=0.001]`,
  'Ultralytics rows': (i) =>
    `\r\u001b[K      ${1 + Math.floor(i / steps)}/300      1.4G      1.077      5.017     0.9003         17        640: 50% ━━━━━━────── ${i % steps}/1000 5.2it/s 0.4s<0.6s`,
  'Keras 2 bars': (i) =>
    `${i % 1719}/1719 [==============================] - 2s 1ms/step - loss: 0.7220 - accuracy: 0.7649\n`,
  'Keras 3 bars': (i) =>
    `\u001b[1m${i % 281}/281\u001b[0m \u001b[32m━━━━━━━━━━\u001b[0m\u001b[37m━━━━\u001b[0m \u001b[1m5s\u001b[0m 9ms/step - accuracy: 0.3746 - loss: 2.8028\r`,
  'plain lines': (i) => `epoch=${1 + Math.floor(i / steps)} step=${i % steps} loss=${loss(i)}\n`,
  'logged lines': (i) =>
    `2024-05-01 10:00:${10 + (i % 50)},123 - INFO - Epoch: ${1 + Math.floor(i / steps)}/500, Step: ${i % steps}/1000, Loss: ${loss(i)}\n`,
  'other output': (i) =>
    `INFO loading shard ${i} of the dataset from /data/images/train/part-${i}.tar (cached)\n`,
  'a tenth progress': (i) =>
    i % 10 === 0
      ? `Epoch ${1 + Math.floor(i / 10_000)} step ${i} loss ${loss(i)}\n`
      : `[08:12:${10 + (i % 50)}] worker ${i % 8}: fetched batch in 0.0${i % 9} s, queue depth ${i % 13}\n`,
  'all of them': mixedLine,
};
