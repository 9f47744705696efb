import assert from 'node:assert/strict';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, it } from 'node:test';
import { newScore, readLabelledLogs, scoreLog, type Tally } from './corpusScore.js';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../../../..');
const folder = path.resolve(root, process.env.TRAINYARD_LOG_CORPUS ?? '../shared/logs');
const logs = readLabelledLogs(folder);

function share({ right, all }: Tally): number {
  return all === 0 ? 1 : right / all;
}

/** Real logs belong to their authors and are not in the repository: these tests exist where a corpus does. */
if (logs.length > 0) {
  describe(`${logs.length} labelled logs`, () => {
    const score = newScore();
    for (const log of logs) {
      scoreLog(log, score);
    }
    const misses = score.misses.join('\n');

    it('give 98 % of the final epochs and steps', () => {
      assert.ok(share(score.finals) >= 0.98, misses);
    });

    it('give 99 % of the metric values on their lines', () => {
      assert.ok(share(score.metrics) >= 0.99, misses);
    });

    it('give the epochs and steps of those lines', () => {
      assert.ok(share(score.places) >= 0.98, misses);
    });

    it('are told apart by whether they failed in 95 %', () => {
      assert.ok(share(score.errors) >= 0.95, misses);
    });
  });
}
