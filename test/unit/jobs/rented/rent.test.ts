import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { AccountError, DoubtfulError, NoCapacityError } from '../../../../src/errors.js';
import type { NewEvent } from '../../../../src/jobs/job.js';
import { rent } from '../../../../src/jobs/rented/rent.js';
import { intended, labelOf, offerRef, rentedSpec } from '../builders.js';
import { FakeCloud, never } from './fakeCloud.js';
import { MemoryJournal } from './memoryJournal.js';
import { stepContext } from './stepContext.js';

const label = labelOf(1);

describe('rent', () => {
  const rentWith = async (t: TestContext, cloud: FakeCloud, repeated = false): Promise<NewEvent> => {
    const journal = new MemoryJournal([{ type: 'planned', spec: rentedSpec() }, intended()]);
    const context = await stepContext(t, cloud, journal);
    const wanted = { label, offer: offerRef(), provider: cloud.provider() };
    return rent(wanted, { ...context, repeated }, never);
  };
  const launched = (id: string, usdPerHour = 1): NewEvent => ({
    type: 'launched',
    instance: { provider: 'vast', id, usdPerHour },
  });

  it('asks once, with our label, a key of the job alone and the deadline of the journal', async (t) => {
    const cloud = new FakeCloud();
    cloud.onRent = (request) => {
      assert.match(request.publicKey, /^ssh-ed25519 [A-Za-z0-9+/=]+$/);
      assert.equal(request.keyName, 'trainyard-k3x9-digits-abc234');
      assert.equal(String(request.deadline), label.split('-').at(-1));
      // Without the user's word the key of the account stays here, and so does the watchdog.
      assert.equal(request.bootLine, null);
      return { id: 'm1', usdPerHour: 1.2 };
    };
    assert.deepEqual(await rentWith(t, cloud), launched('m1', 1.2));
    assert.deepEqual(cloud.calls, [`rent ${label}`]);
  });

  it('adopts what was asked for before, and asks for nothing', async (t) => {
    const cloud = new FakeCloud();
    cloud.make('m1', label, { usdPerHour: 1.5 });
    assert.deepEqual(await rentWith(t, cloud, true), launched('m1', 1.5));
    assert.deepEqual(cloud.calls, ['list']);
  });

  it('asks again only for what is in no list', async (t) => {
    const cloud = new FakeCloud();
    assert.deepEqual(await rentWith(t, cloud, true), launched('made'));
    assert.ok(cloud.calls.filter((call) => call === 'list').length >= 2);
    assert.equal(cloud.calls.at(-1), `rent ${label}`);
  });

  it('asks for nothing a second time with the key of another account', async (t) => {
    const cloud = new FakeCloud();
    const journal = new MemoryJournal([{ type: 'planned', spec: rentedSpec() }, intended(1, {}, 'ffffffff')]);
    const context = { ...(await stepContext(t, cloud, journal)), repeated: true };
    const wanted = { label, offer: offerRef(), provider: cloud.provider() };
    await assert.rejects(rent(wanted, context, never), /The key of Vast\.ai was changed/);
    assert.ok(cloud.calls.every((call) => call === 'list'));
  });

  it('takes the next offer when this one is gone', async (t) => {
    const cloud = new FakeCloud();
    cloud.onRent = () => Promise.reject(new NoCapacityError('Taken.'));
    assert.deepEqual(await rentWith(t, cloud), { type: 'launch.refused', label, why: 'Taken.' });
    assert.deepEqual(cloud.calls, [`rent ${label}`]);
  });

  it('looks for a machine whose creation is doubtful before it takes another offer', async (t) => {
    const cloud = new FakeCloud();
    cloud.onRent = () => {
      cloud.make('m1', label);
      throw new DoubtfulError('Nobody knows.');
    };
    assert.deepEqual(await rentWith(t, cloud), launched('m1'));
    const other = new FakeCloud();
    other.onRent = () => Promise.reject(new DoubtfulError('Nobody knows.'));
    const event = await rentWith(t, other);
    assert.deepEqual(event, { type: 'launch.refused', label, why: 'Nobody knows.' });
    assert.ok(other.calls.filter((call) => call === 'list').length >= 2);
  });

  it('asks for nothing while nobody knows whether it was asked before', async (t) => {
    const cloud = new FakeCloud();
    cloud.beforeList = () => Promise.reject(new Error('no list'));
    await assert.rejects(rentWith(t, cloud, true), /no list/);
    assert.deepEqual(cloud.calls, ['list']);
  });

  it('leaves what the user must do to the user', async (t) => {
    const cloud = new FakeCloud();
    cloud.onRent = () => Promise.reject(new AccountError('Pay.'));
    await assert.rejects(rentWith(t, cloud), AccountError);
  });
});
