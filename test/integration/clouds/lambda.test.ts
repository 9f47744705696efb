import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { AccountError, CloudUnavailableError, DoubtfulError, NoCapacityError } from '../../../src/errors.js';
import { LazyCloud } from '../../../src/providers/clouds.js';
import { lambda } from '../../../src/providers/lambda/entry.js';
import { bootLine } from '../../../src/remote/watchdog.js';
import { SimulatedLambda } from '../../clouds/lambda/simulatedLambda.js';
import { CloudBench, anyOffer } from '../../support/cloudBench.js';
import { cloudContract } from '../../support/cloudContract.js';
import { openApiMisfits } from '../../support/openApiCheck.js';
import { evaluating, openSshHost, outputOf } from '../../support/sshHost.js';
import { waitFor } from '../../support/waitFor.js';

const never = new AbortController().signal;
const simulator = await new SimulatedLambda({ timeScale: 0.0015 }).start({ after });
const watchdogFile = fileURLToPath(new URL('../../../runtime/watchdog.py', import.meta.url));
const launchRoute = '/api/v1/instance-operations/launch';
/** Of the client's own waits. */
const timeScale = 0.004;

cloudContract('Lambda', { entry: lambda, timeScale, makeSimulator: () => simulator });

describe('Lambda in particular', () => {
  const cleanUps: (() => Promise<void>)[] = [];
  let bench: CloudBench;

  before(async () => {
    bench = await CloudBench.open(
      simulator,
      { entry: lambda, timeScale },
      { after: (done) => cleanUps.push(done) },
    );
  });
  after(async () => {
    for (const cleanUp of cleanUps.reverse()) await cleanUp();
  });

  const keyNames = (): string[] =>
    simulator.resources.filter(({ kind }) => kind === 'ssh-key').map(({ label }) => label);

  const isBilled = (id: string): boolean =>
    simulator.billing.open.some(({ resourceId }) => resourceId === id);

  /** What the last launch said. */
  const lastLaunch = (): Readonly<Record<string, unknown>> => {
    const body = simulator.server.asked('POST', launchRoute).at(-1)?.body;
    assert.ok(typeof body === 'object' && body !== null);
    return { ...body };
  };

  /** Has a launch refused for want of capacity: all that comes before it happens, and no machine is made. */
  async function almostRent(): Promise<void> {
    simulator.faults.next('create', { kind: 'no-capacity' });
    const request = await bench.request();
    await bench.failing(bench.cloud.rent(request, bench.ledger, never), NoCapacityError);
  }

  async function releaseAll(): Promise<void> {
    for (const row of bench.ledger.rows) await bench.cloud.release?.(row, never);
    assert.deepEqual(keyNames(), []);
  }

  test('the key of a job is registered once, under its name, and let go of', async () => {
    const { keyName } = await bench.request();
    await almostRent();
    await almostRent();
    assert.deepEqual(keyNames(), [keyName]);
    assert.deepEqual(lastLaunch().ssh_key_names, [keyName]);
    assert.equal(bench.ledger.rows.length, 1);
    await releaseAll();
  });

  test('a key whose registration was answered with silence is found, and let go of', async () => {
    const { keyName } = await bench.request();
    // The first question is which keys there are.
    simulator.faults.next('keys', { kind: 'slow', ms: 0 });
    simulator.faults.next('keys', { kind: 'lost-reply' });
    await almostRent();
    assert.deepEqual(keyNames(), [keyName]);
    const [row] = bench.ledger.rows;
    assert.ok(row?.id !== null && row !== undefined);
    await bench.cloud.release?.({ ...row, id: null }, never);
    assert.deepEqual(keyNames(), []);
  });

  test('a key that the user has registered is used under its name, and stays', async () => {
    const { publicKey } = await bench.request();
    const id = simulator.addKeyByHand('my laptop', `${publicKey} me@laptop`);
    const rows = bench.ledger.rows.length;
    await almostRent();
    assert.deepEqual(lastLaunch().ssh_key_names, ['my laptop']);
    assert.equal(bench.ledger.rows.length, rows);
    assert.deepEqual(await bench.cloud.resources?.(bench.ledger.rows, never), []);
    await bench.cloud.release?.(
      { provider: 'lambda', kind: 'ssh-key', name: 'my laptop', id, details: {} },
      never,
    );
    assert.deepEqual(keyNames(), []);
  });

  test('a name that another key has is not taken from it', async () => {
    const { keyName } = await bench.request();
    const id = simulator.addKeyByHand(keyName, 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOther');
    await almostRent();
    const [used] = lastLaunch().ssh_key_names as string[];
    assert.match(used ?? '', new RegExp(`^${keyName}-[0-9a-f]{8}$`));
    await bench.cloud.release?.(
      { provider: 'lambda', kind: 'ssh-key', name: keyName, id, details: {} },
      never,
    );
    await releaseAll();
  });

  test('a type that no region has is shown, and not even asked for', async () => {
    const offers = await bench.cloud.offers(anyOffer, never);
    const soldOut = offers.find(({ id }) => id === 'gpu_1x_rtx6000');
    assert.deepEqual([soldOut?.region, soldOut?.available], [null, false]);
    assert.ok(!offers.some(({ id }) => id.startsWith('cpu_')));
    const before = simulator.server.requests.length;
    const request = await bench.request({ ...(soldOut ? { offer: soldOut } : {}) });
    await bench.failing(bench.cloud.rent(request, bench.ledger, never), NoCapacityError);
    assert.equal(simulator.server.requests.length, before);
  });

  test('launches keep their distance', async () => {
    const began = Date.now();
    await Promise.all([almostRent(), almostRent()]);
    const last = simulator.server.asked('POST', launchRoute).at(-1);
    assert.ok((last?.at ?? 0) - began >= 12_000 * timeScale);
    await releaseAll();
  });

  test('a launch that came too soon is in doubt, and is not sent again', async () => {
    simulator.faults.next('create', { kind: '429', body: 'empty' });
    const sent = simulator.server.asked('POST', launchRoute).length;
    const request = await bench.request();
    await bench.failing(bench.cloud.rent(request, bench.ledger, never), DoubtfulError);
    assert.equal(simulator.server.asked('POST', launchRoute).length, sent + 1);
    await releaseAll();
  });

  test('an account that needs its user says what to do', async () => {
    const request = await bench.request();
    simulator.quota = 0;
    const quota = await bench.failing(bench.cloud.rent(request, bench.ledger, never), AccountError);
    simulator.quota = 20;
    assert.match(quota.message, /"Quota exceeded\. Contact Support to increase your quota"/);
    simulator.isInactive = true;
    await bench.failing(bench.cloud.list(never), AccountError);
    simulator.isInactive = false;
    await releaseAll();
  });

  test('an address that is not the one of Lambda ends no machine', async () => {
    const settings = {
      get: (name: string) => Promise.resolve({ ...simulator.environment, ...wrongEndpoint }[name]),
    };
    const wrongEndpoint = { TRAINYARD_ENDPOINT_LAMBDA: `${simulator.endpoint}/elsewhere` };
    const { logger } = bench;
    const elsewhere = await new LazyCloud(lambda, { settings, logger, timeScale }).open();
    await bench.failing(elsewhere.terminate(bench.foreign, never), CloudUnavailableError);
  });

  test('a machine that is shut down from inside is shown as failed and billed until its end', async (t) => {
    const request = await bench.request();
    const { id } = await bench.cloud.rent(request, bench.ledger, never);
    assert.ok(!('user_data' in lastLaunch()));
    const machine = await bench.running(request);
    assert.ok(Math.abs((machine.created ?? 0) - Date.now() / 1000) < 60);
    assert.doesNotMatch(
      JSON.stringify(machine),
      new RegExp(simulator.instances.get(id)?.jupyterToken ?? '.'),
    );
    const host = await openSshHost(t, await bench.logIn(t, id));
    await outputOf(await host.python(evaluating('os.system("sudo shutdown -h now")'), never));
    const off = await waitFor('it is off', async () => {
      return (await bench.listed(request.label)).find(({ state }) => state === 'failed');
    });
    assert.equal(off.problem, 'Lambda calls the machine unhealthy');
    assert.ok(isBilled(id));

    await bench.cloud.terminate(id, never);
    assert.ok(!isBilled(id));
    await bench.gone(request.label);
    await releaseAll();
  });

  for (const { fault, state, billed } of [
    { fault: { kind: 'stuck-booting' }, state: 'starting', billed: false },
    { fault: { kind: 'interrupted', afterSeconds: 1 }, state: 'interrupted', billed: false },
    { fault: { kind: 'dies', afterSeconds: 1 }, state: 'failed', billed: true },
  ] as const) {
    test(`a machine that is ${state} is ${billed ? '' : 'not '}billed, and can be ended`, async () => {
      simulator.faults.next('machine', fault);
      const request = await bench.request();
      const { id } = await bench.cloud.rent(request, bench.ledger, never);
      await waitFor(`it is ${state}`, async () => {
        return (await bench.listed(request.label)).some((machine) => machine.state === state);
      });
      assert.equal(isBilled(id), billed);
      await bench.end(id, request.label);
      await releaseAll();
    });
  }

  test('a machine that was given the key ends itself in time, though nobody ever logs in', async () => {
    const { cloud } = bench;
    const request = await bench.request();
    const deadline = Math.floor(Date.now() / 1000);
    const { attempts } = cloud.selfEnd({ label: request.label, instanceId: null });
    const line = bootLine(await readFile(watchdogFile, 'utf8'), { version: 1, deadline, end: { attempts } });
    await cloud.rent(
      { ...request, bootLine: `export TRAINYARD_TIME_SCALE=0.01; ${line}` },
      bench.ledger,
      never,
    );
    await bench.gone(request.label);
    assert.equal(keyNames().length, 1);
    await releaseAll();
  });

  test('every request is one that the description of the interface allows', async () => {
    const asked = simulator.server.requests.filter(({ path }) => path.startsWith('/api/v1/'));
    const misfits = await openApiMisfits('lambda-cloud-1.10.0.json', asked);
    assert.deepEqual(misfits ?? [], []);
  });
});
