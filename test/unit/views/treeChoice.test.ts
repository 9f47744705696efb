import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { draggedFiles } from '../../../src/views/jobDrag.js';
import { everything, groupOf, isWanted, parseTreeChoice } from '../../../src/views/treeChoice.js';
import { jobAt, jobThatGaveUpAt } from './jobs.js';

describe('the choice of jobs', () => {
  test('goes by how a job ended, or that it has not', () => {
    assert.equal(groupOf(jobAt('planned')), 'running');
    assert.equal(groupOf(jobAt('released')), 'succeeded');
    assert.equal(groupOf(jobThatGaveUpAt('prepared', 'cancelled')), 'cancelled');
    assert.ok(isWanted(jobAt('planned'), everything));
    assert.ok(!isWanted(jobAt('planned'), { ...everything, groups: ['failed'] }));
  });

  test('is everything where what was kept cannot be read', () => {
    const kept = { groups: ['failed'], grouping: 'workspace' };
    assert.deepEqual(parseTreeChoice(kept), kept);
    for (const broken of [undefined, null, { groups: ['lost'], grouping: 'provider' }, { groups: [] }])
      assert.deepEqual(parseTreeChoice(broken), everything);
  });
});

describe('dragging jobs out', () => {
  const logOf = (id: string): string => `/home/a b/${id}/output.log`;

  test('takes the model of a job, and the log of one without', () => {
    const done = jobAt('released');
    const model = done.collected[0]?.path ?? '';
    assert.deepEqual(draggedFiles([done, jobAt('planned', { id: 'new' })], logOf).split('\r\n'), [
      pathToFileURL(model).href,
      'file:///home/a%20b/new/output.log',
    ]);
  });
});
