import assert from 'node:assert/strict';
import { test } from 'node:test';
import { describeSummary, splitMessage } from '../../../../src/views/launch/summaryWords.js';

test('a summary is told in words, without lists and what is said elsewhere', () => {
  assert.deepEqual(
    describeSummary({ files: 3, rows: 1797, testRows: 360, target: 'digit', classes: ['0', '1'], note: '' }),
    ['rows 1,797', 'test rows 360', 'target digit'],
  );
});

test('an error is told in two lines: what is wrong, and what to do', () => {
  assert.deepEqual(
    splitMessage('There is no key for me@10.0.0.5:22. Make one with ssh-keygen. Or load one.'),
    {
      what: 'There is no key for me@10.0.0.5:22.',
      remedy: 'Make one with ssh-keygen. Or load one.',
    },
  );
  assert.deepEqual(splitMessage('Nothing else to say.'), { what: 'Nothing else to say.', remedy: '' });
});
