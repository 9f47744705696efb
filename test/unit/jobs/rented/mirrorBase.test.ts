import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { it } from 'node:test';
import { JobFolder } from '../../../../src/home.js';
import { endMirror } from '../../../../src/jobs/rented/mirrorBase.js';
import { tempDir } from '../../../support/tempDir.js';

it('ends what is here of a log with a whole line, once, and says where the next begins', async (t) => {
  const folder = new JobFolder(await tempDir(t));
  assert.deepEqual(await endMirror(folder), { log: 0, gpu: 0 });
  await writeFile(folder.log, 'one\nhalf a line');
  await writeFile(folder.samples, '{}\n');
  assert.deepEqual(await endMirror(folder), { log: 16, gpu: 3 });
  assert.deepEqual(await endMirror(folder), { log: 16, gpu: 3 });
  assert.equal(await readFile(folder.log, 'utf8'), 'one\nhalf a line\n');
  await writeFile(folder.log, '');
  assert.deepEqual(await endMirror(folder), { log: 0, gpu: 3 });
});
