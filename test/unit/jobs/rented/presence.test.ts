import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { findByLabel } from '../../../../src/jobs/rented/adoption.js';
import { lookForLoss, type Loss } from '../../../../src/jobs/rented/loss.js';
import { findById, isGone } from '../../../../src/jobs/rented/presence.js';
import type { InstanceState } from '../../../../src/providers/provider.js';
import { labelOf, rentedInstance } from '../builders.js';
import { FakeCloud, never } from './fakeCloud.js';

describe('isGone', () => {
  it('takes two lists without the machine', async () => {
    const cloud = new FakeCloud();
    assert.equal(await isGone(cloud.provider(), 'm1', never), true);
    assert.deepEqual(cloud.calls, ['list', 'list']);
  });

  it('is untrue when only the first list is without it', async () => {
    const cloud = new FakeCloud();
    let lists = 0;
    cloud.beforeList = () => {
      lists += 1;
      if (lists === 2) cloud.make('m1', labelOf(1));
    };
    assert.equal(await isGone(cloud.provider(), 'm1', never), false);
  });

  it('is unknown, which is an error, without a list', async () => {
    const cloud = new FakeCloud();
    cloud.beforeList = () => Promise.reject(new Error('no list'));
    await assert.rejects(isGone(cloud.provider(), 'm1', never), /no list/);
  });

  it('counts one that is over as absent, and no other', () => {
    const of = (state: InstanceState) => findById([rentedInstance({ state })], 'm1');
    assert.equal(of('gone'), undefined);
    for (const state of [
      'starting',
      'running',
      'stopped',
      'terminating',
      'failed',
      'interrupted',
      'unknown',
    ] as const)
      assert.equal(of(state)?.state, state);
  });
});

describe('findByLabel', () => {
  it('finds a machine that shows up late', async () => {
    const cloud = new FakeCloud();
    cloud.timeScale = 0.05;
    let lists = 0;
    cloud.beforeList = () => {
      lists += 1;
      if (lists === 3) cloud.make('m1', labelOf(1));
    };
    assert.equal((await findByLabel(cloud.provider(), labelOf(1), cloud, never))?.id, 'm1');
  });

  it('looks at least twice before it says that there is none', async () => {
    const cloud = new FakeCloud();
    cloud.timeScale = 0;
    cloud.make('other', labelOf(2));
    cloud.make('over', labelOf(1), { state: 'gone' });
    assert.equal(await findByLabel(cloud.provider(), labelOf(1), cloud, never), undefined);
    assert.equal(cloud.calls.length, 2);
  });
});

describe('lookForLoss', () => {
  const lossOf = async (state: InstanceState | 'absent', spot = false): Promise<Loss['kind']> => {
    const cloud = new FakeCloud();
    if (state !== 'absent') cloud.make('m1', labelOf(1), { state });
    return (await lookForLoss(cloud.provider(), { id: 'm1', spot }, never)).kind;
  };

  it('never takes a machine for lost of which its provider says nothing clear', async () => {
    for (const state of ['starting', 'running', 'unknown'] as const)
      assert.equal(await lossOf(state), 'none');
  });

  it('tells what was taken back or broke from what somebody has ended', async () => {
    for (const state of ['interrupted', 'failed', 'stopped'] as const)
      assert.equal(await lossOf(state), 'lost');
    assert.equal(await lossOf('terminating'), 'ended');
    assert.equal(await lossOf('absent'), 'ended');
    assert.equal(await lossOf('absent', true), 'lost');
  });
});
