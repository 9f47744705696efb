import assert from 'node:assert/strict';
import { access, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import {
  AccountError,
  AuthError,
  CloudUnavailableError,
  DoubtfulError,
  InputError,
  NoCapacityError,
} from '../../../src/errors.js';
import type { Cloud, RentedInstance } from '../../../src/providers/cloud.js';
import { runpod } from '../../../src/providers/runpod/entry.js';
import { bootLine } from '../../../src/remote/watchdog.js';
import type { Pod } from '../../clouds/runpod/pod.js';
import { SimulatedRunpod } from '../../clouds/runpod/simulatedRunpod.js';
import { anyOffer, CloudBench } from '../../support/cloudBench.js';
import { cloudContract } from '../../support/cloudContract.js';
import { openApiMisfits } from '../../support/openApiCheck.js';
import { endFromInside } from '../../support/selfEnding.js';
import { waitFor } from '../../support/waitFor.js';

const never = new AbortController().signal;
const cleanUps: (() => Promise<void>)[] = [];
const owner = { after: (done: () => Promise<void>) => void cleanUps.push(done) };
const simulator = new SimulatedRunpod({ timeScale: 0.002 });

after(async () => {
  for (const cleanUp of cleanUps.reverse()) await cleanUp();
});

cloudContract('RunPod', { entry: runpod, makeSimulator: () => simulator.start(owner) });

describe('RunPod', () => {
  let bench: CloudBench;
  let cloud: Cloud;
  before(async () => {
    bench = await CloudBench.open(simulator, { entry: runpod }, owner);
    cloud = bench.cloud;
  });

  /** The pod of that id, behind the client's back. */
  function pod(id: string): Pod {
    const found = simulator.instances.get(id);
    assert.ok(found);
    return found;
  }

  function until(id: string, state: RentedInstance['state']): Promise<RentedInstance> {
    return waitFor(`pod ${id} is ${state}`, async () =>
      (await cloud.list(never)).find((each) => each.id === id && each.state === state),
    );
  }

  test('offers are GPU types of both tiers, in the data centres that have them', async () => {
    const offers = await cloud.offers({ ...anyOffer, count: 2 }, never);
    const shown = offers
      .filter(({ gpu }) => gpu === 'RTX 4090')
      .map(({ count, usdPerHour, region, available, vramGb }) => ({
        count,
        usdPerHour,
        region,
        available,
        vramGb,
      }));
    const common = { count: 2, available: true, vramGb: 24 };
    assert.deepEqual(shown, [
      { ...common, usdPerHour: 0.88, region: 'US-KS-2' },
      { ...common, usdPerHour: 0.88, region: 'EU-RO-1' },
      { ...common, usdPerHour: 0.62, region: null },
    ]);
    const soldOut = offers.filter(({ gpu }) => gpu === 'H100 SXM');
    assert.deepEqual(
      soldOut.map(({ available }) => available),
      [false],
    );
    assert.ok(!offers.some(({ gpu }) => gpu.includes('MI300X')), 'nothing that CUDA does not know');
  });

  test('hosts whose driver is too old for the image are not to be had', async () => {
    const offers = await cloud.offers(anyOffer, never);
    const old = offers.filter(({ gpu }) => gpu === 'RTX A4000');
    assert.ok(old.length > 0 && old.every(({ available }) => available === false));
  });

  test('a spot pod is rented at the lowest bid and ended by RunPod itself at its deadline', async () => {
    const spot = await cloud.offers({ ...anyOffer, spot: true }, never);
    const offer = spot.find(({ id }) => id.startsWith('community/NVIDIA%20GeForce%20RTX%204090/'));
    assert.ok(offer);
    assert.equal(offer.usdPerHour, 0.2);
    const deadline = Math.floor(Date.now() / 1000) + 1;
    const { id, usdPerHour } = await cloud.rent(
      await bench.request({ offer, deadline }),
      bench.ledger,
      never,
    );
    assert.equal(usdPerHour, 0.2);
    await waitFor('RunPod has ended it', () => pod(id).isGone);
  });

  test('a spot pod that was taken back is interrupted', async () => {
    const [offer] = await cloud.offers({ ...anyOffer, spot: true }, never);
    assert.ok(offer);
    simulator.faults.next('machine', { kind: 'interrupted', afterSeconds: 1 });
    const request = await bench.request({ offer });
    const { id } = await cloud.rent(request, bench.ledger, never);
    await until(id, 'interrupted');
    await bench.end(id, request.label);
  });

  test('a spot pod that nobody has is no capacity', async () => {
    const [offer] = await cloud.offers({ ...anyOffer, spot: true }, never);
    assert.ok(offer);
    const tooLittle = await bench.request({ offer: { ...offer, usdPerHour: 0.001 } });
    await bench.failing(cloud.rent(tooLittle, bench.ledger, never), NoCapacityError);
    simulator.faults.next('account', { kind: 'no-capacity' });
    await bench.failing(cloud.rent(await bench.request({ offer }), bench.ledger, never), NoCapacityError);
  });

  test('without the older interface there is no spot and no balance, and all else goes on', async () => {
    assert.ok(Math.abs((await cloud.balance?.(never)) ?? 0) > 400);
    simulator.hasGraphQl = false;
    try {
      assert.equal((await cloud.check(never)).balanceUsd, null);
      const offers = await cloud.offers({ ...anyOffer, spot: null }, never);
      assert.ok(offers.length > 0 && offers.every(({ spot }) => !spot));
      await bench.failing(cloud.balance?.(never) ?? Promise.resolve(), CloudUnavailableError);
    } finally {
      simulator.hasGraphQl = true;
    }
  });

  test('a pod with fewer GPUs than ordered is ended at once', async () => {
    const both = await cloud.offers({ ...anyOffer, count: 2 }, never);
    const offer = both.find(({ gpu, available }) => gpu === 'RTX 4090' && available);
    assert.ok(offer);
    simulator.nextGpuCount = 1;
    const request = await bench.request({ offer });
    await bench.failing(cloud.rent(request, bench.ledger, never), NoCapacityError);
    assert.deepEqual(await bench.listed(request.label), []);
  });

  test('a 400 that is not about capacity tells what RunPod says', async () => {
    const offer = { ...(await bench.cheapest()), count: 0 };
    const failed = await bench.failing(
      cloud.rent(await bench.request({ offer }), bench.ledger, never),
      InputError,
    );
    assert.match(failed.message, /\$\.gpu\.count/);
    const strange = await bench.request({ offer: { ...offer, id: 'a-4090-please' } });
    await bench.failing(cloud.rent(strange, bench.ledger, never), InputError);
  });

  test('an account without credit is told so', async () => {
    const { paidUsd } = simulator;
    simulator.paidUsd = simulator.billing.totalUsd + 0.1;
    try {
      const request = await bench.request();
      const failed = await bench.failing(cloud.rent(request, bench.ledger, never), AccountError);
      assert.match(failed.message, /credit/);
    } finally {
      simulator.paidUsd = paidUsd;
    }
  });

  test('a key that may only look is refused when it rents or ends', async () => {
    const looker = await bench.openWith(simulator.readOnlyKey);
    const id = bench.foreign;
    await looker.list(never);
    await bench.failing(looker.terminate(id, never), AuthError);
    const failed = await bench.failing(
      looker.rent(await bench.request(), bench.ledger, never),
      NoCapacityError,
    );
    assert.match(failed.message, /the key may not rent/);
  });

  test('a create that is one too many in its minute is sent again', async () => {
    simulator.faults.next('create', { kind: '429', retryAfterSeconds: 1 });
    const request = await bench.request();
    const { id } = await cloud.rent(request, bench.ledger, never);
    assert.deepEqual(
      (await bench.listed(request.label)).map((each) => each.id),
      [id],
    );
    await bench.end(id, request.label);
  });

  test('an id that was answered and never exists is in no list and has no address', async () => {
    simulator.faults.next('create', { kind: 'ghost' });
    const request = await bench.request();
    const { id } = await cloud.rent(request, bench.ledger, never);
    assert.deepEqual(await bench.listed(request.label), []);
    assert.deepEqual(await cloud.endpoints(id, never), []);
    await cloud.terminate(id, never);
  });

  test('all pages of a list are read', async () => {
    const ids = [bench.foreign, ...['a', 'b', 'c'].map((name) => simulator.addByHand(name))];
    simulator.pageSize = 2;
    try {
      const listed = (await cloud.list(never)).map(({ id }) => id);
      for (const id of ids) assert.ok(listed.includes(id));
    } finally {
      simulator.pageSize = Infinity;
      for (const id of ids.slice(1)) pod(id).terminate();
    }
  });

  test('a stopped pod keeps its volume and its price, and is reached at another port when it starts', async (t) => {
    const request = await bench.request();
    const { id } = await cloud.rent(request, bench.ledger, never);
    await bench.logIn(t, id);
    const [before] = await cloud.endpoints(id, never);
    const files = pod(id).machine?.files ?? '';
    await mkdir(join(files, '.trainyard'), { recursive: true });
    await writeFile(join(files, '.trainyard', 'kept'), '');
    await writeFile(join(files, 'lost'), '');

    await cloud.stop?.(id, never);
    await cloud.stop?.(id, never);
    const stopped = await until(id, 'stopped');
    assert.ok(stopped.usdPerHour > 0 && stopped.usdPerHour < 0.02, `${stopped.usdPerHour}`);
    assert.deepEqual(await cloud.endpoints(id, never), []);

    await cloud.start?.(id, never);
    await cloud.start?.(id, never);
    await bench.logIn(t, id);
    const [behind] = await cloud.endpoints(id, never);
    assert.notEqual(behind?.port, before?.port);
    await access(join(files, '.trainyard', 'kept'));
    assert.ok(!(await readdir(files)).includes('lost'), "the container's own disk begins anew");
    await bench.end(id, request.label);
  });

  test('a pod that comes back without its GPU is stopped again', async () => {
    const request = await bench.request();
    const { id } = await cloud.rent(request, bench.ledger, never);
    await cloud.stop?.(id, never);
    pod(id).gpuCount = 0;
    const failed = await bench.failing(cloud.start?.(id, never) ?? Promise.resolve(), NoCapacityError);
    assert.match(failed.message, /while it was stopped/);
    await until(id, 'stopped');
    await bench.end(id, request.label);
  });

  test('a locked pod says that it is, and is not stopped', async () => {
    const request = await bench.request();
    const { id } = await cloud.rent(request, bench.ledger, never);
    pod(id).locked = true;
    await bench.failing(cloud.stop?.(id, never) ?? Promise.resolve(), AccountError);
    const [listed] = await bench.listed(request.label);
    assert.ok(listed?.locked);
    await bench.end(id, request.label);
  });

  test("a pod's own key ends that pod by either way, and does nothing else", async () => {
    const { attempts } = cloud.selfEnd({ label: '', instanceId: null });
    for (const attempt of attempts) {
      const request = await bench.request();
      const { id } = await cloud.rent(request, bench.ledger, never);
      const own = pod(id);
      const wanted = { ...own.environment, RUNPOD_POD_ID: bench.foreign };
      await endFromInside([attempt], wanted).catch(() => undefined);
      const inside = await bench.openWith(own.ownKey);
      await bench.failing(inside.list(never), AuthError);
      assert.equal(own.isGone, false);
      await endFromInside([attempt], own.environment);
      assert.equal(own.isGone, true);
    }
    assert.ok(simulator.liveMachines.some(({ madeBy }) => madeBy === 'hand'));
  });

  test('a pod runs without an address until its port is known, and fails when its host dies', async () => {
    simulator.faults.next('machine', { kind: 'dies', afterSeconds: 60 });
    const request = await bench.request();
    const { id } = await cloud.rent(request, bench.ledger, never);
    pod(id).hasPort = false;
    await until(id, 'running');
    assert.deepEqual(await cloud.endpoints(id, never), []);
    assert.deepEqual(await pod(id).machine?.findSecret(simulator.accountKey), []);
    const failed = await until(id, 'failed');
    assert.match(failed.problem ?? '', /error/);
    await bench.end(id, request.label);
  });

  test('the watchdog of the start command ends the pod at its deadline, with nobody there', async () => {
    const deadline = Math.floor(Date.now() / 1000) - 1;
    const { attempts } = cloud.selfEnd({ label: '', instanceId: null });
    const source = await readFile('runtime/watchdog.py', 'utf8');
    const request = await bench.request({
      bootLine: bootLine(source, { version: 1, deadline, end: { attempts } }),
    });
    const { id } = await cloud.rent(request, bench.ledger, never);
    await waitFor('the pod has ended itself', () => pod(id).isGone);
  });

  test('a container that ends is started again and paid on, until it has exited too often', async () => {
    const request = await bench.request({ bootLine: 'kill -9 -1' });
    const { id } = await cloud.rent(request, bench.ledger, never);
    await until(id, 'stopped');
    assert.ok(simulator.billing.chargedUsd(id) > 0);
    await bench.end(id, request.label);
  });

  test('the end that RunPod ignores for a while comes in the end', async () => {
    const request = await bench.request();
    const { id } = await cloud.rent(request, bench.ledger, never);
    simulator.faults.next('terminate', { kind: 'ignored', seconds: 60 });
    await cloud.terminate(id, never);
    assert.equal((await bench.listed(request.label)).length, 1);
    await bench.gone(request.label);
  });

  test('an end that was done behind an error is not known to it afterwards, and counts', async () => {
    const request = await bench.request();
    const { id } = await cloud.rent(request, bench.ledger, never);
    simulator.faults.next('terminate', { kind: '500', done: true });
    await cloud.terminate(id, never);
    assert.equal(pod(id).isGone, true);
  });

  test('a spot pod whose answer was lost is in doubt', async () => {
    const [offer] = await cloud.offers({ ...anyOffer, spot: true }, never);
    assert.ok(offer);
    const request = await bench.request({ offer });
    simulator.faults.next('account', { kind: 'lost-reply' });
    await bench.failing(cloud.rent(request, bench.ledger, never), DoubtfulError);
    const [made] = await bench.listed(request.label);
    assert.ok(made);
    await bench.end(made.id, request.label);
  });

  test('no machine is left, none of the user was touched, and each request is one that RunPod describes', async () => {
    assert.deepEqual(simulator.orphans('trainyard-'), []);
    assert.deepEqual(simulator.touches, []);
    const asked = simulator.server.requests.filter(({ path }) => path !== '/graphql');
    assert.ok(asked.length > 0);
    const misfits = await openApiMisfits('runpod-rest-v2.json', asked, [
      { misfit: 'unknown query parameter cursor', why: 'Later revisions of the list have pages.' },
      { misfit: 'body/gpu/count must be >= 1', why: 'Sent on purpose, to be refused.' },
    ]);
    assert.deepEqual(misfits ?? [], []);
  });

  test('RunPod itself is as strict as its description', async () => {
    const ask = (path: string, body?: object) =>
      fetch(`${simulator.endpoint}${path}`, {
        method: body === undefined ? 'GET' : 'POST',
        headers: { authorization: `Bearer ${simulator.accountKey}` },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
    const order = { name: 'a', image: 'b', gpu: { id: 'NVIDIA L4' } };
    const refused = await ask('/v2/pods', { ...order, bogus: 1 });
    assert.equal(refused.status, 422);
    assert.equal(refused.headers.get('content-type'), 'application/problem+json');
    assert.match(refused.headers.get('ratelimit') ?? '', /"minute";r=\d+;t=\d+/);
    assert.deepEqual(await refused.json(), {
      title: 'Unprocessable Entity',
      status: 422,
      detail: 'Request validation failed.',
      errors: ["$: additional properties 'bogus' not allowed"],
    });
    assert.equal((await ask('/v2/pods', { ...order, cpu: { id: 'cpu3c' } })).status, 400);
    assert.equal((await ask('/v2/catalog/gpus?include=AVAILABILITY')).status, 400);
    assert.equal((await ask('/v2/catalog/gpus?cloud=SECURE')).status, 400);
    const unknown = await ask('/graphql', { query: '{ myself { password } }' });
    assert.equal(unknown.status, 200);
    assert.match(await unknown.text(), /GRAPHQL_VALIDATION_FAILED/);
  });

  test('an account whose credit is used up loses its pods', async () => {
    const request = await bench.request();
    const { id } = await cloud.rent(request, bench.ledger, never);
    simulator.paidUsd = 0;
    assert.deepEqual(await cloud.list(never), []);
    assert.equal(pod(id).isGone, true);
  });
});
