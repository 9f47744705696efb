import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { JobSpec } from '../../../src/jobs/job.js';
import { remedyOf, type Remedy } from '../../../src/jobs/remedy.js';
import { recipes } from '../../../src/recipes/index.js';
import { parseParameters } from '../../../src/recipes/parameters.js';
import { jobAt, jobOf } from '../views/jobs.js';
import { spec, wholeLife } from './builders.js';

/** What helps a job that failed in its training for that reason. */
function remedyFor(code: string, overrides: Partial<JobSpec> = {}): Remedy | null {
  const events = wholeLife.slice(1, 8);
  const reason = { code, message: 'It failed.', fix: null };
  return remedyOf(
    jobOf([
      { type: 'planned', spec: spec(overrides) },
      ...events,
      { type: 'collected', files: [], outcome: 'failed', reason },
      { type: 'released' },
    ]),
  );
}

describe('the remedy of a failure', () => {
  it('is half the batch where the GPU had too little memory', () => {
    for (const recipe of recipes) {
      const { id, batchParameter } = recipe;
      if (batchParameter === undefined) continue;
      const parameters = { ...parseParameters(recipe, {}), [batchParameter]: 17 };
      const remedy = remedyFor('cuda-out-of-memory', { recipe: id, parameters });
      assert.ok(remedy?.kind === 'halveBatch', id);
      assert.equal(remedy.changes[batchParameter], 8);
      parseParameters(recipe, { ...parameters, ...remedy.changes });
    }
  });

  it('lets as many examples count for an update as before', () => {
    const parameters = { 'batch-size': '8', gradientAccumulation: 2 };
    assert.deepEqual(remedyFor('cuda-out-of-memory', { parameters }), {
      kind: 'halveBatch',
      changes: { 'batch-size': 4, gradientAccumulation: 4 },
    });
  });

  it('is nothing where no batch can be halved', () => {
    for (const parameters of [
      {},
      { batch: 1 },
      { batch: -1 },
      { batch: 'auto' },
      { batch: 0.5 },
      { batch: '' },
    ])
      assert.equal(remedyFor('cuda-out-of-memory', { parameters }), null);
    assert.equal(remedyFor('cuda-out-of-memory', { recipe: 'sklearn', parameters: { batch: 8 } }), null);
    assert.equal(remedyFor('cuda-out-of-memory', { recipe: 'of-tomorrow', parameters: { batch: 8 } }), null);
  });

  it('is room, a token or more time for what they help against', () => {
    assert.deepEqual(remedyFor('disk-full'), { kind: 'reclaimDisk' });
    const token = remedyFor('gated-model');
    assert.ok(token?.kind === 'addToken');
    assert.deepEqual([token.name, token.changes], ['HF_TOKEN', { hfToken: true }]);
    assert.match(token.why, /huggingface\.co\/settings\/tokens/);
    assert.equal(remedyFor('gated-model', { recipe: 'sklearn' }), null, 'a recipe that would not pass it on');
    for (const code of ['deadline', 'vanished']) assert.deepEqual(remedyFor(code), { kind: 'resume' });
  });

  it('is nothing for what only a person can mend, and while nothing has failed', () => {
    assert.equal(remedyFor('missing-column'), null);
    assert.equal(remedyOf(jobAt('training.started')), null);
    assert.equal(remedyOf(jobAt('released')), null);
  });
});
