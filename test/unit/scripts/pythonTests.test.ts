import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parseUnittest } from '../../../scripts/testing/pythonTests.js';
import { honest } from '../../../scripts/testing/part.js';

describe('what unittest prints', () => {
  test('is counted when all is well', () => {
    const counts = parseUnittest('...\nRan 12 tests in 0.412s\n\nOK\n');
    assert.deepEqual(counts, { passed: 12, failed: 0, skipped: 0 });
  });

  test('is counted with failures, errors and skipped tests', () => {
    const counts = parseUnittest('F.E\nRan 10 tests in 1.0s\n\nFAILED (failures=1, errors=2, skipped=3)\n');
    assert.deepEqual(counts, { passed: 4, failed: 3, skipped: 3 });
  });

  test('is a failure when no test ran or the program ended badly', () => {
    assert.equal(honest(parseUnittest('Ran 0 tests in 0.000s\n\nOK\n'), 0).failed, 1);
    assert.equal(honest(parseUnittest('Ran 2 tests in 0.1s\n\nOK\n'), 139).failed, 1);
  });
});
