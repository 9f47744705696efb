import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { type TestContext, test } from 'node:test';
import { type Address, firstAnswering, probeBanner } from '../../../src/remote/banner.js';

const never = new AbortController().signal;
const patient = { signal: never, timeoutMs: 30_000 };
const hasty = { signal: never, timeoutMs: 100 };
const openssh = 'SSH-2.0-OpenSSH_9.6\r\n';

interface Greeter extends Address {
  /** Those who came, oldest first. */
  readonly callers: readonly Socket[];
  readonly firstCaller: Promise<unknown>;
}

/** A server that does this with everybody who connects. */
async function greeter(t: TestContext, greet: (caller: Socket) => void): Promise<Greeter> {
  const callers: Socket[] = [];
  const server = createServer((caller) => {
    callers.push(caller.on('error', () => undefined));
    greet(caller);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    callers.forEach((caller) => caller.destroy());
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return { host: '127.0.0.1', port, callers, firstCaller: once(server, 'connection') };
}

const silent = (): void => undefined;
const saying =
  (text: string) =>
  (caller: Socket): void =>
    void caller.write(text);

/** A port where nothing listens. */
async function closedPort(): Promise<Address> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return { host: '127.0.0.1', port };
}

for (const [what, text] of [
  ['that identifies itself', openssh],
  ['that says other lines first', 'Welcome to gpu1\r\nNo SSH-2.0- here\r\nSSH-2.0-dropbear_2022.83\r\n'],
  ['that also takes old clients', 'SSH-1.99-Cisco-1.25\n'],
] as const) {
  test(`an SSH server ${what} answers`, async (t) => {
    const { host, port } = await greeter(t, saying(text));
    assert.equal(await probeBanner(host, port, patient), true);
  });
}

test('an identification that comes in pieces is one', async (t) => {
  const server = await greeter(t, (caller) => {
    caller.setNoDelay(true).write('SSH-', () => caller.write('2.0-x\r\n'));
  });
  assert.equal(await probeBanner(server.host, server.port, patient), true);
});

test('a port that is open and silent is no SSH server', async (t) => {
  const { host, port } = await greeter(t, silent);
  assert.equal(await probeBanner(host, port, hasty), false);
});

test('another server is no SSH server', async (t) => {
  const { host, port } = await greeter(t, (caller) => caller.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
  assert.equal(await probeBanner(host, port, patient), false);
});

test('a server that talks without end is left', async (t) => {
  const { host, port } = await greeter(t, saying('x'.repeat(100_000)));
  assert.equal(await probeBanner(host, port, patient), false);
});

test('a server that hangs up is no SSH server', async (t) => {
  const { host, port } = await greeter(t, (caller) => caller.resetAndDestroy());
  assert.equal(await probeBanner(host, port, patient), false);
});

test('a closed port and a name without an address are no SSH server', async () => {
  const { host, port } = await closedPort();
  assert.equal(await probeBanner(host, port, patient), false);
  assert.equal(await probeBanner('no-such-machine.invalid', 22, patient), false);
});

test('a probe ends with its signal', async (t) => {
  const server = await greeter(t, silent);
  const abort = new AbortController();
  const probe = probeBanner(server.host, server.port, { signal: abort.signal, timeoutMs: 60_000 });
  await server.firstCaller;
  abort.abort();
  await assert.rejects(probe, { name: 'AbortError' });
});

test('the first candidate is taken when it answers a little later than another', async (t) => {
  const direct = await greeter(t, silent);
  const proxy = await greeter(t, saying(openssh));
  const found = firstAnswering([direct, proxy], { ...patient, graceMs: 60_000 });
  await Promise.all([direct.firstCaller, proxy.firstCaller]);
  direct.callers[0]?.write(openssh);
  assert.equal(await found, direct);
});

test('a later candidate is taken when the first stays silent, and nobody stays connected', async (t) => {
  const direct = await greeter(t, silent);
  const proxy = await greeter(t, saying(openssh));
  assert.equal(await firstAnswering([direct, proxy], { ...patient, graceMs: 1 }), proxy);
  const [caller] = direct.callers;
  if (caller && !caller.destroyed) await once(caller, 'close');
});

test('a later candidate need not wait for one that has refused', async (t) => {
  const candidates = [await closedPort(), await greeter(t, saying(openssh))];
  assert.equal(await firstAnswering(candidates, { ...patient, graceMs: 60_000 }), candidates[1]);
});

test('no candidate is taken when none answers in time', async (t) => {
  const candidates = [await closedPort(), await greeter(t, silent)];
  assert.equal(await firstAnswering(candidates, hasty), undefined);
  const none: readonly Address[] = [];
  assert.equal(await firstAnswering(none, hasty), undefined);
});

test('looking for a candidate ends with its signal', async (t) => {
  const server = await greeter(t, silent);
  const abort = new AbortController();
  const found = firstAnswering([server], { signal: abort.signal, timeoutMs: 60_000 });
  await server.firstCaller;
  abort.abort();
  await assert.rejects(found, { name: 'AbortError' });
});
