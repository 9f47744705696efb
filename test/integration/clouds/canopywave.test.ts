import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import {
  AccountError,
  CloudUnavailableError,
  DoubtfulError,
  InputError,
  NoCapacityError,
  isAbort,
} from '../../../src/errors.js';
import type { Cloud, Offer, RentedInstance, RentRequest, Resource } from '../../../src/providers/cloud.js';
import { canopywave } from '../../../src/providers/canopywave/entry.js';
import { SimulatedCanopywave } from '../../clouds/canopywave/simulatedCanopywave.js';
import { anyOffer, CloudBench } from '../../support/cloudBench.js';
import { cloudContract } from '../../support/cloudContract.js';
import { ListLedger } from '../../support/listLedger.js';
import { openApiMisfits } from '../../support/openApiCheck.js';
import { RecordingLogger } from '../../support/recordingLogger.js';
import { waitFor } from '../../support/waitFor.js';

const never = new AbortController().signal;
const simulator = await new SimulatedCanopywave({ timeScale: 0.001 }).start({ after });

cloudContract('CanopyWave', { entry: canopywave, makeSimulator: () => simulator, timeScale: 0.002 });

describe('CanopyWave', () => {
  const { faults } = simulator;
  const cleanUps: (() => Promise<void>)[] = [];
  let bench: CloudBench;
  let cloud: Cloud;
  let cheapest: Offer;

  before(async () => {
    bench = await CloudBench.open(simulator, { entry: canopywave }, { after: (done) => cleanUps.push(done) });
    ({ cloud } = bench);
    cheapest = await bench.cheapest();
  });
  after(async () => {
    for (const cleanUp of cleanUps) await cleanUp();
  });

  async function clientWith(
    settings: Readonly<Record<string, string>>,
    logger = new RecordingLogger(),
  ): Promise<Cloud> {
    const make = await canopywave.load();
    const { endpoint, accountKey: key } = simulator;
    return make({ key, endpoint, settings, logger, timeScale: 0.01 });
  }

  const newLedger = (): ListLedger => new ListLedger(() => []);

  /** Rents a machine that is never built: quick, and enough to look at. */
  async function rentUnbuilt(
    ledger = newLedger(),
  ): Promise<{ readonly id: string; readonly request: RentRequest }> {
    const request = await bench.request({ offer: cheapest });
    faults.next('machine', { kind: 'stuck-booting' });
    return { id: (await cloud.rent(request, ledger, never)).id, request };
  }

  async function inList(id: string, client = cloud): Promise<RentedInstance> {
    const machine = (await client.list(never)).find((each) => each.id === id);
    assert.ok(machine, `${id} is listed`);
    return machine;
  }

  const ipsOf = (project: string): Promise<unknown> =>
    fetch(
      `${simulator.endpoint}/api/v1/ips?${new URLSearchParams({ project, region: 'KEF-2' }).toString()}`,
      {
        headers: { authorization: `Bearer ${simulator.accountKey}` },
      },
    ).then((answer) => answer.json());

  async function countIps(): Promise<number> {
    const { data } = (await ipsOf(simulator.projects[0] ?? '')) as { data: unknown[] };
    return data.length;
  }

  async function releaseAll(rows: readonly Resource[]): Promise<void> {
    for (const row of (await cloud.resources?.(rows, never)) ?? []) await cloud.release?.(row, never);
  }

  describe('projects and regions', () => {
    const [one = ''] = simulator.projects;

    test('of several projects the one of the setting is used, and none by chance', async (t) => {
      t.after(() => void (simulator.projects = [one]));
      simulator.projects = [one, 'andrew@example.com'];
      await assert.rejects((await clientWith({})).list(never), {
        constructor: InputError,
        message: /more than one project: cynthia\+gpu@example\.com, andrew@example\.com.*CANOPYWAVE_PROJECT/,
      });
      await assert.rejects((await clientWith({ project: 'nobody' })).list(never), InputError);
      await (await clientWith({ project: one })).list(never);
      assert.equal((await (await clientWith({})).check(never)).name, `${one}, andrew@example.com`);
    });

    test('a list of projects that fails does not stop who has named one', async (t) => {
      t.after(() => faults.clear('account'));
      faults.next('account', { kind: '500', times: 3 });
      await (await clientWith({})).list(never);
      faults.next('account', { kind: '500', times: 100 });
      await (await clientWith({ project: one })).list(never);
      await assert.rejects((await clientWith({})).list(never), CloudUnavailableError);
    });

    test('regions that are not listed are taken from the setting', async (t) => {
      t.after(() => simulator.missing.clear());
      simulator.missing.add('/regions');
      const offers = await (await clientWith({ region: 'KEF-3' })).offers(anyOffer, never);
      assert.deepEqual([...new Set(offers.map(({ region }) => region))], ['KEF-3']);
      await assert.rejects((await clientWith({})).offers(anyOffer, never), {
        constructor: InputError,
        message: /CANOPYWAVE_REGION/,
      });
    });

    test('the balance is told where it can be had', async (t) => {
      t.after(() => simulator.missing.clear());
      const { balanceUsd } = await cloud.check(never);
      assert.ok(balanceUsd !== null && balanceUsd > 90 && balanceUsd <= 100);
      simulator.missing.add('/account/balance');
      assert.equal((await cloud.check(never)).balanceUsd, null);
    });
  });

  describe('offers', () => {
    test('are GPU machines in every region, with what is there', async () => {
      const offers = await cloud.offers({ ...anyOffer, gpus: ['H100'] }, never);
      const brief = offers.map(({ region, gpu, count, available }) => [region, gpu, count, available]);
      assert.deepEqual(
        brief.filter(([, gpu]) => gpu === 'H100 SXM5'),
        [
          ['KEF-2', 'H100 SXM5', 1, false],
          ['KEF-3', 'H100 SXM5', 1, false],
          ['KEF-2', 'H100 SXM5', 4, true],
          ['KEF-3', 'H100 SXM5', 4, false],
          ['KEF-2', 'H100 SXM5', 8, false],
          ['KEF-3', 'H100 SXM5', 8, true],
        ],
      );
      assert.equal(offers.length, 12, 'every type but the one without a GPU');
    });

    test('of two prices count the larger one, and say so', async () => {
      const offers = await cloud.offers(anyOffer, never);
      const h200 = offers.find(({ gpu }) => gpu.startsWith('H200'));
      assert.equal(h200?.usdPerHour, 24);
      assert.match(h200.notes.join(), /\$18\.00 and \$24\.00/);
      assert.deepEqual(offers.find(({ gpu }) => gpu.startsWith('L40S'))?.notes, []);
    });

    test('are never called available without an answer', async (t) => {
      t.after(() => simulator.missing.clear());
      simulator.missing.add('/flavor-availability');
      const offers = await cloud.offers(anyOffer, never);
      assert.deepEqual([...new Set(offers.map(({ available }) => available))], [null]);
      const asked = simulator.server.asked('GET', '/api/v1/flavor-availability').at(-1);
      assert.equal(asked?.status, 404);
    });
  });

  describe('a launch', () => {
    test('that wants a payment first says where, and makes nothing', async (t) => {
      t.after(() => void (simulator.payment = 'good'));
      const request = await bench.request({ offer: cheapest });
      simulator.payment = 'no-method';
      const noMethod = await bench.failing(cloud.rent(request, bench.ledger, never), AccountError);
      assert.match(noMethod.message, /no default payment method/);
      simulator.payment = 'up-front-asked';
      const upFront = await bench.failing(cloud.rent(request, bench.ledger, never), AccountError);
      assert.match(upFront.message, /24-hour up-front charge of \$4\.56/);
      assert.deepEqual(await bench.listed(request.label), []);
    });

    test('whose name is taken leaves doubt: the machine may be ours', async (t) => {
      t.after(() => void (simulator.uniqueNames = false));
      simulator.uniqueNames = true;
      const { id, request } = await rentUnbuilt();
      await bench.failing(cloud.rent(request, bench.ledger, never), DoubtfulError);
      await bench.end(id, request.label);
    });

    test('of an offer from elsewhere, or of a type that is no more, is refused', async () => {
      const request = await bench.request({ offer: cheapest });
      const other = { ...request, offer: { ...request.offer, id: 'RTX 4090' } };
      await bench.failing(cloud.rent(other, bench.ledger, never), InputError);
      const past = { ...request, offer: { ...request.offer, id: 'KEF-2/V100-1/GPU-Ubuntu.22.04' } };
      await bench.failing(cloud.rent(past, bench.ledger, never), NoCapacityError);
    });

    test('sends a strong password, another one each time, that is told to nobody', async () => {
      const machines = [await rentUnbuilt(), await rentUnbuilt()];
      const bodies = simulator.server.asked('POST', '/api/v1/instance-operations/launch').slice(-2);
      const passwords = bodies.map(({ body }) => (body as { password: string }).password);
      assert.equal(new Set(passwords).size, 2);
      for (const password of passwords) {
        assert.ok(password.length >= 40);
        const told = JSON.stringify([bench.told, bench.ledger.rows]);
        assert.ok(!told.includes(password));
      }
      for (const { id, request } of machines) await bench.end(id, request.label);
    });

    test('registers the key of a job once in each region, and again when it is another', async (t) => {
      const ledger = newLedger();
      const request = await bench.request({ offer: cheapest });
      const inRegion = async (region: string, publicKey = request.publicKey): Promise<string> => {
        const label = `${request.label}-${region.toLowerCase()}`;
        const offer = { ...request.offer, id: `${region}/L40S-1/GPU-Ubuntu.22.04`, region };
        faults.next('machine', { kind: 'stuck-booting' });
        return (await cloud.rent({ ...request, label, offer, publicKey }, ledger, never)).id;
      };
      const other = (await bench.request({ offer: cheapest })).publicKey.replace(/.{8}$/, 'AAAAAAAA');
      const ids = [await inRegion('KEF-2'), await inRegion('KEF-3'), await inRegion('KEF-3', other)];
      t.after(() => Promise.all(ids.map((id) => cloud.terminate(id, never))).then(() => undefined));
      assert.deepEqual(
        ledger.rows.map(({ name, id, details }) => [name, id, details.region]),
        ['KEF-2', 'KEF-3'].map((region) => {
          const name = `${request.keyName}-${region.toLowerCase()}`;
          return [name, name, region];
        }),
      );
      await releaseAll(ledger.rows);
      assert.deepEqual(await cloud.resources?.(ledger.rows, never), []);
    });

    test('without a host for it ends in a machine that has failed and is still there', async () => {
      const request = await bench.request({ offer: cheapest });
      const offer = { ...request.offer, id: 'KEF-2/H100-1/GPU-Ubuntu.24.04' };
      const { id } = await cloud.rent({ ...request, offer }, newLedger(), never);
      await waitFor('the machine has failed', async () => (await inList(id)).state === 'failed');
      await bench.end(id, request.label);
    });
  });

  describe('the public address', () => {
    let ledger: ListLedger;
    let request: RentRequest;
    let id: string;

    before(async () => {
      ledger = newLedger();
      request = await bench.request({ offer: cheapest });
      ({ id } = await cloud.rent(request, ledger, never));
    });
    after(async () => {
      await bench.end(id, request.label);
      await releaseAll(ledger.rows);
    });

    const rowsOfIps = (): readonly Resource[] => ledger.rows.filter(({ kind }) => kind === 'ip');

    test('is waited for while the machine is built, and is not one that the user keeps free', async (t) => {
      const before = await countIps();
      assert.deepEqual(await cloud.endpoints(id, never), []);
      const machine = await inList(id);
      await cloud.expose?.(machine, request, ledger, never);
      assert.equal(await countIps(), before + 1);
      assert.ok(rowsOfIps()[0]?.id);
      await bench.logIn(t, id);

      const asked = simulator.server.requests.length;
      await cloud.expose?.(machine, request, ledger, never);
      assert.equal(simulator.server.requests.length, asked + 1, 'one question when there is nothing to do');
      assert.equal(await countIps(), before + 1);
    });

    test('is found wherever CanopyWave shows it, and is never the private one', async (t) => {
      t.after(() => void (simulator.addressShown = 'everywhere'));
      const expected = [{ host: simulator.publicIpOf(id), port: 22, user: 'ubuntu' }];
      for (const shown of ['everywhere', 'nova', 'nowhere'] as const) {
        simulator.addressShown = shown;
        assert.deepEqual(await cloud.endpoints(id, never), expected, shown);
      }
    });

    test('is used again for the next machine of the job', async () => {
      const ips = await countIps();
      await bench.end(id, request.label);
      request = await bench.request({ offer: cheapest });
      ({ id } = await cloud.rent(request, ledger, never));
      await cloud.expose?.(await inList(id), request, ledger, never);
      assert.equal(await countIps(), ips);
      assert.equal(rowsOfIps().length, 1);
    });

    test('costs money after its machine, until it is released', async () => {
      const ipId = rowsOfIps()[0]?.id;
      const isBilled = (): boolean => simulator.billing.open.some(({ resourceId }) => resourceId === ipId);
      await bench.end(id, request.label);
      assert.ok(isBilled());
      await releaseAll(ledger.rows);
      assert.ok(!isBilled());
      for (const row of ledger.rows) await cloud.release?.(row, never);
    });

    test('whose answer was lost is found again, and not made twice', async () => {
      ledger = newLedger();
      ({ id, request } = await rentUnbuilt(ledger));
      const machine = await inList(id);
      const ips = await countIps();
      faults.next('address', { kind: 'slow', ms: 0 });
      faults.next('address', { kind: 'lost-reply' });
      await assert.rejects(
        async () => cloud.expose?.(machine, request, ledger, never),
        CloudUnavailableError,
      );
      assert.equal(await countIps(), ips + 1);
      assert.equal(rowsOfIps()[0]?.id, null);

      const [found] = (await cloud.resources?.(rowsOfIps(), never)) ?? [];
      assert.equal(found?.name, request.label);
      const giveUp = new AbortController();
      const exposing = cloud.expose?.(machine, request, ledger, giveUp.signal);
      await waitFor('the row has its address', () => rowsOfIps()[0]?.id);
      giveUp.abort();
      await assert.rejects(async () => exposing, isAbort);
      assert.equal(await countIps(), ips + 1, 'the same one, for a machine that is never built');
      assert.equal(rowsOfIps()[0]?.id, found.id);
      await releaseAll(ledger.rows);
      assert.equal(await countIps(), ips);
    });

    test('that could be one of two is left alone, and told', async () => {
      const logger = new RecordingLogger();
      const client = await clientWith({}, logger);
      const ips = await countIps();
      const lost = newLedger();
      faults.next('address', { kind: 'slow', ms: 0 });
      faults.next('address', { kind: 'lost-reply' });
      await assert.rejects(async () => client.expose?.(await inList(id), request, lost, never));
      await simulator.addIpByHand();
      const found = (await client.resources?.(lost.rows, never)) ?? [];
      assert.deepEqual(
        found.filter(({ kind }) => kind === 'ip'),
        [],
      );
      for (const row of lost.rows) await client.release?.(row, never);
      assert.equal(await countIps(), ips + 2);
      assert.match(logger.lines.join('\n'), /one of 127\.\S+, 127\.\S+, all left alone/);
    });

    test('that is refused is not looked for later', async () => {
      const refused = newLedger();
      const machine = await inList(id);
      faults.next('address', { kind: 'slow', ms: 0 });
      faults.next('address', { kind: 'no-capacity' });
      const error = await bench.failing(
        Promise.resolve(cloud.expose?.(machine, request, refused, never)),
        AccountError,
      );
      assert.match(error.message, /Quota exceeded/);
      await simulator.addIpByHand();
      const ips = ((await cloud.resources?.(refused.rows, never)) ?? []).filter(({ kind }) => kind === 'ip');
      assert.deepEqual(ips, [], 'the user made this one');
    });
  });

  describe('the end of a machine', () => {
    for (const status of [400, 500] as const)
      test(`that is there no more is a success, also when ${status} is answered`, async (t) => {
        t.after(() => void (simulator.unknownStatus = 404));
        const { id, request } = await rentUnbuilt();
        await bench.end(id, request.label);
        simulator.unknownStatus = status;
        await cloud.terminate(id, never);
      });

    test('that is there is not taken for done when it is refused', async () => {
      const { id, request } = await rentUnbuilt();
      faults.next('terminate', { kind: '500', times: 20 });
      await bench.failing(cloud.terminate(id, never), CloudUnavailableError);
      faults.clear('terminate');
      await bench.end(id, request.label);
    });

    test('can be asked for by the id that the console shows', async () => {
      const { id, request } = await rentUnbuilt();
      await bench.end(id.split('/')[0] ?? '', request.label);
    });

    test('is needed where its system was shut down: it stands there and is billed', async () => {
      const id = simulator.addByHand('shut-down-by-itself');
      await simulator.shutOff(id);
      const machine = await inList(id);
      assert.equal(machine.state, 'stopped');
      assert.equal(machine.usdPerHour, 0.85);
      assert.deepEqual(machine.gpu, 'L40S PCIe');
    });
  });

  test('sends what its description allows, and nothing else', async () => {
    const why = 'the description names the fields of this body in words only';
    const excuses = ['/ssh-keys', '/ips', '/ips/{id}/associate'].map((path) => ({
      misfit: `POST /api/v1${path}: no body is expected`,
      why,
    }));
    const misfits = await openApiMisfits('canopywave.composed.yaml', simulator.server.requests, excuses);
    assert.deepEqual(misfits ?? [], []);
    const used = new Set(simulator.server.requests.map(({ method, route }) => `${method} ${route ?? ''}`));
    assert.ok(used.size >= 17, [...used].join('\n'));
    assert.deepEqual(simulator.touches, []);
  });
});
