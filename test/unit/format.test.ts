import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  formatBytes,
  formatBytesOf,
  formatDuration,
  formatFraction,
  formatNumber,
  formatPosition,
  formatPrice,
  formatUsd,
} from '../../src/format.js';

describe('formatNumber', () => {
  it('keeps four digits and no trailing zeros', () => {
    assert.deepEqual([0.123456, 12.5, 0, -3.14159, 54321.9].map(formatNumber), [
      '0.1235',
      '12.5',
      '0',
      '-3.142',
      '54322',
    ]);
  });

  it('uses an exponent where zeros would have to be counted', () => {
    assert.deepEqual([0.00002, 1e-7, 1_234_567, 1e6].map(formatNumber), ['2e-5', '1e-7', '1.235e6', '1e6']);
  });

  it('says what is not a number', () => {
    assert.deepEqual([NaN, Infinity, -Infinity].map(formatNumber), ['NaN', '∞', '−∞']);
  });
});

describe('formatPosition', () => {
  it('shortens thousands and millions', () => {
    assert.deepEqual([3, 2.5, 9999, 10_000, 12_300, 2_500_000].map(formatPosition), [
      '3',
      '2.5',
      '9999',
      '10k',
      '12.3k',
      '2.5M',
    ]);
  });
});

describe('formatDuration', () => {
  it('names the two largest units', () => {
    const minute = 60_000;
    const durations = [0, 80, 8_900, 125_000, 60 * minute, 190 * minute, 52 * 60 * minute];
    assert.deepEqual(durations.map(formatDuration), [
      '0 s',
      '<1 s',
      '8 s',
      '2 min 5 s',
      '1 h',
      '3 h 10 min',
      '2 d 4 h',
    ]);
  });
});

describe('formatBytes', () => {
  it('counts in units of 1024', () => {
    assert.deepEqual([0, 900, 1536, 200 * 1024 ** 2, 7.8 * 1024 ** 3].map(formatBytes), [
      '0 B',
      '900 B',
      '1.5 KB',
      '200 MB',
      '7.8 GB',
    ]);
  });

  it('shows a part in the unit of its whole', () => {
    assert.equal(formatBytesOf(512 * 1024 ** 2, 8 * 1024 ** 3), '0.5 / 8.0 GB');
  });
});

describe('formatPrice', () => {
  it('has a third digit where it counts', () => {
    assert.deepEqual([0.34, 0.298, 0.5, 1, 12.5].map(formatPrice), [
      '$0.34/h',
      '$0.298/h',
      '$0.50/h',
      '$1.00/h',
      '$12.50/h',
    ]);
  });
});

describe('formatFraction and formatUsd', () => {
  it('do not say all or nothing before it is true', () => {
    assert.deepEqual([0, 0.664, 0.9999, 1].map(formatFraction), ['0 %', '66 %', '99 %', '100 %']);
    assert.deepEqual([0.004, 0.41, 12].map(formatUsd), ['<$0.01', '$0.41', '$12.00']);
  });
});
