import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseFromPanel, parsePanelState } from '../../../src/views/fromPanel.js';

describe('parseFromPanel', () => {
  it('lets the messages of the protocol through', () => {
    assert.deepEqual(parseFromPanel({ type: 'ready' }), { type: 'ready' });
    assert.deepEqual(parseFromPanel({ type: 'action', action: 'stop' }), { type: 'action', action: 'stop' });
    const reveal = { type: 'revealCheckpoint', id: '1767225600.000 epoch-0001.pt' };
    assert.deepEqual(parseFromPanel(reveal), reveal);
    assert.deepEqual(parseFromPanel({ type: 'picture', png: 'iVBORw0=' }), {
      type: 'picture',
      png: 'iVBORw0=',
    });
  });

  it('drops what the message carries besides', () => {
    assert.deepEqual(parseFromPanel({ type: 'ready', jobId: '../../x' }), { type: 'ready' });
  });

  it('refuses everything else', () => {
    const others = [
      undefined,
      null,
      'ready',
      7,
      {},
      { type: 'action' },
      { type: 'action', action: 'rm' },
      { type: 'revealCheckpoint' },
      { type: 'revealCheckpoint', id: 'x'.repeat(1000) },
      { type: 'picture', png: 'data:text/html,<b>' },
      [],
    ];
    for (const other of others) assert.equal(parseFromPanel(other), undefined);
  });
});

describe('parsePanelState', () => {
  it('reads the job of a panel from before a reload', () => {
    assert.deepEqual(parsePanelState({ jobId: 'digits-7f3k2a', hiddenMetrics: [] }), {
      jobId: 'digits-7f3k2a',
    });
  });

  it('refuses a state that names no job', () => {
    for (const stored of [undefined, {}, { jobId: '' }, { jobId: 7 }, { jobId: '../x' }])
      assert.equal(parsePanelState(stored), undefined);
  });
});
