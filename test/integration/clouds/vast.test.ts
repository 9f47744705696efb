import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import {
  AccountError,
  DoubtfulError,
  InputError,
  NoCapacityError,
  NotFoundError,
} from '../../../src/errors.js';
import type { Cloud, Offer, OfferNeed, RentedInstance, RentRequest } from '../../../src/providers/cloud.js';
import { vast } from '../../../src/providers/vast/entry.js';
import { SimulatedVast, type VastOptions } from '../../clouds/vast/simulatedVast.js';
import { anyOffer, CloudBench } from '../../support/cloudBench.js';
import { cloudContract } from '../../support/cloudContract.js';
import { ListLedger } from '../../support/listLedger.js';
import { type Excuse, openApiMisfits } from '../../support/openApiCheck.js';
import { openSshConnection } from '../../support/sshHost.js';
import { makeSshKey } from '../../support/sshKeys.js';
import { type CleanUp, tempDir } from '../../support/tempDir.js';
import { waitFor } from '../../support/waitFor.js';

const never = new AbortController().signal;
const simulator = await new SimulatedVast({ timeScale: 0.001 }).start({ after });
const bench = await CloudBench.open(simulator, { entry: vast }, { after });
const keyFile = join(await tempDir({ after }), 'id_ed25519');

cloudContract('Vast.ai', { entry: vast, makeSimulator: () => simulator });

describe('Vast.ai', () => {
  const { faults, market } = simulator;
  const { cloud } = bench;

  const newLedger = (): ListLedger => new ListLedger(() => []);

  async function offerOf(gpu: string, changes: Partial<OfferNeed> = {}): Promise<Offer> {
    const [offer] = await cloud.offers({ ...anyOffer, gpus: [gpu], ...changes }, never);
    assert.ok(offer, `there is an offer of ${gpu}`);
    return offer;
  }

  /** Rents a machine that never comes up: quick, and enough to look at. */
  async function rentUnbuilt(): Promise<{ readonly id: string; readonly request: RentRequest }> {
    const request = await bench.request();
    faults.next('machine', { kind: 'stuck-booting' });
    return { id: (await cloud.rent(request, bench.ledger, never)).id, request };
  }

  async function inList(id: string, client = cloud): Promise<RentedInstance> {
    const machine = (await client.list(never)).find((each) => each.id === id);
    assert.ok(machine, `${id} is listed`);
    return machine;
  }

  function ask(method: string, path: string, key = simulator.accountKey, body?: unknown): Promise<Response> {
    return fetch(`${simulator.endpoint}/api/v0${path}`, {
      method,
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  }

  describe('offers', () => {
    test('are machines that can be used, each with the price of its disk', async () => {
      const offers = await cloud.offers({ ...anyOffer, diskGb: 100 }, never);
      assert.deepEqual([...new Set(offers.map(({ gpu, vramGb }) => `${gpu} ${vramGb}`))].sort(), [
        'A100 SXM4 80',
        'H100 SXM 80',
        'L40S 48',
        'RTX 3060 12',
        'RTX 4090 24',
        'RTX A5000 24',
      ]);
      const offer = offers.find(({ gpu }) => gpu === 'RTX 4090');
      const disk = (100 * 0.15) / 730;
      assert.ok(Math.abs((offer?.usdPerHour ?? 0) - (0.36 + disk)) < 0.0001);
      assert.deepEqual(offer?.usdPerGb, { up: 0.003, down: 0.003 });
      assert.equal(new Set(offers.map(({ hostKey }) => hostKey)).size, offers.length);
    });

    test('of a GPU are found by the name people use, also when it is dear', async () => {
      const offers = await cloud.offers(
        { ...anyOffer, gpus: ['h100', '4090'], vramGb: 24, spot: null },
        never,
      );
      assert.deepEqual([...new Set(offers.map(({ gpu }) => gpu))].sort(), ['H100 SXM', 'RTX 4090']);
      const [eight] = await cloud.offers({ ...anyOffer, gpus: ['H100'], count: 8 }, never);
      assert.equal(eight?.count, 8);
    });

    test('for a bid are the bid and the disk, and say what can happen', async () => {
      const offer = await offerOf('RTX 4090', { spot: true });
      assert.ok(offer.spot);
      assert.ok(Math.abs(offer.usdPerHour - (0.198 + (20 * 0.15) / 730)) < 0.0001);
      assert.match(offer.notes.join(), /\$0\.198\/h: the machine stops without a warning/);
    });

    test('that end soon say when', async () => {
      assert.match((await offerOf('A100')).notes.join(), /another 48 hours/);
    });

    test('can be asked for by country', async () => {
      const offers = await cloud.offers({ ...anyOffer, regions: ['CA'] }, never);
      assert.deepEqual([...new Set(offers.map(({ region }) => region))], ['Quebec, CA']);
    });
  });

  describe('a create', () => {
    test('that is refused in any of four ways has left nothing', async () => {
      for (const way of ['gone', 'not there', 'no success', 'half made']) {
        const request = await bench.request();
        faults.next('create', { kind: 'no-capacity' });
        await bench.failing(cloud.rent(request, newLedger(), never), NoCapacityError);
        assert.deepEqual(await bench.listed(request.label), [], way);
      }
    });

    test('that is refused and has made a machine which does not end is in doubt', async (t) => {
      t.after(() => faults.clear());
      const request = await bench.request({ offer: await offerOf('L40S', { spot: true }) });
      const listing = market.listings.find(({ gpuName }) => gpuName === 'L40S');
      assert.ok(listing);
      listing.minBid = 10;
      t.after(() => void (listing.minBid = 0.4));
      faults.next('terminate', { kind: '500', times: 100 });
      const error = await bench.failing(cloud.rent(request, newLedger(), never), DoubtfulError);
      const [left] = await bench.listed(request.label);
      assert.match(
        error.message,
        new RegExp(`machine ${left?.id ?? 'none'} of Vast.ai cannot be used.*It bills`),
      );
      assert.equal(left?.state, 'interrupted');
      faults.clear('terminate');
      await bench.end(left.id, request.label);
    });

    test('of an offer whose price has changed tells the real one', async (t) => {
      const request = await bench.request({ offer: await offerOf('H100') });
      const listing = market.listings.find(({ askId }) => String(askId) === request.offer.id);
      assert.ok(listing);
      listing.usdPerHour += 1;
      t.after(() => void (listing.usdPerHour -= 1));
      faults.next('machine', { kind: 'stuck-booting' });
      const { id, usdPerHour } = await cloud.rent(request, bench.ledger, never);
      assert.ok(usdPerHour !== null && Math.abs(usdPerHour - request.offer.usdPerHour - 1) < 0.001);
      await bench.end(id, request.label);
    });

    test('that comes too soon is sent again once Vast.ai takes it, and makes one machine', async () => {
      const request = await bench.request();
      faults.next('create', { kind: '429', body: 'plain' });
      faults.next('machine', { kind: 'stuck-booting' });
      const { id } = await cloud.rent(request, bench.ledger, never);
      const [refused, taken] = simulator.server.asked('PUT', '/api/v0/asks/:id/').slice(-2);
      assert.deepEqual([refused?.status, taken?.status], [429, 200]);
      // 4.5 s and a fifth, at a hundredth of the time.
      assert.ok((taken?.at ?? 0) - (refused?.at ?? 0) >= 53);
      assert.equal((await bench.listed(request.label)).length, 1);
      await bench.end(id, request.label);
    });

    test('of what is no offer, or with too long a start, is refused before it is sent', async () => {
      const asked = simulator.server.requests.length;
      const request = await bench.request();
      const other = { ...request, offer: { ...request.offer, id: 'RTX 4090' } };
      await bench.failing(cloud.rent(other, newLedger(), never), InputError);
      const long = { ...request, bootLine: 'x'.repeat(4000) };
      await bench.failing(cloud.rent(long, newLedger(), never), InputError);
      const creates = simulator.server.requests.slice(asked).filter(({ method }) => method === 'PUT');
      assert.deepEqual(creates, []);
    });
  });

  describe('keys', () => {
    test('of the account are left alone when it has one', async (t) => {
      const own = simulator.addAccountKey('ssh-ed25519 AAAAC3Nzown me@laptop');
      t.after(() => ask('DELETE', `/ssh/${own.id}/`).then(() => undefined));
      const ledger = newLedger();
      const request = await bench.request();
      faults.next('machine', { kind: 'stuck-booting' });
      const { id } = await cloud.rent(request, ledger, never);
      assert.deepEqual(ledger.rows, []);
      await bench.end(id, request.label);
    });

    test('that were added without an answer are found again and removed, and no others', async () => {
      for (const row of (await cloud.resources?.([], never)) ?? []) await cloud.release?.(row, never);
      const ledger = newLedger();
      const request = await bench.request();
      // The list that is empty, then the key that is added and not answered for.
      faults.next('keys', { kind: 'slow', ms: 0 });
      faults.next('keys', { kind: 'lost-reply' });
      faults.next('machine', { kind: 'stuck-booting' });
      const { id } = await cloud.rent(request, ledger, never);
      simulator.addAccountKey('ssh-ed25519 AAAAC3Nzother me@laptop');
      const [row] = ledger.rows;
      assert.equal(row?.name, request.keyName);
      assert.equal(simulator.resources.length, 3, 'added twice, and the user has one');
      await cloud.release?.({ ...row, id: null }, never);
      assert.deepEqual(
        simulator.resources.map(({ label }) => label),
        ['me@laptop'],
      );
      await bench.end(id, request.label);
    });

    test('are attached to a machine as soon as it takes them, and once', async () => {
      const request = await bench.request();
      const { id } = await cloud.rent(request, bench.ledger, never);
      const [machine] = await bench.listed(request.label);
      assert.ok(machine);
      await cloud.expose?.(machine, request, bench.ledger, never);
      const asked = simulator.server.requests.length;
      await cloud.expose?.(machine, request, bench.ledger, never);
      assert.equal(simulator.server.requests.length, asked + 1, 'one question when there is nothing to do');
      await bench.end(id, request.label);
    });
  });

  describe('an interruptible machine behind a firewall', () => {
    let request: RentRequest;
    let id: string;

    before(async () => {
      const publicKey = (await makeSshKey(keyFile)).split(' ').slice(0, 2).join(' ');
      request = await bench.request({ publicKey, offer: await offerOf('A5000', { spot: true }) });
      ({ id } = await cloud.rent(request, bench.ledger, never));
      await bench.running(request);
    });
    after(() => bench.end(id, request.label));

    async function logInThroughRelay(t: CleanUp): Promise<void> {
      const [direct, relay] = await cloud.endpoints(id, never);
      assert.ok(direct && relay);
      const login = { kind: 'ssh', identityFiles: [keyFile], identitiesOnly: true } as const;
      await assert.rejects(openSshConnection(t, { ...login, ...direct }), { phase: 'connect' });
      await openSshConnection(t, { ...login, ...relay });
    }

    test('is reached through the relay, and its traffic is billed', async (t) => {
      const trafficUsd = (): number => simulator.instances.get(id)?.trafficUsd ?? 0;
      assert.equal(trafficUsd(), 0);
      await logInThroughRelay(t);
      assert.ok(trafficUsd() > 0);
    });

    test('stops when others bid more, and starts only when the bid wins', async (t) => {
      await simulator.outbid(id);
      assert.equal((await inList(id)).state, 'interrupted');
      assert.deepEqual(await cloud.endpoints(id, never), []);
      const billed = simulator.billing.open.filter(({ resourceId }) => resourceId === id);
      assert.deepEqual(
        billed.map(({ charge }) => charge),
        ['disk'],
      );

      const error = await bench.failing(Promise.resolve(cloud.start?.(id, never)), NoCapacityError);
      assert.match(error.message, /it takes \$0\.\d+\/h now, and your bid is \$0\.143\/h/);

      await ask('PUT', `/instances/bid_price/${id}/`, undefined, { client_id: 'me', price: 0.3 });
      await bench.running(request);
      assert.ok(Math.abs((await inList(id)).usdPerHour - 0.304) < 0.001);
      await logInThroughRelay(t);
    });
  });

  describe('a machine that is stopped', () => {
    test('bills its disk, and is started where it was', async (t) => {
      const request = await bench.request();
      const { id } = await cloud.rent(request, bench.ledger, never);
      await bench.running(request);
      const [before] = await cloud.endpoints(id, never);
      await cloud.stop?.(id, never);
      assert.equal((await inList(id)).state, 'stopped');
      const open = simulator.billing.open.filter(({ resourceId }) => resourceId === id);
      assert.deepEqual(
        open.map(({ charge }) => charge),
        ['disk'],
      );
      await cloud.start?.(id, never);
      await bench.running(request);
      await bench.logIn(t, id);
      const [now] = await cloud.endpoints(id, never);
      assert.notEqual(now?.port, before?.port, 'ports change');
      await bench.end(id, request.label);
      await bench.failing(Promise.resolve(cloud.start?.(id, never)), NotFoundError);
    });
  });

  test('what does not run by waiting has failed, with what its host says', async () => {
    const id = simulator.addByHand('broken');
    const seen = async (how: Parameters<typeof simulator.breakDown>[1]): Promise<unknown[]> => {
      await simulator.breakDown(id, how);
      const { state, stateWord, problem } = await inList(id);
      return [state, stateWord, problem?.includes('OCI runtime create failed') === true];
    };
    assert.deepEqual(await seen('unknown'), ['unknown', 'unknown', false]);
    assert.deepEqual(await seen('exited'), ['failed', 'exited', false]);
    assert.deepEqual(await seen('oci-failure'), ['failed', 'created', true]);
    assert.deepEqual(await seen('offline'), ['failed', 'offline', true]);
  });

  test('the key on a machine can do nothing but for that machine', async () => {
    const { id } = await rentUnbuilt();
    const own = simulator.instances.get(id)?.ownKey ?? '';
    assert.equal((await ask('DELETE', `/instances/${bench.foreign}/`, own)).status, 403);
    assert.equal((await ask('GET', '/users/current/', own)).status, 403);
    assert.equal((await ask('DELETE', `/instances/${id}/`, own, {})).status, 200);
    assert.equal((await ask('GET', `/instances/${id}/`, own)).status, 401);
    assert.deepEqual(simulator.touches, []);
  });

  test('a machine whose end was promised and not made is still listed', async () => {
    const { id, request } = await rentUnbuilt();
    faults.next('terminate', { kind: 'ignored', seconds: Infinity });
    await cloud.terminate(id, never);
    assert.equal((await inList(id)).name, request.label);
    await bench.end(id, request.label);
  });

  test('a list of many pages is whole, and so is the list of before', async () => {
    const old = await openCloud({ hasOldList: true });
    for (const each of [simulator, old.simulator])
      for (let count = 0; count < 60; count += 1) each.addByHand(`many-${count}`);
    const isOne = ({ name }: RentedInstance): boolean => name.startsWith('many-');
    assert.equal((await cloud.list(never)).filter(isOne).length, 60);
    assert.equal((await old.cloud.list(never)).filter(isOne).length, 60);
    const pages = simulator.server.asked('GET', '/api/v1/instances/').slice(-3);
    assert.deepEqual(
      pages.map(({ query }) => query.after_token !== undefined),
      [false, true, true],
    );
    old.simulator.faults.next('list', { kind: 'partial' });
    await assert.rejects(old.cloud.list(never), /not complete/);
  });

  test('without credit machines stop and bill on, and none are rented', async () => {
    const poor = await openCloud({ creditUsd: 0.002, timeScale: 0.001 });
    const id = poor.simulator.addByHand('mine');
    await waitFor('it stops', async () => (await inList(id, poor.cloud)).state === 'stopped');
    const balance = (await poor.cloud.balance?.(never)) ?? 1;
    await waitFor('it bills', async () => ((await poor.cloud.balance?.(never)) ?? 1) < balance);
    assert.ok(balance <= 0);
    const [offer] = await poor.cloud.offers(anyOffer, never);
    assert.ok(offer);
    const request = await bench.request({ offer });
    await bench.failing(poor.cloud.rent(request, newLedger(), never), AccountError);
    await bench.failing(Promise.resolve(poor.cloud.start?.(id, never)), AccountError);
  });

  test('what Vast.ai tells in confidence is told to nobody', () => {
    const secrets = [...simulator.instances.values()].flatMap(({ ownKey, jupyterToken }) => [
      ownKey,
      jupyterToken,
    ]);
    const told = JSON.stringify([bench.told, bench.ledger.rows]);
    assert.deepEqual(
      secrets.filter((secret) => told.includes(secret)),
      [],
    );
  });

  test('what is sent is what the description allows', async () => {
    // It has paths without the slash that Vast.ai's own program sends.
    const requests = simulator.server.requests.map((each) => ({
      ...each,
      path: each.path.replace(/\/$/, ''),
    }));
    const misfits = await openApiMisfits('vast-openapi.yaml', requests, excuses);
    assert.deepEqual(misfits ?? [], []);
    assert.deepEqual(simulator.touches, []);
  });

  /** A cloud and its client beside the one that all share. */
  async function openCloud(options: VastOptions): Promise<{ simulator: SimulatedVast; cloud: Cloud }> {
    const other = await new SimulatedVast({ timeScale: 0.001, ...options }).start({ after });
    return { simulator: other, cloud: (await CloudBench.open(other, { entry: vast }, { after })).cloud };
  }
});

/** Where the description differs from what Vast.ai's own program and other clients send. */
const excuses: readonly Excuse[] = [
  { misfit: 'body/type must be equal', why: 'its own example says on-demand, where its list says ondemand' },
  { misfit: 'body/order must NOT have fewer', why: 'the list of orders may have one, each of two words' },
  { misfit: 'DELETE /api/v0/instances/{id}: no body', why: 'vast-cli sends an empty object' },
  { misfit: 'unknown query parameter owner', why: 'vast-cli sends owner=me' },
  { misfit: 'body/env must be string', why: 'the guide and vast-cli send an object' },
];
