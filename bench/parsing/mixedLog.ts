import { createHash } from 'node:crypto';

const steps = 1000;

const shapes: readonly ((index: number) => string)[] = [
  (i) => `Epoch ${1 + Math.floor(i / steps)} step ${i % steps} loss ${(5 / (i + 1)).toFixed(6)}\n`,
  (i) =>
    `\rEpoch 1/5:  19%|█▉        | ${i % steps}/1000 [00:00<00:00, 76.69it/s, loss=2.2${i % 97}, lr=0.001]`,
  (i) => `{'loss': ${(5 / (i + 1)).toFixed(4)}, 'grad_norm': 1.25, 'learning_rate': 0.0001, 'epoch': 0.5}\n`,
  (i) => `[${i}]\ttrain-logloss:0.46304\teval-logloss:0.4${i % 97}\n`,
  (i) => `[08:12:${10 + (i % 50)}] worker ${i % 8}: fetched batch in 0.0${i % 9} s\n`,
  // Now and then words that never come again: nothing may be kept of them.
  (i) =>
    i % 64 === 5
      ? `saved ${createHash('sha1').update(String(i)).digest('base64')} loss: 0.${i % 97}\n`
      : `Iteration ${i}, loss = 0.${i % 97}, 12.${i % 10} samples/s\n`,
  (i) => `\u001b[32mINFO\u001b[0m shard ${i} of /data/images/train/part-${i}.tar (cached)\r\n`,
  (i) => (i % 1000 === 7 ? `Traceback (most recent call last):\nValueError: caught ${i}\n` : `step ${i}\n`),
];

/** A line of a log in which every kind of output takes its turn. */
export function mixedLine(index: number): string {
  const shape = shapes[index % shapes.length];
  return shape ? shape(index) : '';
}
