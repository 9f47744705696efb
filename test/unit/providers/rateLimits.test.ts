import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Headers } from 'node-fetch';
import { exhaustedMs, waitAskedFor } from '../../../src/providers/rateLimits.js';

const now = Date.UTC(2026, 0, 1, 12, 0, 0);
const asked = (headers: Record<string, string>): number | undefined =>
  waitAskedFor(new Headers(headers), now);

describe('waitAskedFor', () => {
  it('reads seconds and dates', () => {
    assert.equal(asked({ 'retry-after': '7' }), 7_000);
    assert.equal(asked({ 'retry-after': '0.5' }), 500);
    assert.equal(asked({ 'retry-after': 'Thu, 01 Jan 2026 12:00:30 GMT' }), 30_000);
  });

  it('does not wait for what is over', () => {
    assert.equal(asked({ 'retry-after': 'Thu, 01 Jan 2026 11:00:00 GMT' }), 0);
    assert.equal(asked({ 'retry-after': '-5' }), 0);
  });

  it('takes the limits where it cannot read the time, and nothing where nothing is said', () => {
    assert.equal(asked({ 'retry-after': 'soon', ratelimit: '"minute";r=0;t=12' }), 12_000);
    assert.equal(asked({ 'retry-after': '', ratelimit: '"minute";r=0;t=12' }), 12_000);
    assert.equal(asked({ 'retry-after': 'soon' }), undefined);
    assert.equal(asked({}), undefined);
  });
});

describe('exhaustedMs', () => {
  const of = (ratelimit: string): number | undefined => exhaustedMs(new Headers({ ratelimit }));

  it('is the longest of the windows that are used up', () => {
    assert.equal(of('"minute";r=0;t=12, "hour";r=0;t=1812'), 1_812_000);
    assert.equal(of('"minute"; r=0; t=12, "hour"; r=2800; t=1812'), 12_000);
  });

  it('is nothing while calls remain, or when it reads otherwise', () => {
    assert.equal(of('"minute";r=10;t=12'), undefined);
    assert.equal(of('limit=10, remaining=0, reset=5'), undefined);
  });
});
