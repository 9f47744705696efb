import assert from 'node:assert/strict';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { InputError } from '../../../../../src/errors.js';
import { DatasetFolder } from '../../../../../src/recipes/datasets/datasetFolder.js';
import type { Repair } from '../../../../../src/recipes/datasets/problem.js';
import { llm } from '../../../../../src/recipes/llm.js';
import { parseParameters } from '../../../../../src/recipes/parameters.js';
import type { CheckResult } from '../../../../../src/recipes/recipe.js';
import type { CleanUp } from '../../../../support/tempDir.js';
import { type Files, folderWith, never } from '../../folders.js';
import { chat, jsonl, manyChats } from './examples.js';

async function check(path: string, given: Readonly<Record<string, unknown>> = {}): Promise<CheckResult> {
  return llm.check(await DatasetFolder.open(path, never), parseParameters(llm, given), never);
}

interface Broken {
  readonly path: string;
  readonly repair: Repair;
  readonly read: (name: string) => Promise<string>;
}

/** A folder with a problem of this code, and what repairs it. */
async function broken(
  t: CleanUp,
  files: Files,
  code: string,
  given: Readonly<Record<string, unknown>> = {},
): Promise<Broken> {
  const path = await folderWith(t, files);
  const { problems } = await check(path, given);
  const repair = problems.find((problem) => problem.code === code)?.repair;
  assert.ok(repair, `nothing repairs ${code}`);
  return { path, repair, read: (name) => readFile(join(path, name), 'utf8') };
}

const examples = [chat('Say "{" and \\', 'It is {"a": ["b"]}'), chat('Käse?', 'Ja, 🧀.'), chat('x', 'y')];

test('a list is written beside as one object per line', async (t) => {
  const { path, repair, read } = await broken(
    t,
    { 'chat.json': JSON.stringify(examples, null, 2) },
    'jsonl.list',
  );
  assert.deepEqual([repair.title, repair.changes], ['Write chat.jsonl with one object per line', []]);
  assert.equal(await repair.apply(never), 'chat.jsonl holds 3 objects now, one per line.');
  assert.equal(await read('chat.jsonl'), jsonl(...examples));
  assert.deepEqual((await readdir(path)).sort(), ['chat.json', 'chat.jsonl']);
  assert.equal((await check(path)).summary.examples, 3);
});

test('a file that is there already is not written over', async (t) => {
  const { path, repair, read } = await broken(t, { 'chat.json': JSON.stringify(examples) }, 'jsonl.list');
  await writeFile(join(path, 'chat.jsonl'), 'mine');
  await assert.rejects(
    repair.apply(never),
    new InputError(`${join(path, 'chat.jsonl')} is there already; move it away first.`),
  );
  assert.equal(await read('chat.jsonl'), 'mine');
});

for (const [what, content] of [
  ['a list', JSON.stringify(examples)],
  ['objects over several lines', examples.map((example) => JSON.stringify(example, null, 2)).join('\n')],
] as const) {
  test(`${what} in a .jsonl file becomes one object per line in place, as often as it is asked`, async (t) => {
    const code = what === 'a list' ? 'jsonl.list' : 'jsonl.pretty-printed';
    const { path, repair, read } = await broken(t, { 'chat.jsonl': content }, code);
    assert.deepEqual(repair.changes, ['chat.jsonl']);
    await repair.apply(never);
    await repair.apply(never);
    assert.equal(await read('chat.jsonl'), jsonl(...examples));
    assert.equal((await check(path)).summary.examples, 3);
  });
}

test('a list in which something is broken stays as it is', async (t) => {
  for (const [ending, sentence] of [
    [',{"a": 1 2}]', 'Object 4 of chat.jsonl is not valid JSON; mend it and try again.'],
    [',{"a": [1', 'chat.jsonl ends in the middle of an object; it cannot be converted.'],
  ] as const) {
    const content = JSON.stringify(examples).slice(0, -1) + ending;
    const { path, repair, read } = await broken(t, { 'chat.jsonl': content }, 'jsonl.list');
    await assert.rejects(repair.apply(never), { name: 'InputError', message: sentence });
    assert.equal(await read('chat.jsonl'), content);
    assert.deepEqual(await readdir(path), ['chat.jsonl']);
  }
});

test('a large list is converted in pieces, wherever they are cut', async (t) => {
  const many = Array.from({ length: 8000 }, (_, i) => chat(`Wie heißt "${i}"?`, `Größe \\ ${i} 🧀`));
  const { repair, read } = await broken(t, { 'chat.json': JSON.stringify(many, null, 1) }, 'jsonl.list');
  await repair.apply(never);
  assert.equal(await read('chat.jsonl'), jsonl(...many));
});

test('a byte order mark is removed', async (t) => {
  const { repair, read } = await broken(
    t,
    { 'chat.jsonl': `\uFEFF${manyChats(60)}` },
    'jsonl.byte-order-mark',
  );
  assert.deepEqual(repair.changes, ['chat.jsonl']);
  assert.equal(await repair.apply(never), 'chat.jsonl begins with its first line now.');
  assert.equal(await read('chat.jsonl'), manyChats(60));
});

test('every fifth line is split off for validation', async (t) => {
  const files = { 'data/chat.jsonl': manyChats(62) };
  const { path, repair, read } = await broken(t, files, 'jsonl.no-validation', { validation: 0 });
  assert.deepEqual([repair.title, repair.changes], ['Split off 20 % for validation', ['data/chat.jsonl']]);
  assert.equal(
    await repair.apply(never),
    'data/validation.jsonl holds every fifth line of data/chat.jsonl now: 12.',
  );
  const [training, validation] = [await read('data/chat.jsonl'), await read('data/validation.jsonl')];
  assert.deepEqual(
    [...training.split('\n'), ...validation.split('\n')].sort(),
    ['', ...manyChats(62).split('\n')].sort(),
  );
  const { summary } = await check(path, { validation: 0 });
  assert.deepEqual([summary.examples, summary.validationExamples], [50, 12]);
  await assert.rejects(repair.apply(never), { name: 'InputError' });
  assert.equal(await read('data/chat.jsonl'), training);
});

test('a repair that cannot write or is stopped changes nothing', async (t) => {
  const { path, repair, read } = await broken(t, { 'chat.jsonl': manyChats(62) }, 'jsonl.no-validation', {
    validation: 0,
  });
  await assert.rejects(repair.apply(AbortSignal.abort()), { name: 'AbortError' });
  assert.deepEqual(await readdir(path), ['chat.jsonl']);
  await mkdir(join(path, '.chat.jsonl.trainyard.tmp'));
  await assert.rejects(repair.apply(never), { name: 'InputError' });
  assert.deepEqual(await readdir(path), ['.chat.jsonl.trainyard.tmp', 'chat.jsonl']);
  assert.equal(await read('chat.jsonl'), manyChats(62));
});
