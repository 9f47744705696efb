// Lines per second of the reader of training output, on the shapes it meets most: `node --import tsx bench/parse.ts`.
import { ProgressReader } from '../src/recipes/progress/index.js';

const lines = 300_000;
const chunkBytes = 64 * 1024;

const shapes: Readonly<Record<string, (index: number) => string>> = {
  'plain loop': (i) =>
    `Epoch: ${1 + Math.floor(i / 1000)}/500, Step: ${i % 1000}/1000, Loss: ${(5 / (i + 1)).toFixed(6)}\n`,
  xgboost: (i) => `[${i}]\ttrain-logloss:0.46304\ttrain-auc:0.99229\teval-logloss:0.48556\n`,
  'hf dict': (i) =>
    `{'loss': ${(5 / (i + 1)).toFixed(4)}, 'grad_norm': 1.25, 'learning_rate': 0.0001, 'epoch': ${(i / 1000).toFixed(2)}}\n`,
  'tqdm bar': (i) =>
    `\rEpoch 1/5:  19%|█▉        | ${i % 1000}/1000 [00:00<00:00, 76.69it/s, loss=2.2886, lr=0.001]`,
  keras: (i) =>
    `${i % 1719}/1719 [==============================] - 2s 1ms/step - loss: 0.7220 - accuracy: 0.7649\n`,
  'other output': (i) =>
    `INFO loading shard ${i} of the dataset from /data/images/train/part-${i}.tar (cached)\n`,
  mixed: (i) =>
    i % 10 === 0
      ? `Epoch ${1 + Math.floor(i / 10000)} step ${i} loss ${(5 / (i + 1)).toFixed(6)}\n`
      : `[08:12:${10 + (i % 50)}] worker ${i % 8}: fetched batch in 0.0${i % 9} s, queue depth ${i % 13}\n`,
};

for (const [name, shape] of Object.entries(shapes)) {
  const bytes = Buffer.from(Array.from({ length: lines }, (_, index) => shape(index)).join(''));
  read(bytes);
  const { points, seconds } = read(bytes);
  const perSecond = Math.round(lines / seconds).toLocaleString('en');
  console.log(
    `${name.padEnd(14)} ${perSecond} lines/s, ${Math.round(bytes.length / seconds / 1e6)} MB/s, ${points} points`,
  );
}

/** Processor time, so that other work on the machine disturbs less. */
function read(bytes: Buffer): { points: number; seconds: number } {
  const reader = new ProgressReader();
  const started = process.cpuUsage();
  let points = 0;
  for (let at = 0; at < bytes.length; at += chunkBytes) {
    points += reader.push(bytes.subarray(at, at + chunkBytes)).length;
  }
  points += reader.end().points.length;
  const { user, system } = process.cpuUsage(started);
  return { points, seconds: (user + system) / 1e6 };
}
