import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { panned, within, zoomed } from '../../../webview/zoom.js';

const all = { from: 0, to: 100 };

describe('zooming', () => {
  it('keeps what is under the pointer where it is', () => {
    assert.deepEqual(zoomed(all, all, 25, 0.5), { from: 12.5, to: 62.5 });
  });

  it('ends at everything there is', () => {
    assert.equal(zoomed({ from: 10, to: 90 }, all, 50, 2), null);
    assert.equal(zoomed(all, all, 0, 2), null);
  });

  it('stops where there is nothing left to see', () => {
    let seen = all;
    for (let turn = 0; turn < 100; turn++) seen = zoomed(seen, all, 100, 0.5) ?? all;
    assert.ok(seen.to - seen.from >= 0.01 - 1e-9, JSON.stringify(seen));
    assert.ok(seen.to <= 100);
  });

  it('moves to either end and no further', () => {
    assert.deepEqual(panned({ from: 20, to: 40 }, all, 0.5), { from: 30, to: 50 });
    assert.deepEqual(panned({ from: 20, to: 40 }, all, -9), { from: 0, to: 20 });
    assert.deepEqual(panned({ from: 20, to: 40 }, all, 9), { from: 80, to: 100 });
    assert.equal(panned(all, all, 1), null);
  });

  it('takes a selection in either direction, as far as there is something', () => {
    assert.deepEqual(within({ from: 50, to: -20 }, all), { from: 0, to: 50 });
    assert.equal(within({ from: -5, to: 105 }, all), null);
    assert.equal(within({ from: 1, to: 2 }, { from: 7, to: 7 }), null, 'a single point has no parts');
  });
});
