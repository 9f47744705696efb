import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { findByLabel } from '../../../../src/jobs/rented/adoption.js';
import { lookForLoss, type Loss } from '../../../../src/jobs/rented/loss.js';
import { findById, isGone } from '../../../../src/jobs/rented/presence.js';
import type { InstanceState } from '../../../../src/providers/provider.js';
import { labelOf, rentedInstance } from '../builders.js';
import { FakeCloud, never } from './fakeCloud.js';

/** In a journal of before there were marks. */
const m1 = { name: 'm1', keyMark: null };

describe('isGone', () => {
  it('takes two lists without the machine', async () => {
    const cloud = new FakeCloud();
    assert.equal(await isGone(cloud.provider(), m1, never), true);
    assert.deepEqual(cloud.calls, ['list', 'list']);
  });

  it('is untrue when only the first list is without it', async () => {
    const cloud = new FakeCloud();
    let lists = 0;
    cloud.beforeList = () => {
      lists += 1;
      if (lists === 2) cloud.make('m1', labelOf(1));
    };
    assert.equal(await isGone(cloud.provider(), m1, never), false);
  });

  it('is unknown, which is an error, without a list', async () => {
    const cloud = new FakeCloud();
    cloud.beforeList = () => Promise.reject(new Error('no list'));
    await assert.rejects(isGone(cloud.provider(), m1, never), /no list/);
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

describe('the key of another account', () => {
  /** A machine that was rented with the key `ours`, and is in no list of the present key `other`. */
  const changed = async () => {
    const cloud = new FakeCloud();
    cloud.key = 'ours';
    const provider = cloud.provider();
    const keyMark = await provider.keyMark();
    assert.match(keyMark, /^[0-9a-f]{8}$/);
    cloud.key = 'other';
    return { cloud, provider, keyMark };
  };

  it('says nothing about machines: they are not gone, not lost, and not asked for again', async () => {
    const { cloud, provider, keyMark } = await changed();
    cloud.timeScale = 0;
    const unknown = { name: 'AuthError', message: /The key of Vast\.ai was changed after .* was rented/ };
    await assert.rejects(isGone(provider, { name: 'm1', keyMark }, never), unknown);
    await assert.rejects(lookForLoss(provider, { id: 'm1', keyMark, spot: true }, never), unknown);
    await assert.rejects(findByLabel(provider, { label: labelOf(1), keyMark }, cloud, never), unknown);
    cloud.key = 'ours';
    assert.equal(await isGone(provider, { name: 'm1', keyMark }, never), true);
  });

  it('is told from a new key of the same account, which has listed the machine', async () => {
    const { cloud, provider, keyMark } = await changed();
    cloud.make('m1', labelOf(1));
    assert.equal(await isGone(provider, { name: 'm1', keyMark }, never), false);
    cloud.remove('m1');
    assert.equal(await isGone(provider, { name: 'm1', keyMark }, never), true);
    cloud.key = 'third';
    await assert.rejects(isGone(provider, { name: 'm1', keyMark }, never), /was changed/);
  });
});

describe('findByLabel', () => {
  const asked = { label: labelOf(1), keyMark: null };

  it('finds a machine that shows up late', async () => {
    const cloud = new FakeCloud();
    cloud.timeScale = 0.05;
    let lists = 0;
    cloud.beforeList = () => {
      lists += 1;
      if (lists === 3) cloud.make('m1', labelOf(1));
    };
    assert.equal((await findByLabel(cloud.provider(), asked, cloud, never))?.id, 'm1');
  });

  it('looks at least twice before it says that there is none', async () => {
    const cloud = new FakeCloud();
    cloud.timeScale = 0;
    cloud.make('other', labelOf(2));
    cloud.make('over', labelOf(1), { state: 'gone' });
    assert.equal(await findByLabel(cloud.provider(), asked, cloud, never), undefined);
    assert.equal(cloud.calls.length, 2);
  });
});

describe('lookForLoss', () => {
  const lossOf = async (state: InstanceState | 'absent', spot = false): Promise<Loss['kind']> => {
    const cloud = new FakeCloud();
    if (state !== 'absent') cloud.make('m1', labelOf(1), { state });
    return (await lookForLoss(cloud.provider(), { id: 'm1', keyMark: null, spot }, never)).kind;
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
