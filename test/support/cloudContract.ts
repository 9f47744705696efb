import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { AuthError, DoubtfulError, isAbort, NoCapacityError } from '../../src/errors.js';
import { type Cloud, labelPrefix, type Offer, type OfferNeed } from '../../src/providers/cloud.js';
import type { Fault } from '../clouds/base/faults.js';
import { anyOffer, CloudBench, type CloudBenchOptions, type ContractSimulator } from './cloudBench.js';
import { endFromInside } from './selfEnding.js';

export interface CloudContractOptions extends CloudBenchOptions {
  /** Called once, before the first case. Whoever makes the simulator ends it. */
  readonly makeSimulator: () => Promise<ContractSimulator> | ContractSimulator;
}

const never = new AbortController().signal;
const wordOfTomorrow = 'hibernating';

/** Registers the cases that hold for every cloud, for its real client against its simulator over HTTP. */
export function cloudContract(name: string, { makeSimulator, ...options }: CloudContractOptions): void {
  describe(`${name} keeps the contract of a cloud`, () => {
    const cleanUps: (() => Promise<void>)[] = [];
    let bench: CloudBench;
    let resourcesAtFirst: ContractSimulator['resources'];

    before(async () => {
      const simulator = await makeSimulator();
      bench = await CloudBench.open(simulator, options, { after: (done) => cleanUps.push(done) });
      resourcesAtFirst = [...simulator.resources];
    });
    after(async () => {
      for (const cleanUp of cleanUps.reverse()) await cleanUp();
    });

    test('its facts are what a person and the engine need', () => {
      checkFacts(bench.cloud);
    });

    test('a good key is accepted, a wrong one is refused', async () => {
      await bench.cloud.check(never);
      const stranger = await bench.openWith('wrong-key-0123456789');
      await bench.failing(stranger.check(never), AuthError);
      await bench.failing(stranger.list(never), AuthError);
    });

    test('an offer has a price, a memory, a count and a name to rent it by', async () => {
      const offers = await bench.cloud.offers({ ...anyOffer, spot: null }, never);
      for (const offer of offers) checkOffer(offer, bench.cloud);
      assert.equal(new Set(offers.map(({ id }) => id)).size, offers.length, 'an id names one offer');
      assert.ok(offers.some(({ available }) => available !== false));
    });

    test('a need that nothing fits is a hint and no error', async () => {
      const need: OfferNeed = {
        gpus: ['Abacus 9000'],
        vramGb: 9000,
        count: 64,
        maxUsdPerHour: 0.0001,
        spot: false,
        regions: ['nowhere'],
        diskGb: 1,
      };
      for (const offer of await bench.cloud.offers(need, never)) checkOffer(offer, bench.cloud);
    });

    test('the end of a machine that nobody knows is a success', async () => {
      await bench.cloud.terminate(unknownId, never);
      assert.deepEqual(await bench.cloud.endpoints(unknownId, never).catch(() => []), []);
    });

    test('a machine is rented, lets its job in and nobody else, and is gone after its end', async (t) => {
      const { cloud, simulator } = bench;
      const request = await bench.request();
      const rented = await cloud.rent(request, bench.ledger, never);
      const usdPerHour = rented.usdPerHour ?? request.offer.usdPerHour;

      const machine = await bench.running(request);
      assert.equal(machine.id, rented.id);
      assert.equal(machine.provider, cloud.id);
      assert.ok(Math.abs(usdPerHour - request.offer.usdPerHour) < 0.01, `${usdPerHour} is the offer's price`);
      assert.ok(Math.abs(machine.usdPerHour - usdPerHour) < 0.01, `${machine.usdPerHour} is what was agreed`);
      assert.equal(machine.problem, null);
      assert.equal(simulator.liveMachines.filter(({ label }) => label === request.label).length, 1);

      const endpoint = await bench.logIn(t, machine.id);
      await bench.refusesOthers(t, endpoint);
      assert.deepEqual(await bench.placesOfKey(machine.id), [], 'the key of the account is nowhere on it');

      await bench.end(machine.id, request.label);
      await cloud.terminate(machine.id, never);
      assert.deepEqual(await cloud.endpoints(machine.id, never).catch(() => []), []);
    });

    test('a machine ends itself by the requests it is told, with what it has', async (t) => {
      const { cloud } = bench;
      const request = await bench.request({ bootLine: bench.bootLine });
      const { id } = await cloud.rent(request, bench.ledger, never);
      await bench.running(request);
      // A watchdog that starts at boot does not know the machine's id; one that comes with the login does.
      const known = cloud.facts.watchdogFrom === 'boot' ? null : id;
      for (const instanceId of [known, id]) checkSelfEnd(bench, request.label, instanceId);
      const { attempts, secrets } = cloud.selfEnd({ label: request.label, instanceId: known });
      const endpoint = await bench.logIn(t, id);
      if (cloud.facts.watchdogFrom === 'boot') await bench.bootLineRan(t, endpoint);
      const environment = await bench.environmentOf(t, endpoint);
      await endFromInside(attempts, { ...environment, ...secrets });
      await bench.gone(request.label);
    });

    for (const fault of doubtfulAnswers) {
      test(`a machine that was made in spite of ${fault.kind} is in doubt, and found by its label`, async () => {
        const request = await bench.request();
        bench.simulator.faults.next('create', fault);
        await bench.failing(bench.cloud.rent(request, bench.ledger, never), DoubtfulError);
        const found = await bench.listed(request.label);
        assert.equal(found.length, 1);
        for (const { id } of found) await bench.end(id, request.label);
      });
    }

    test('a request that broke before it was heard is in doubt too, and has made nothing', async () => {
      const request = await bench.request();
      bench.simulator.faults.next('create', { kind: 'refuse' });
      await bench.failing(bench.cloud.rent(request, bench.ledger, never), DoubtfulError);
      assert.deepEqual(await bench.listed(request.label), []);
    });

    test('an offer that is gone is no capacity, and has made nothing', async () => {
      const request = await bench.request();
      bench.simulator.faults.next('create', { kind: 'no-capacity' });
      await bench.failing(bench.cloud.rent(request, bench.ledger, never), NoCapacityError);
      assert.deepEqual(await bench.listed(request.label), []);
    });

    test('a list comes through a storm of refusals', async () => {
      const { faults } = bench.simulator;
      for (const body of ['json', 'plain', 'empty'] as const) faults.next('list', { kind: '429', body });
      faults.next('list', { kind: '503' });
      await bench.cloud.list(never);
    });

    test('a list that is not the whole is an error', async () => {
      const { foreign } = bench;
      bench.simulator.faults.next('list', { kind: 'partial', times: 20 });
      await bench.failing(bench.cloud.list(never), Error);
      bench.simulator.faults.clear('list');
      assert.ok((await bench.cloud.list(never)).some(({ id }) => id === foreign));
    });

    test('a state that nobody knows is unknown, and never gone', async () => {
      const { foreign } = bench;
      bench.simulator.showState(foreign, wordOfTomorrow);
      const shown = (await bench.cloud.list(never)).find(({ id }) => id === foreign);
      bench.simulator.showState(foreign, undefined);
      assert.equal(shown?.state, 'unknown');
      assert.equal(shown.stateWord.toLowerCase(), wordOfTomorrow);
    });

    test('the end of a machine is asked for again while the cloud is in trouble', async () => {
      const request = await bench.request();
      const { id } = await bench.cloud.rent(request, bench.ledger, never);
      bench.simulator.faults.next('terminate', { kind: '500' });
      bench.simulator.faults.next('terminate', { kind: 'lost-reply' });
      await bench.end(id, request.label);
    });

    test('what is abandoned ends at once', async () => {
      const { cloud } = bench;
      const over = AbortSignal.abort();
      for (const call of [cloud.check(over), cloud.list(over), cloud.offers(anyOffer, over)])
        await assert.rejects(call, isAbort);
    });

    test('what a job needs beside its machine is written down first, and let go of as often as asked', async () => {
      const { cloud, ledger } = bench;
      assert.deepEqual(ledger.madeBeforeIntended, []);
      for (const row of ledger.rows) {
        await cloud.release?.(row, never);
        await cloud.release?.({ ...row, id: null }, never);
        await cloud.release?.(row, never);
      }
      assert.deepEqual((await cloud.resources?.(ledger.rows, never)) ?? [], []);
    });

    test('in the end nothing of ours is left, all else is there, and the key was told to nobody', async () => {
      const { cloud, simulator, foreign } = bench;
      assert.deepEqual(simulator.orphans(labelPrefix), []);
      assert.deepEqual(simulator.resources, resourcesAtFirst);
      assert.deepEqual(simulator.touches, []);
      assert.ok((await cloud.list(never)).some(({ id }) => id === foreign));
      assert.deepEqual(
        bench.told.filter((text) => text.includes(simulator.accountKey)),
        [],
      );
    });
  });
}

const unknownId = '00000000';

const doubtfulAnswers: readonly Fault[] = [
  { kind: '500', done: true },
  { kind: '503', done: true },
  { kind: 'lost-reply' },
];

function checkFacts(cloud: Cloud): void {
  const { facts } = cloud;
  assert.match(facts.keyName, /^[A-Z][A-Z0-9_]+$/);
  for (const url of [facts.keyUrl, facts.consoleUrl, facts.endpoint, cloud.consoleUrl('an-id')])
    assert.equal(new URL(url).protocol, 'https:', url);
  assert.doesNotMatch(facts.endpoint, /\/$/);
  for (const sentence of [facts.keyHint, facts.stoppedCosts, ...facts.billingNotes])
    if (sentence !== null) assert.match(sentence, /^[A-Z].*\.$/);
  assert.ok(facts.bootMinutes > 0 && facts.bannerMinutes > 0 && facts.listSeconds > 0);
  const canStop = 'stop' in cloud;
  assert.equal(canStop, facts.stoppedCosts !== null, 'what can be stopped says what it costs then');
  assert.equal('start' in cloud, canStop);
}

function checkOffer(offer: Offer, { id, facts }: Cloud): void {
  const about = JSON.stringify(offer);
  assert.equal(offer.provider, id, about);
  assert.ok(offer.id !== '' && offer.gpu !== '', about);
  assert.ok(Number.isInteger(offer.count) && offer.count >= 1, about);
  assert.ok(offer.vramGb >= 1 && offer.vramGb <= 1000, about);
  assert.ok(offer.usdPerHour > 0 && offer.usdPerHour < 1000, about);
  assert.ok(offer.usdPerGb.up >= 0 && offer.usdPerGb.down >= 0, about);
  if (offer.spot) assert.ok(facts.sells.spot, about);
  if (offer.cuda !== null) assert.match(offer.cuda, /^\d+\.\d+$/);
  for (const note of offer.notes) assert.match(note, /^[A-Z].*\.$/);
}

function checkSelfEnd({ cloud, simulator }: CloudBench, label: string, instanceId: string | null): void {
  const { attempts, secrets } = cloud.selfEnd({ label, instanceId });
  assert.ok(attempts.length > 0);
  assert.ok(
    !JSON.stringify(attempts).includes(simulator.accountKey),
    'a secret is named and never written out',
  );
  const handed = Object.values(secrets);
  assert.deepEqual(handed, cloud.facts.selfEnd === 'account-key' ? [simulator.accountKey] : []);
}
