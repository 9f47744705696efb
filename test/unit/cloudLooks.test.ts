import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CloudLooks } from '../../src/cloudLooks.js';
import { labelOf } from './jobs/builders.js';
import { FakeCloud, never } from './jobs/rented/fakeCloud.js';

describe('CloudLooks', () => {
  const idsOf = ({ machines }: { machines: readonly { id: string }[] }): string[] =>
    machines.map(({ id }) => id);

  it('tells at once what is known, and asks once for all who look', async () => {
    const cloud = new FakeCloud();
    cloud.make('m1', labelOf(1));
    const provider = cloud.provider();
    const looks = new CloudLooks(1, never);
    assert.deepEqual(looks.look(provider), { machines: [], error: null, balanceUsd: null });
    looks.look(provider);
    await Promise.all([looks.ask(provider), looks.ask(provider)]);
    assert.deepEqual(idsOf(looks.look(provider)), ['m1']);
    assert.deepEqual(cloud.calls, ['list']);
  });

  it('keeps the last machines when a list cannot be had, and says why', async () => {
    const cloud = new FakeCloud();
    cloud.make('m1', labelOf(1));
    const provider = cloud.provider();
    const looks = new CloudLooks(1, never);
    await looks.ask(provider);
    cloud.beforeList = () => Promise.reject(new Error('no list'));
    await looks.ask(provider);
    const { error, ...last } = looks.look(provider);
    assert.equal(error, 'no list');
    assert.deepEqual(idsOf(last), ['m1']);
    cloud.beforeList = () => undefined;
    await looks.ask(provider);
    assert.equal(looks.look(provider).error, null);
  });

  it('shows machines before a slow balance, and does without one that fails', async () => {
    const cloud = new FakeCloud();
    cloud.make('m1', labelOf(1));
    let fail = (): void => undefined;
    const balance = (): Promise<number> =>
      new Promise((_, reject) => {
        fail = () => reject(new Error('no balance'));
      });
    Object.assign(cloud, { balance });
    const provider = cloud.provider();
    const looks = new CloudLooks(1, never);
    const asking = looks.ask(provider);
    for (let turn = 0; turn < 1000 && idsOf(looks.look(provider)).length === 0; turn += 1)
      await new Promise((resolve) => setImmediate(resolve));
    assert.deepEqual(idsOf(looks.look(provider)), ['m1']);
    fail();
    await asking;
    assert.deepEqual(looks.look(provider).balanceUsd, null);
  });
});
