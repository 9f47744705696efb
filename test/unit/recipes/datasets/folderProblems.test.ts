import assert from 'node:assert/strict';
import { chmod } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { folderProblems } from '../../../../src/recipes/datasets/folderProblems.js';
import { never, openFolder, sentences } from '../folders.js';

const pointer = 'version https://git-lfs.github.com/spec/v1\noid sha256:4d7a2146\nsize 12345\n';

test('placeholders of Git LFS are not data', async (t) => {
  const folder = await openFolder(t, { 'a.csv': pointer, 'b.csv': pointer, 'c.csv': 'x,y\n' });
  assert.deepEqual(sentences({ problems: await folderProblems(folder, never), summary: {} }), [
    'error folder.lfs-pointer: a.csv and 1 other file is a Git LFS placeholder, not the data. → Run `git lfs pull` first.',
  ]);
});

test('a folder with nothing but archives was not unpacked', async (t) => {
  const folder = await openFolder(t, { 'flowers.zip': 'PK' });
  assert.deepEqual(sentences({ problems: await folderProblems(folder, never), summary: {} }), [
    'error folder.archive: The folder holds only an archive, flowers.zip; its contents are not looked at. → Unpack it here.',
  ]);
});

test('an archive beside data is just a file', async (t) => {
  const folder = await openFolder(t, { 'flowers.zip': 'PK', 'a.csv': 'x\n' });
  assert.deepEqual(await folderProblems(folder, never), []);
});

test('names that some programs stumble over are a hint', async (t) => {
  const folder = await openFolder(t, { 'ä.csv': 'x\n', 'b c.csv': 'x\n', 'd-e_f.csv': 'x\n' });
  assert.deepEqual(sentences({ problems: await folderProblems(folder, never), summary: {} }), [
    "hint folder.names: 2 names hold a space or letters beyond a to z, such as 'b c.csv'; some programs stumble over them.",
  ]);
});

test('a file the user may not read is named', async (t) => {
  const folder = await openFolder(t, { 'secret.csv': 'x\n' });
  await chmod(folder.path, 0o755);
  await chmod(join(folder.path, 'secret.csv'), 0);
  const problems = await asOrdinaryUser(() => folderProblems(folder, never));
  assert.deepEqual(sentences({ problems, summary: {} }), [
    'error folder.unreadable-file: secret.csv cannot be read by you. → Give yourself permission to read it (chmod u+r), or list it in .trainyardignore.',
  ]);
});

/** Permissions bind everybody but root, and tests may run as root. */
async function asOrdinaryUser<T>(run: () => Promise<T>): Promise<T> {
  const nobody = 65534;
  if (process.getuid?.() !== 0) return run();
  process.setegid?.(nobody);
  process.seteuid?.(nobody);
  try {
    return await run();
  } finally {
    process.seteuid?.(0);
    process.setegid?.(0);
  }
}
