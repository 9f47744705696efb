import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseNumber } from '../../../../src/recipes/datasets/columnNumber.js';

function numberIn(text: string): number {
  const bytes = Buffer.from(`<${text}>`);
  return parseNumber(bytes, 1, bytes.length - 1);
}

test('numbers are what JavaScript makes of them, to the last digit', () => {
  const texts = [
    '0',
    '7',
    '-3',
    '+4',
    '.5',
    '-.25',
    '1.',
    '0.1',
    '3.14159',
    '1e3',
    '-2.5E-7',
    '1234567890123456789',
  ];
  texts.push('0.1234567890123456789', '9007199254740993', '1e400', '0.000000000000000000000000001', '-0');
  for (const text of texts) assert.equal(numberIn(text), Number(text), text);
});

test('everything else is none', () => {
  for (const text of [
    '',
    '-',
    '+',
    '.',
    '1,5',
    '1.2.3',
    'e5',
    '1e',
    '0x10',
    '1 2',
    'Infinity',
    'NaN',
    '12a',
    '--1',
  ]) {
    assert.ok(Number.isNaN(numberIn(text)), text);
  }
});
