import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { problem } from '../../../src/recipes/datasets/problem.js';
import { changesOf, countWords, fileNamedIn } from '../../../src/views/repairWords.js';

describe('what a repair changes', () => {
  it('is said by name as long as it is little', () => {
    assert.equal(changesOf({ changes: [] }), 'Only writes new files; yours stay as they are.');
    assert.equal(changesOf({ changes: ['a.csv'] }), 'Changes a.csv.');
    assert.equal(changesOf({ changes: ['a', 'b', 'c'] }), 'Changes a, b and c.');
    assert.equal(changesOf({ changes: ['a', 'b', 'c', 'd'] }), 'Changes a, b and 2 more files.');
  });
});

describe('a count of problems', () => {
  it('tells errors and warnings, not hints', () => {
    const warning = problem('warning', 'w', 'Look.');
    assert.equal(countWords([problem('hint', 'h', 'By the way.')]), '');
    assert.equal(countWords([warning]), '1 warning');
    assert.equal(countWords([warning, warning, problem('error', 'e', 'No.')]), '1 error and 2 warnings');
  });
});

describe('a sentence', () => {
  it('names files by words with a dot in them', () => {
    assert.deepEqual(fileNamedIn('Wrote splits/val.txt with 20 of 100 images.'), ['splits/val.txt']);
    assert.deepEqual(fileNamedIn("Wrote 'data.yaml', with 3.5 % left."), ['data.yaml', '3.5']);
    assert.deepEqual(fileNamedIn('Nothing in /etc/passwd or ../secret.txt is touched.'), []);
  });
});
