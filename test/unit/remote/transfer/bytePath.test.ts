import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  followLink,
  localPath,
  parentOf,
  quoted,
  staysInside,
  textOf,
  toBytePath,
} from '../../../../src/remote/transfer/bytePath.js';

test('a path goes through bytes and back', () => {
  for (const text of ['a/b', 'é', 'e\u0301', '日本語/\u{1f680}'])
    assert.equal(textOf(toBytePath(text)), text);
});

test('a byte that the machine could not put into text comes back as that byte', () => {
  assert.equal(toBytePath('bad\udcff.pt'), 'bad\xff.pt');
  assert.equal(toBytePath('\u{1f680}\udc80é'), '\xf0\x9f\x9a\x80\x80\xc3\xa9');
});

test('a name that is not UTF-8 keeps its bytes on the way to the file system', () => {
  assert.deepEqual(localPath('/top', 'bad\xff'), Buffer.from('/top/bad\xff', 'latin1'));
});

test('only plain relative paths stay inside', () => {
  for (const path of ['a', 'a/b', '...', '-rf', 'a b', '..a']) assert.ok(staysInside(path), path);
  for (const path of ['', '/', '/a', 'a/', 'a//b', '.', '..', 'a/..', '../a', 'a/./b', 'a\0b'])
    assert.ok(!staysInside(path), path);
});

test('a link is followed by its letters, and not above the top', () => {
  assert.equal(followLink('a/link', '../b'), 'b');
  assert.equal(followLink('a/link', './b//c'), 'a/b/c');
  assert.equal(followLink('link', '.'), '');
  assert.equal(followLink('link', '..'), undefined);
  assert.equal(followLink('a/link', 'b/../../../c'), undefined);
});

test('the parent of a path is its folder, of a name the top', () => {
  assert.deepEqual([parentOf('a/b/c'), parentOf('a')], ['a/b', '']);
});

test('a path in JSON is what JSON makes of it', () => {
  for (let code = 0; code < 0x100; code += 1) {
    const path = `a${String.fromCharCode(code)}b/c.bin`;
    assert.equal(quoted(path), JSON.stringify(path));
  }
});
