import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { failingLines } from '../../../../src/recipes/progress/failingLines.js';

const places = (text: string): (readonly [from: number, line: number, code: string])[] =>
  failingLines(text).map(({ from, line, failure }) => [from, line, failure.code]);

describe('the lines that say what went wrong', () => {
  test('are the last ones of tracebacks', () => {
    const log = [
      'epoch 1 loss 0.5',
      'Traceback (most recent call last):',
      '  File "/home/u/.trainyard/runs/x/work/train.py", line 12, in <module>',
      '    main()',
      'torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 20.00 MiB',
      '',
    ].join('\n');
    assert.deepEqual(places(log), [[1, 4, 'cuda-out-of-memory']]);
  });

  test('are each of several, with the exception itself where it is of no known kind', () => {
    const log =
      'Traceback (most recent call last):\n  File "a.py", line 1\nKeyError: \'loss\'\n\n' +
      'During handling of the above exception, another exception occurred:\n\n' +
      'Traceback (most recent call last):\n  File "a.py", line 3\nmine.OddError: no such thing\n';
    const found = failingLines(log);
    assert.deepEqual(
      found.map(({ from, line }) => [from, line]),
      [
        [0, 2],
        [6, 8],
      ],
    );
    assert.equal(found[1]?.failure.message, 'The program ended with mine.OddError: no such thing.');
  });

  test('stand alone where nothing was thrown, behind what loggers write', () => {
    assert.deepEqual(places('2026-01-01 10:00:00,123 - RuntimeError: CUDA error: out of memory\nKilled'), [
      [0, 0, 'cuda-out-of-memory'],
      [1, 1, 'killed'],
    ]);
  });

  test('are not those of exceptions that Python ignored, nor what a program says of errors', () => {
    const log =
      'Exception ignored in: <function f at 0x1>\nTraceback (most recent call last):\n' +
      '  File "a.py", line 1\nValueError: late\nno error here\nmean_absolute_error: 0.1\nValueError: handled\n';
    assert.deepEqual(places(log), []);
  });

  test('are found in a text without a line end, and none in an empty one', () => {
    assert.deepEqual(places('Traceback (most recent call last):\nValueError: x'), [[0, 1, 'exception']]);
    assert.deepEqual(places(''), []);
  });
});
