import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ContentMarks } from '../../../../src/remote/transfer/contentMarks.js';
import { sha256 } from '../../../support/trees.js';

const contents = Array.from({ length: 5_000 }, (_, index) => sha256(Buffer.from(String(index))));
const others = contents.map((each) => sha256(Buffer.from(each)));

test('contents that were added are known, each once, and no others', () => {
  const marks = new ContentMarks();
  for (const each of [...contents, ...contents]) marks.add(each);
  assert.equal(marks.size, contents.length);
  assert.ok(contents.every((each) => marks.has(each)));
  assert.ok(!others.some((each) => marks.has(each)));
});

test('what was written is read', () => {
  const marks = new ContentMarks();
  for (const each of contents) marks.add(each);
  const read = ContentMarks.read(marks.write());
  assert.equal(read.size, contents.length);
  assert.ok(contents.every((each) => read.has(each)));
  assert.ok(!others.some((each) => read.has(each)));
  assert.equal(ContentMarks.read(Buffer.alloc(0)).size, 0);
});

test('a content whose mark is zero is one, too', () => {
  const marks = new ContentMarks();
  const zero = '0'.repeat(64);
  assert.ok(!marks.has(zero));
  marks.add(zero);
  assert.ok(marks.has(zero));
  assert.ok(ContentMarks.read(marks.write()).has(zero));
});
