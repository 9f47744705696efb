import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { withoutPrefixes } from '../../../../src/recipes/progress/prefix.js';

describe('withoutPrefixes', () => {
  const prefixes = [
    '[rank0]: ',
    '[  222.6s] ',
    '[08:03:35] [STDERR] ',
    '[2024-09-09 17:43:57] [INFO] ',
    '(RayTrainWorker pid=4088, ip=10.0.0.2) ',
    '2024/01/24 02:47:35 - mmengine - INFO - ',
    '2021-08-02 15:19:10 | INFO     | yolox.core.trainer:254 - ',
    '08/08/2024 04:37:22 - INFO - __main__ - ',
    '[11/09 14:34:10 d2.utils.events]: ',
    'INFO:dataset.image:',
    '2024-05-01T10:00:00.123456789Z ',
    '[2023-09-17 13:18:20,123] [INFO] [axolotl.scripts.train:89] [PID:123] [RANK:0] ',
  ];
  for (const prefix of prefixes) {
    it(`takes "${prefix}" off`, () => {
      assert.equal(withoutPrefixes(`${prefix}loss: 0.5`).trim(), 'loss: 0.5');
    });
  }

  it('leaves boosting rounds, bars and tables alone', () => {
    for (const text of [
      '[200]\ttrain-auc:0.9',
      "[200] valid_1's auc: 0.9",
      '100%|██| 2/2 [00:01<00:00]',
      '0   0.1  0.2',
      'Epoch - 3',
      '[1,  2000] loss: 2.1',
    ]) {
      assert.equal(withoutPrefixes(text), text);
    }
  });
});
