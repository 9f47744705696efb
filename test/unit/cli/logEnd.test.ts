import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { readLogEnd } from '../../../src/cli/logEnd.js';
import { tempDir } from '../../support/tempDir.js';

test('the end of a log is its last lines as a person saw them', async (t) => {
  const path = join(await tempDir(t), 'output.log');
  const many = Array.from({ length: 5000 }, (_, line) => `line ${String(line)}`);
  const last = [
    '\u001b[31mred\u001b[0m',
    ' 1%|#\r 50%|#####\r100%|##########\r',
    '',
    '{"type":"progress"}',
    'bell\u0007',
  ];
  await writeFile(path, [...many, ...last, 'no newline at the end'].join('\n'));
  assert.deepEqual(await readLogEnd(path), [
    'line 4996',
    'line 4997',
    'line 4998',
    'line 4999',
    'red',
    '100%|##########',
    'bell ',
    'no newline at the end',
  ]);
});

test('a log that is not there, or empty, has no end', async (t) => {
  const path = join(await tempDir(t), 'output.log');
  assert.deepEqual(await readLogEnd(path), []);
  await writeFile(path, '');
  assert.deepEqual(await readLogEnd(path), []);
});
