import assert from 'node:assert/strict';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, it } from 'node:test';
import { newScore, readLabelledLogs, scoreLog } from './corpusScore.js';
import { read } from './reading.js';

const folder = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../../../fixtures/logs');

/** Output of real trainings, byte for byte, with what a person reads in it. */
describe('the captured log', () => {
  for (const log of readLabelledLogs(folder)) {
    it(`${log.name} is read as it is labelled`, () => {
      const score = newScore();
      scoreLog(log, score);
      assert.deepEqual(score.misses, []);
      assert.ok(score.finals.all > 0 && score.places.all > 0);
    });

    it(`${log.name} is finished and without error when its program ended with 0`, () => {
      const { finished, error } = read(log.bytes, { code: 0 }).summary;
      assert.deepEqual([finished, error], [true, null]);
    });
  }
});
