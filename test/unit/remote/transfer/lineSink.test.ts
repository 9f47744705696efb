import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { LineSink } from '../../../../src/remote/transfer/lineSink.js';
import { linesOf } from '../../../../src/remote/transfer/textLines.js';
import { tempDir } from '../../../support/tempDir.js';

test('lines of any length and letters are there in order, once the file has its name', async (t) => {
  const folder = await tempDir(t);
  const file = join(folder, 'below', 'lines');
  const lines = Array.from({ length: 30_000 }, (_, at) => `${at} ${'ÿ€😀x'.repeat(at % 20)}`);
  lines.splice(20_000, 0, '€'.repeat(700_000), '', 'x'.repeat(3_000_000));

  const sink = new LineSink(file);
  for (const [at, line] of lines.entries()) {
    sink.write(line);
    if (at === 25_000) sink.flush();
  }
  assert.deepEqual([...linesOf(file)], []);
  sink.finish(file);
  assert.deepEqual([...linesOf(file)], lines);
  assert.equal(await readFile(file, 'utf8'), `${lines.join('\n')}\n`);
});

test('nothing stays of a file that is not finished', async (t) => {
  const folder = await tempDir(t);
  const sink = new LineSink(join(folder, 'lines'));
  sink.write('line');
  sink.flush();
  sink.discard();
  assert.deepEqual(await readdir(folder), []);
});
