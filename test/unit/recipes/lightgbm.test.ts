import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { lightgbm } from '../../../src/recipes/lightgbm.js';
import { parseParameters } from '../../../src/recipes/parameters.js';
import type { CleanUp } from '../../support/tempDir.js';
import { checkFiles, never, openFolder, sentences } from './folders.js';
import { read } from './progress/reading.js';

function table(header: string, line: (index: number) => string): string {
  return [header, ...Array.from({ length: 60 }, (_, index) => line(index))].join('\n') + '\n';
}

const twoClasses = table('size,kind', (i) => `${(i * 7) % 13}.5,${i % 2 ? 'cat' : 'dog'}`);
const amounts = table('size,price', (i) => `${(i * 7) % 13}.5,${i}.25`);

async function said(t: CleanUp, content: string, given: Record<string, unknown> = {}): Promise<string[]> {
  return sentences(await checkFiles(t, lightgbm, { 'data.csv': content }, given));
}

test('a good table has no problems', async (t) => {
  assert.deepEqual(await said(t, twoClasses), []);
  assert.deepEqual(await said(t, amounts), []);
});

test('names of columns with the characters of JSON are renamed, and it is said', async (t) => {
  const content = table('"a{b}","c:d",kind', (i) => `${(i * 7) % 13}.5,${i % 5}.5,${i % 2 ? 'cat' : 'dog'}`);
  assert.deepEqual(await said(t, content), [
    "hint table.renamed-column: The names 'a{b}', 'c:d' have characters that LightGBM does not take; in the model they become _.",
  ]);
});

test('gaps and text are learned from as they are, and it is said', async (t) => {
  const content = table('size,town,kind', (i) =>
    [i % 5 ? `${i % 13}.5` : '', ['Rom', 'Bonn'][(i >> 1) % 2], i % 2 ? 'cat' : 'dog'].join(','),
  );
  assert.deepEqual(await said(t, content), [
    "hint table.text: Column 'town' holds text; its values are learned from as categories.",
    "hint table.gaps: 12 cells are empty or infinite ('size'); LightGBM learns from gaps as they are.",
  ]);
});

test('objectives and metrics are those of LightGBM', async (t) => {
  assert.deepEqual(await said(t, twoClasses, { objective: 'binary', metric: 'auc,binary_error' }), []);
  assert.deepEqual(await said(t, amounts, { objective: 'gamma', metric: 'gamma_deviance' }), []);
  assert.deepEqual(await said(t, amounts, { objective: 'binary' }), [
    "error boosting.objective-task: binary learns classes, and 'price' is an amount. → Leave objective empty, or set it to regression.",
  ]);
  assert.deepEqual(await said(t, twoClasses, { metric: 'multi_logloss' }), [
    'error boosting.metric: The metric multi_logloss does not measure a target with 2 classes; choose one of binary_logloss, binary_error, auc, average_precision.',
  ]);
});

test("LightGBM's own parameters are passed through, and misspelt or renamed ones are refused", async (t) => {
  assert.deepEqual(await said(t, twoClasses, { max_bin: 63, path_smooth: 1 }), []);
  assert.deepEqual(await said(t, twoClasses, { path_smoth: 1 }), [
    "error boosting.unknown-parameter: LightGBM has no parameter 'path_smoth'; did you mean 'path_smooth'?",
  ]);
  assert.deepEqual(await said(t, twoClasses, { num_leaves: 15 }), [
    'error boosting.renamed-parameter: What LightGBM calls num_leaves is called leaves here. → Set leaves instead.',
  ]);
});

test('what must be installed has a lock', async (t) => {
  const folder = await openFolder(t, { 'data.csv': twoClasses });
  const { lock, requirements } = await lightgbm.environment(folder, parseParameters(lightgbm, {}), never);
  assert.equal(lock, 'lightgbm');
  assert.ok(requirements.some((line) => line.startsWith('lightgbm')));
});

test('what LightGBM itself prints is read round by round', async () => {
  const log = await readFile(new URL('../../fixtures/logs/lightgbm.log', import.meta.url));
  const { points, summary } = read(log);
  assert.deepEqual([summary.framework, summary.finished], ['lightgbm', true]);
  const rounds = points.filter(({ metrics }) => 'valid multi_logloss' in metrics);
  // Behind the eleventh it prints its best round again.
  assert.deepEqual(
    rounds.slice(0, 11).map(({ step }) => step),
    Array.from({ length: 11 }, (_, index) => index + 1),
  );
});
