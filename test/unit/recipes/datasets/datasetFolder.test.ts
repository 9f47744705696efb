import assert from 'node:assert/strict';
import { mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { InputError } from '../../../../src/errors.js';
import { DatasetFolder } from '../../../../src/recipes/datasets/datasetFolder.js';
import { tempDir } from '../../../support/tempDir.js';
import { folderWith, never, openFolder } from '../folders.js';

test('files are listed by path with their sizes, without what is ignored', async (t) => {
  const folder = await openFolder(t, {
    'b.csv': '12345',
    'a/é "x".txt': '1',
    '.DS_Store': 'junk',
    'raw/big.bin': 'xx',
    '.trainyardignore': 'raw/',
  });
  assert.deepEqual(await folder.files(never), [
    { path: 'a/é "x".txt', bytes: 1 },
    { path: 'b.csv', bytes: 5 },
  ]);
});

test('a link to a file counts as that file, one that leads nowhere does not', async (t) => {
  const root = await folderWith(t, { 'data.csv': '123' });
  await symlink('data.csv', join(root, 'link.csv'));
  await symlink('gone.csv', join(root, 'broken.csv'));
  const folder = await DatasetFolder.open(root, never);
  assert.deepEqual(
    (await folder.files(never)).map(({ path, bytes }) => [path, bytes]),
    [
      ['data.csv', 3],
      ['link.csv', 3],
    ],
  );
});

test('a folder that is not there says so', async (t) => {
  const path = join(await tempDir(t), 'flowers');
  await assert.rejects(
    DatasetFolder.open(path, never),
    new InputError(`There is no folder ${path}; check the path.`),
  );
});

test('a file in place of a folder says so', async (t) => {
  const path = join(await folderWith(t, { 'data.csv': '' }), 'data.csv');
  const message = `${path} is a file, not a folder; give the folder it is in.`;
  await assert.rejects(DatasetFolder.open(path, never), new InputError(message));
});

test('a folder with nothing, or nothing but junk and empty folders, says so', async (t) => {
  const path = await folderWith(t, { '.DS_Store': 'junk' });
  await mkdir(join(path, 'empty'));
  const message = `The folder ${path} is empty; choose one that holds your data or script.`;
  await assert.rejects(DatasetFolder.open(path, never), new InputError(message));
});

test('a file that cannot be read says which', async (t) => {
  const folder = await openFolder(t, { 'train.py': 'pass' });
  await rm(join(folder.path, 'train.py'));
  await assert.rejects(folder.text('train.py', never), (error: Error) => {
    assert.ok(error instanceof InputError);
    assert.match(error.message, /^The file .*train\.py cannot be read \(ENOENT.*\); make it readable\.$/);
    return true;
  });
  await assert.rejects(folder.head('train.py', 10), InputError);
});

test('text comes without a byte order mark, and a head is never longer than the file', async (t) => {
  const folder = await openFolder(t, { 'a.txt': '\uFEFFübung' });
  assert.equal(await folder.text('a.txt', never), 'übung');
  assert.equal((await folder.head('a.txt', 1000)).length, 9);
  assert.equal((await folder.head('a.txt', 3)).length, 3);
});

test('an aborted listing is not remembered', async (t) => {
  const root = await folderWith(t, { 'a.csv': '1' });
  await assert.rejects(DatasetFolder.open(root, AbortSignal.abort()), { name: 'AbortError' });
  const folder = await DatasetFolder.open(root, never);
  await writeFile(join(root, 'b.csv'), '');
  assert.equal((await folder.files(AbortSignal.abort())).length, 1, 'listed once');
});
