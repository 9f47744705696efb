import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LogLines } from '../../../src/views/logLines.js';

/** What a channel holds after the chunks and the end. */
function shown(...chunks: (string | Uint8Array)[]): string {
  const lines = new LogLines();
  const encoder = new TextEncoder();
  const text = chunks
    .map((chunk) => lines.push(typeof chunk === 'string' ? encoder.encode(chunk) : chunk))
    .join('');
  return text + lines.end();
}

test('complete lines come at once and the unfinished one waits', () => {
  const lines = new LogLines();
  assert.equal(lines.push(Buffer.from('one\ntwo\nthr')), 'one\ntwo\n');
  assert.equal(lines.push(Buffer.from('ee\n')), 'three\n');
  assert.equal(lines.end(), '');
});

test('the end hands over what was left unfinished', () => {
  assert.equal(shown('one\ntwo'), 'one\ntwo\n');
});

test('a bar shows only its last state', () => {
  assert.equal(shown('10%\r', '50%', '\r100%\ndone\n'), '100%\ndone\n');
});

test('a bar that ends with a carriage return keeps what it said', () => {
  assert.equal(shown('50%\r100%\r', '\n'), '100%\n');
});

test('line ends of Windows are line ends, also when they are cut apart', () => {
  assert.equal(shown('one\r', '\ntwo\r\n'), 'one\ntwo\n');
});

test('colours and cursor movements are left out', () => {
  assert.equal(shown('\x1b[31mred\x1b[0m\n\x1b[1Aup\n'), 'red\nup\n');
});

test('a character cut by a chunk is put together', () => {
  const bytes = new TextEncoder().encode('größe\n');
  assert.equal(shown(bytes.subarray(0, 3), bytes.subarray(3)), 'größe\n');
});

test('empty lines stay', () => {
  assert.equal(shown('a\n\n\nb\n'), 'a\n\n\nb\n');
});

test('a bar that is rewritten for hours does not pile up', () => {
  const lines = new LogLines();
  const state = Buffer.from(`\r${'#'.repeat(1000)}`);
  for (let index = 0; index < 10_000; index += 1) lines.push(state);
  assert.equal(lines.end(), `${'#'.repeat(1000)}\n`);
});

test('a line without an end is cut', () => {
  const line = shown('x'.repeat(100_000), 'y'.repeat(100_000), '\nnext\n');
  assert.match(line, /^x{65536}…\nnext\n$/);
});
