import assert from 'node:assert/strict';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { InputError } from '../../src/errors.js';
import { readIgnoreRules } from '../../src/ignore.js';
import { tempDir } from '../support/tempDir.js';
import { folderWith } from './recipes/folders.js';

test('junk stays behind wherever it lies', async (t) => {
  const rules = await readIgnoreRules(await tempDir(t));
  for (const path of ['.DS_Store', 'a/._photo.jpg', 'Thumbs.db', 'src/model.pyc', '.trainyardignore']) {
    assert.equal(rules.ignores(path, false), true, path);
  }
  for (const path of [
    '.git',
    '__pycache__',
    'a/__MACOSX',
    '.ipynb_checkpoints',
    '.venv',
    'node_modules',
    '.trainyard',
  ]) {
    assert.equal(rules.ignores(path, true), true, path);
  }
});

test('data travels, whatever its name', async (t) => {
  const rules = await readIgnoreRules(await tempDir(t));
  for (const path of [
    'train.csv',
    '.gitignore',
    ' a "b"\n',
    '-rf',
    'models/a.bin',
    '..data',
    'DS_Store',
    '__pycache__',
  ]) {
    assert.equal(rules.ignores(path, false), false, path);
  }
});

test('what lies in an ignored folder is ignored too', async (t) => {
  const rules = await readIgnoreRules(await folderWith(t, { '.trainyardignore': '/raw/\n' }));
  assert.equal(rules.ignores('raw/a/b.jpg', false), true);
  assert.equal(rules.ignores('data/raw/b.jpg', false), false);
});

test('.trainyardignore speaks the language of .gitignore and can take junk back', async (t) => {
  const text = '# big\n*.tif\n!keep.tif\n!venv/\n';
  const rules = await readIgnoreRules(await folderWith(t, { '.trainyardignore': text }));
  assert.equal(rules.ignores('a/b.tif', false), true);
  assert.equal(rules.ignores('a/keep.tif', false), false);
  assert.equal(rules.ignores('venv', true), false);
});

test('letter case matters', async (t) => {
  const rules = await readIgnoreRules(await folderWith(t, { '.trainyardignore': 'Raw/\n' }));
  assert.equal(rules.ignores('raw', true), false);
});

test('a .trainyardignore that cannot be read is an error, not silence', async (t) => {
  const root = await tempDir(t);
  await mkdir(join(root, '.trainyardignore'));
  await assert.rejects(readIgnoreRules(root), InputError);
});

test('more patterns come before those of the folder, which may take them back', async (t) => {
  const root = await folderWith(t, { '.trainyardignore': '!/models/keep.pt\n' });
  const rules = await readIgnoreRules(root, ['/models/*.pt']);
  assert.equal(rules.ignores('models/a.pt', false), true);
  assert.equal(rules.ignores('models/keep.pt', false), false);
});

test('a file in place of the folder has no rules', async (t) => {
  const root = await folderWith(t, { 'data.csv': 'a\n' });
  assert.equal((await readIgnoreRules(join(root, 'data.csv'))).ignores('a', false), false);
});
