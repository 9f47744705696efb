import assert from 'node:assert/strict';
import { appendFile, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { NotFoundError } from '../../../src/errors.js';
import { LogPages } from '../../../src/jobs/logPages.js';
import { tempDir, type CleanUp } from '../../support/tempDir.js';

async function logOf(t: CleanUp, content: string | Uint8Array): Promise<string> {
  const path = join(await tempDir(t), 'output.log');
  await writeFile(path, content);
  return path;
}

async function allPages(pages: LogPages): Promise<string[]> {
  const count = await pages.count();
  const numbers = Array.from({ length: count }, (_, index) => index + 1);
  const bytes = await Promise.all(numbers.map((page) => pages.read(page)));
  return bytes.map((page) => Buffer.from(page).toString('utf8'));
}

describe('a log in pages', () => {
  test('holds every byte once, in whole lines', async (t) => {
    const lines = Array.from({ length: 100 }, (_, index) => `line ${'x'.repeat(index % 17)} ${index}\n`);
    const pages = await allPages(new LogPages(await logOf(t, lines.join('')), 64));
    assert.equal(pages.join(''), lines.join(''));
    assert.ok(pages.length > 20);
    for (const page of pages) assert.ok(page.endsWith('\n'), page);
  });

  test('keeps its pages while it grows', async (t) => {
    const path = await logOf(t, 'first line\nsecond line\nthird');
    const pages = new LogPages(path, 16);
    const before = await allPages(pages);
    await appendFile(path, ' line\nfourth line\n');
    const after = await allPages(pages);
    assert.deepEqual(before, ['first line\nsecond line\n', 'third'].slice(0, before.length));
    assert.equal(after.join(''), 'first line\nsecond line\nthird line\nfourth line\n');
    assert.equal(after[0], before[0]);
  });

  test('cuts a line that is longer than a page between characters', async (t) => {
    const text = 'é'.repeat(100);
    const pages = await allPages(new LogPages(await logOf(t, text), 33));
    assert.equal(pages.join(''), text);
    assert.ok(!pages.some((page) => page.includes('\ufffd')));
  });

  test('is one empty page when nothing was written, and nothing behind its end', async (t) => {
    const pages = new LogPages(await logOf(t, ''), 16);
    assert.deepEqual(await allPages(pages), ['']);
    assert.equal((await pages.read(7)).length, 0);
  });

  test('reads the last page of a gigabyte without reading the rest', async (t) => {
    const path = await logOf(t, 'the beginning\n');
    await truncate(path, 2 ** 30);
    await appendFile(path, '\nthe end\n');
    const pages = new LogPages(path);
    const count = await pages.count();
    assert.equal(count, 257);
    assert.equal(Buffer.from(await pages.read(count)).toString('utf8'), 'the end\n');
  });

  test('says that there is none yet', async (t) => {
    await assert.rejects(new LogPages(join(await tempDir(t), 'output.log')).count(), NotFoundError);
  });
});
