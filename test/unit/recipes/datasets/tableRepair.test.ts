import assert from 'node:assert/strict';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { gunzipSync, gzipSync } from 'node:zlib';
import { InputError } from '../../../../src/errors.js';
import { DatasetFolder } from '../../../../src/recipes/datasets/datasetFolder.js';
import type { Repair } from '../../../../src/recipes/datasets/problem.js';
import { parseParameters } from '../../../../src/recipes/parameters.js';
import { sklearn } from '../../../../src/recipes/sklearn.js';
import type { CleanUp } from '../../../support/tempDir.js';
import { folderWith, never, type Files } from '../folders.js';

const table = ['größe,art', ...Array.from({ length: 40 }, (_, i) => `${i % 9}.5,${i % 2 ? 'Käse' : 'Brot'}`)];
const text = `${table.join('\n')}\n`;

interface Offered {
  readonly root: string;
  readonly repair: Repair;
}

/** The repair that the check of a folder offers. */
async function offered(t: CleanUp, files: Files): Promise<Offered> {
  const root = await folderWith(t, files);
  const { problems } = await check(root);
  const repair = problems.find((problem) => problem.repair)?.repair;
  return { root, repair: repair ?? assert.fail('no repair is offered') };
}

async function check(root: string) {
  const folder = await DatasetFolder.open(root, never);
  return sklearn.check(folder, parseParameters(sklearn, { target: 'art' }), never);
}

test('a table of Windows-1252 is saved as UTF-8, and is fine afterwards', async (t) => {
  const { root, repair } = await offered(t, { 'data.csv': Buffer.from(text, 'latin1') });
  assert.deepEqual([repair.title, repair.changes], ['Save data.csv as UTF-8', ['data.csv']]);
  assert.equal(await repair.apply(never), 'data.csv is UTF-8 now; before it was Windows-1252.');
  assert.equal(await readFile(join(root, 'data.csv'), 'utf8'), text);
  assert.deepEqual((await check(root)).problems, []);
  assert.equal(await repair.apply(never), 'data.csv is UTF-8 already.');
  assert.deepEqual(await readdir(root), ['data.csv']);
});

test('a compressed table stays compressed', async (t) => {
  const { root, repair } = await offered(t, { 'data.csv.gz': gzipSync(Buffer.from(text, 'latin1')) });
  await repair.apply(never);
  assert.equal(gunzipSync(await readFile(join(root, 'data.csv.gz'))).toString('utf8'), text);
});

test('UTF-16, little and big end first, is saved as UTF-8', async (t) => {
  const little = Buffer.from(`\uFEFF${text}`, 'utf16le');
  for (const bytes of [little, Buffer.from(little).swap16()]) {
    const { root, repair } = await offered(t, { 'data.csv': bytes });
    assert.equal(await repair.apply(never), 'data.csv is UTF-8 now; before it was UTF-16.');
    assert.equal(await readFile(join(root, 'data.csv'), 'utf8'), text);
  }
});

test('a name that says the wrong thing about compression is mended', async (t) => {
  const packed = await offered(t, { 'data.csv': gzipSync(text) });
  assert.equal(packed.repair.title, 'Rename data.csv to data.csv.gz');
  assert.equal(await packed.repair.apply(never), 'data.csv is called data.csv.gz now.');
  assert.equal(await packed.repair.apply(never), 'data.csv is called data.csv.gz already.');
  assert.deepEqual((await check(packed.root)).problems, []);

  const plain = await offered(t, { 'sub/data.csv.gz': text });
  assert.equal(await plain.repair.apply(never), 'sub/data.csv.gz is called sub/data.csv now.');
  assert.deepEqual((await check(plain.root)).problems, []);
});

test('a file that is in the way is left alone', async (t) => {
  const { root, repair } = await offered(t, { 'data.csv': gzipSync(text) });
  await writeFile(join(root, 'data.csv.gz'), 'mine');
  await assert.rejects(repair.apply(never), InputError);
  assert.equal(await readFile(join(root, 'data.csv.gz'), 'utf8'), 'mine');
  assert.deepEqual((await readdir(root)).sort(), ['data.csv', 'data.csv.gz']);
});

test('a repair that is stopped leaves the table as it was, and nothing beside it', async (t) => {
  const latin = Buffer.from(text, 'latin1');
  const { root, repair } = await offered(t, { 'data.csv': latin });
  await assert.rejects(repair.apply(AbortSignal.abort()), { name: 'AbortError' });
  assert.deepEqual(await readFile(join(root, 'data.csv')), latin);
  assert.deepEqual(await readdir(root), ['data.csv']);
});
