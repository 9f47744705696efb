import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { numberEnd, numberIn, parseDuration, parseNumber } from '../../../../src/recipes/progress/numbers.js';

describe('numbers', () => {
  it('end where they end, whatever stands behind', () => {
    const cases: readonly (readonly [string, string | undefined])[] = [
      ['12.5 s', '12.5'],
      ['-3e-05, x', '-3e-05'],
      ['1,234,567.8]', '1,234,567.8'],
      ['1,23', '1'],
      ['.5', '.5'],
      ['.', undefined],
      ['nan|', 'nan'],
      ['-inf', '-inf'],
      ['nancy', undefined],
      ['5e', '5'],
      ['3.9D+02', '3.9D+02'],
      ['', undefined],
    ];
    for (const [text, expected] of cases) {
      const end = numberEnd(text, 0);
      assert.equal(end === undefined ? undefined : text.slice(0, end), expected, text);
    }
  });

  it('are the same numbers that JavaScript would read', () => {
    for (const text of [
      '0',
      '0.1',
      '2.3089',
      '123456789012345',
      '0.000123456789',
      '1234567.890123456789',
      '99999999999999999999',
      '5.',
      '.25',
    ]) {
      assert.equal(numberIn(text, 0, text.length), Number(text), text);
    }
    assert.equal(parseNumber('1,234.5'), 1234.5);
    assert.equal(parseNumber('3.94401D+02'), 394.401);
    assert.equal(parseNumber('-inf'), -Infinity);
    assert.ok(Number.isNaN(parseNumber('NaN')));
  });

  it('of durations are seconds', () => {
    assert.equal(parseDuration('05:37'), 337);
    assert.equal(parseDuration('1:56:41'), 7001);
    assert.equal(parseDuration('6 days, 15:22:46'), 573766);
    assert.equal(parseDuration('?'), undefined);
  });
});
