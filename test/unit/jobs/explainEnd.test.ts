import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { explainEnd } from '../../../src/jobs/explainEnd.js';
import type { CollectedFile, TrainingEnd } from '../../../src/jobs/job.js';
import { ProgressReader } from '../../../src/recipes/progress/index.js';

const model: CollectedFile = { role: 'model', path: '/m/model.json', sha256: 'ab', bytes: 2 };
const exited = (exitCode: number): TrainingEnd => ({
  exitCode,
  signal: null,
  cause: 'exited',
  message: null,
});

/** Explains the end of a training that printed this. */
function endOf(training: TrainingEnd, log: string, files: readonly CollectedFile[] = [model]) {
  const reader = new ProgressReader({ recipe: 'script' });
  reader.push(Buffer.from(log));
  const { summary } = reader.end({ code: training.exitCode, signal: training.signal });
  const { outcome, reason } = explainEnd(training, summary, files);
  return { outcome, code: reason.code, message: reason.message, fix: reason.fix };
}

describe('explainEnd', () => {
  it('lets the exit code decide', () => {
    assert.equal(
      endOf(exited(0), 'Traceback (most recent call last):\nValueError: caught\n').outcome,
      'succeeded',
    );
    assert.equal(endOf(exited(3), 'all is well\n').outcome, 'failed');
  });

  it('takes the cause of a crash from the log', () => {
    const { code, fix } = endOf(exited(1), "ModuleNotFoundError: No module named 'polars'\n");
    assert.equal(code, 'missing-module');
    assert.ok(fix);
  });

  it('says when there is no model, and when the loss was worthless', () => {
    assert.equal(endOf(exited(0), '', []).code, 'no-model');
    const nan = endOf(exited(0), 'epoch 1/2 loss nan\nepoch 2/2 loss nan\n');
    assert.equal(nan.code, 'finished-with-warning');
    assert.match(nan.message, /NaN/);
  });

  it('names the signal that ended it', () => {
    const training: TrainingEnd = { exitCode: null, signal: 'SIGHUP', cause: 'exited', message: null };
    assert.match(endOf(training, '').message, /ended by SIGHUP/);
  });

  it('calls a stop cancelled, and every limit a failure with a way on', () => {
    const end = (cause: TrainingEnd['cause']): TrainingEnd => ({ ...exited(0), cause });
    assert.equal(endOf(end('stopped'), '').outcome, 'cancelled');
    for (const cause of ['deadline', 'stalled', 'vanished'] as const) {
      const { outcome, code, fix } = endOf(end(cause), '');
      assert.deepEqual([outcome, code], ['failed', cause]);
      assert.ok(fix, cause);
    }
  });
});
