import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fits } from '../../../../src/views/launch/typed.js';

describe('what is typed into a list', () => {
  const row = { label: 'RTX 4090', description: '24 GB · $0.31/h', detail: '$(clock) 2 min · RunPod' };

  it('fits a row that holds it in any of its texts', () => {
    for (const typed of ['', 'rtx 40', ' RTX ', '$0.31', 'runpod', 'N · RunP']) assert.ok(fits(row, typed));
  });

  it('does not fit what only has its letters, or has them in the name of an icon', () => {
    for (const typed of ['Lambda', 'r4', 'clock']) assert.ok(!fits(row, typed));
    assert.ok(!fits({ label: 'A10' }, 'RunPod'));
  });
});
