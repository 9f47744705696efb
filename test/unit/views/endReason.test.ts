import assert from 'node:assert/strict';
import { afterEach, describe, it } from 'node:test';
import { explainEnd } from '../../../src/jobs/explainEnd.js';
import type { Reason, TrainingEnd } from '../../../src/jobs/job.js';
import { speak } from '../../../src/l10n.js';
import { ProgressReader } from '../../../src/recipes/progress/index.js';
import { reasonWords } from '../../../src/views/endReason.js';

const model = { role: 'model', path: '/m/model.json', sha256: 'ab', bytes: 2 } as const;

/** What the engine writes down of a training that printed nothing. */
function written(cause: TrainingEnd['cause'], hasModel = true): Reason {
  const { summary } = new ProgressReader({ recipe: 'script' }).end({ code: 0, signal: null });
  const training: TrainingEnd = { exitCode: 0, signal: null, cause, message: null };
  return explainEnd(training, summary, hasModel ? [model] : []).reason;
}

const known = [
  written('exited'),
  written('exited', false),
  written('deadline'),
  written('stalled'),
  written('vanished'),
];

describe('why a job ended', () => {
  afterEach(() => speak({}));

  it('is what the engine wrote down where nothing is translated', () => {
    for (const reason of known) {
      assert.deepEqual(reasonWords(reason), { message: reason.message, fix: reason.fix }, reason.code);
    }
  });

  it('is said in the language of the user where the code says it all', () => {
    speak(
      Object.fromEntries(
        known.flatMap(({ message, fix }) => [
          [message, 'anders'],
          [fix ?? '', 'so'],
        ]),
      ),
    );
    for (const reason of known) {
      const words = { message: 'anders', fix: reason.fix === null ? null : 'so' };
      assert.deepEqual(reasonWords(reason), words, reason.code);
    }
  });

  it('stays as it was written where a machine or a framework had the word', () => {
    const reason = { code: 'start-failed', message: 'No python3 there.', fix: null };
    assert.deepEqual(reasonWords(reason), { message: reason.message, fix: null });
  });
});
