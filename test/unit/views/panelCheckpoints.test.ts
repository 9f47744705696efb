import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { JobCheckpoint } from '../../../src/jobs/jobCheckpoints.js';
import { toPanelCheckpoints } from '../../../src/views/panelCheckpoints.js';
import { afterSeconds, jobAt } from './jobs.js';
import { rentedJob } from './rented.js';

const checkpoint = (here: string | null): JobCheckpoint => ({
  id: '1 epoch-0004.pt',
  name: 'epoch-0004.pt',
  epoch: 4,
  step: null,
  modified: afterSeconds(10) / 1000,
  bytes: 2048,
  here,
});

const both = [checkpoint(null), checkpoint('/home/alice/.trainyard/jobs/digits/checkpoints/1/epoch-0004.pt')];
const onSsh = { place: { provider: 'ssh', destination: 'ssh://alice@gpu1', identityFiles: [] } } as const;

const places = (job: Parameters<typeof toPanelCheckpoints>[0]): string[] =>
  toPanelCheckpoints(job, both, afterSeconds(40)).map(({ place }) => place);

describe('checkpoints in the panel', () => {
  it('say their age and never a path of this computer', () => {
    assert.deepEqual(toPanelCheckpoints(jobAt('training.started'), [checkpoint('/x')], afterSeconds(40)), [
      {
        id: '1 epoch-0004.pt',
        name: 'epoch-0004.pt',
        epoch: 4,
        step: null,
        bytes: 2048,
        ageMs: 30_000,
        place: 'here',
      },
    ]);
  });

  it('are on the machine while the job runs, and left there by one that has ended', () => {
    assert.deepEqual(places(jobAt('training.started', onSsh)), ['machine', 'here']);
    assert.deepEqual(places(jobAt('released', onSsh)), ['left', 'here']);
  });

  it('are gone with a machine that was given back, but for those that are here', () => {
    assert.deepEqual(places(rentedJob('training.started')), ['machine', 'here']);
    assert.deepEqual(places(rentedJob('released')), ['here']);
  });

  it('of this computer are here or nowhere', () => {
    assert.deepEqual(places(jobAt('training.started')), ['here']);
  });
});
