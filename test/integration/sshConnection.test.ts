import assert from 'node:assert/strict';
import { once } from 'node:events';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { test } from 'node:test';
import ssh2 from 'ssh2';
import { ConnectionError } from '../../src/errors.js';
import { noPythonExitCode } from '../../src/remote/boot.js';
import type { HostProcess } from '../../src/remote/host.js';
import { startCuttingProxy } from '../support/cuttingProxy.js';
import { listenInstead } from '../support/sshListener.js';
import { freePort, startSshd } from '../support/sshd.js';
import { evaluating, openSshConnection, openSshHost, outputOf } from '../support/sshHost.js';
import { waitFor } from '../support/waitFor.js';

const never = new AbortController().signal;

/** Says that it runs, then waits for its stdin to end and says how many bytes came. */
const counting = {
  name: 'counting.py',
  source:
    'import sys\nprint("ready", flush=True)\nsys.stdin.buffer.readline()\nprint(len(sys.stdin.buffer.read()))\n',
  request: {},
};

async function firstOutput(process: HostProcess): Promise<void> {
  const [chunk] = (await once(process.stdout, 'data')) as [Buffer];
  assert.equal(chunk.toString(), 'ready\n');
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

const isPhase =
  (...phases: readonly string[]) =>
  (error: unknown): boolean => {
    assert.ok(error instanceof ConnectionError, String(error));
    assert.ok(phases.includes(error.phase), `${error.phase}: ${error.message}`);
    return true;
  };

test('a program gets its request, then the bytes written to it, and its exit code arrives', async (t) => {
  const sshd = await startSshd(t);
  const host = await openSshHost(t, sshd.endpoint);
  const source = `
import sys, json
request = json.loads(sys.stdin.buffer.readline())
rest = sys.stdin.buffer.read()
sys.stdout.write(request["say"] + str(len(rest)))
sys.stderr.write("complaint")
sys.exit(3)
`;
  const request = { say: 'quotes " \' $HOME `id` ünï\n' };
  const process = await host.python({ name: 'echo.py', source, request }, never);
  const megabytes = Readable.from(Array.from({ length: 64 }, () => Buffer.alloc(1 << 16)));
  const [output] = await Promise.all([outputOf(process), pipeline(megabytes, process.stdin)]);
  assert.equal(output, `${request.say}${1 << 22}`);
  assert.deepEqual(await process.exit, { kind: 'code', code: 3 });
  assert.equal(process.stderrTail(), 'complaint');
});

test('the exit arrives although nobody reads the output', async (t) => {
  const sshd = await startSshd(t);
  const host = await openSshHost(t, sshd.endpoint);
  const process = await host.python(evaluating('"x" * 100000'), never);
  assert.deepEqual(await process.exit, { kind: 'code', code: 0 });
});

test('all programs of a host share one connection', async (t) => {
  const sshd = await startSshd(t);
  const proxy = await startCuttingProxy(t, sshd.port);
  const host = await openSshHost(t, { ...sshd.endpoint, port: proxy.port });
  const processes = await Promise.all([1, 2, 3, 4].map((n) => host.python(evaluating(String(n)), never)));
  assert.deepEqual(await Promise.all(processes.map(outputOf)), ['1\n', '2\n', '3\n', '4\n']);
  assert.equal(proxy.connections, 1);
});

test('a machine without python3 answers with the exit code that says so', async (t) => {
  const sshd = await startSshd(t, { python3: 'absent' });
  const host = await openSshHost(t, sshd.endpoint);
  const process = await host.python(evaluating('1'), never);
  await outputOf(process);
  assert.deepEqual(await process.exit, { kind: 'code', code: noPythonExitCode });
});

test('a killed program has ended for us at once, and finds its stdin closed on the machine', async (t) => {
  const sshd = await startSshd(t);
  const host = await openSshHost(t, sshd.endpoint);
  const source = 'import os, sys\nprint(os.getpid(), flush=True)\nsys.stdin.buffer.read()\n';
  const victim = await host.python({ name: 'reader.py', source, request: {} }, never);
  const [pid] = (await once(victim.stdout, 'data')) as [Buffer];
  victim.kill();
  victim.kill();
  assert.deepEqual(await victim.exit, { kind: 'signal', signal: 'SIGTERM' });
  await waitFor('the program is gone', () => !isRunning(Number(pid)));
});

test('a cut connection ends programs as lost, and the next use connects again', async (t) => {
  const sshd = await startSshd(t);
  const host = await openSshHost(t, sshd.endpoint);
  const process = await host.python(counting, never);
  await firstOutput(process);
  await sshd.cutConnections();
  process.stdout.resume();
  const exit = await process.exit;
  assert.ok(exit.kind === 'lost' && exit.error.message.includes(`${host.name} was lost`));
  const again = await host.python(evaluating('"back"'), never);
  assert.equal(await outputOf(again), 'back\n');
});

test('a pipeline into a program ends when the connection is cut', async (t) => {
  const sshd = await startSshd(t);
  const proxy = await startCuttingProxy(t, sshd.port);
  const host = await openSshHost(t, { ...sshd.endpoint, port: proxy.port });
  const process = await host.python(counting, never);
  await firstOutput(process);
  const endless = new Readable({ read: (): void => void endless.push(Buffer.alloc(1 << 16)) });
  const writing = pipeline(endless, process.stdin);
  await waitFor('a megabyte has passed', () => proxy.bytesUp > 1 << 20);
  proxy.cut();
  await assert.rejects(writing, isPhase('lost'));
  assert.equal((await process.exit).kind, 'lost');
});

test('a pipeline into a program ends when the program does', async (t) => {
  const sshd = await startSshd(t);
  const host = await openSshHost(t, sshd.endpoint);
  const process = await host.python(evaluating('"enough"'), never);
  const endless = new Readable({ read: (): void => void endless.push(Buffer.alloc(1 << 16)) });
  await assert.rejects(pipeline(endless, process.stdin), /has ended/);
  assert.equal(await outputOf(process), 'enough\n');
  assert.deepEqual(await process.exit, { kind: 'code', code: 0 });
});

test('a connection that falls silent counts as lost', async (t) => {
  const sshd = await startSshd(t);
  const proxy = await startCuttingProxy(t, sshd.port);
  const host = await openSshHost(t, { ...sshd.endpoint, port: proxy.port }, { silenceLimitMs: 300 });
  const process = await host.python(counting, never);
  proxy.freeze();
  process.stdout.resume();
  const exit = await process.exit;
  assert.ok(exit.kind === 'lost' && exit.error.message.includes('nothing came for'));
});

for (const maxSessions of [1, 2]) {
  test(`more programs than MaxSessions ${maxSessions} allows run over connections of their own`, async (t) => {
    const sshd = await startSshd(t, { maxSessions });
    const host = await openSshHost(t, sshd.endpoint);
    const start = (): Promise<HostProcess> => host.python(counting, never);
    const running = [await start(), ...(await Promise.all([start(), start(), start()]))];
    const needed = Math.ceil(running.length / maxSessions);
    assert.equal(await sshd.countConnections(), needed);
    for (const process of running) process.stdin.end('abc');
    assert.deepEqual(
      await Promise.all(running.map(outputOf)),
      running.map(() => 'ready\n3\n'),
    );
    await waitFor('the end of the spare connections', async () => (await sshd.countConnections()) === 1);
    assert.equal(await outputOf(await host.python(evaluating('3'), never)), '3\n');
    assert.equal(await sshd.countConnections(), 1);
  });
}

test('a server that allows no program at all is not asked for ever', async (t) => {
  const sshd = await startSshd(t, { maxSessions: 0 });
  const host = await openSshHost(t, sshd.endpoint);
  await assert.rejects(host.python(counting, never), isPhase('channel'));
});

test('a shell has the size of the window, before and after a resize', async (t) => {
  const sshd = await startSshd(t);
  const host = await openSshHost(t, sshd.endpoint);
  const shell = await host.shell({ columns: 91, rows: 31 }, never);
  let text = '';
  shell.output.on('data', (chunk: Buffer) => (text += chunk.toString()));
  shell.input.write('stty size\n');
  await waitFor('the first size', () => text.includes('31 91'));
  shell.resize({ columns: 120, rows: 40 });
  shell.input.write('stty size; echo $TERM\n');
  await waitFor('the second size', () => text.includes('40 120') && text.includes('xterm-256color'));
  shell.input.write('exit 7\n');
  assert.deepEqual(await shell.exit, { kind: 'code', code: 7 });
});

test('giving up while connecting, in the handshake or at a channel ends the wait', async (t) => {
  const sshd = await startSshd(t);
  const silent = await listenInstead(t, sshd.endpoint, () => undefined);
  const atBanner = await listenInstead(t, sshd.endpoint, (socket) => socket.write('SSH-2.0-Slow\r\n'));
  for (const endpoint of [silent, atBanner, sshd.endpoint]) {
    const host = await openSshHost(t, endpoint);
    const abort = new AbortController();
    const starting = host.python(counting, abort.signal);
    setImmediate(() => abort.abort());
    await assert.rejects(starting, { name: 'AbortError' });
  }
});

test('giving up does not take the connection from others who wait for it', async (t) => {
  const sshd = await startSshd(t);
  const host = await openSshHost(t, sshd.endpoint);
  const abort = new AbortController();
  const abandoned = host.python(counting, abort.signal);
  const wanted = host.python(evaluating('1'), never);
  abort.abort();
  await assert.rejects(abandoned, { name: 'AbortError' });
  assert.equal(await outputOf(await wanted), '1\n');
});

test('a channel that comes after its caller gave up is closed', async (t) => {
  const sshd = await startSshd(t);
  const proxy = await startCuttingProxy(t, sshd.port, { roundTripMs: 40 });
  const connection = await openSshConnection(t, { ...sshd.endpoint, port: proxy.port });
  const abort = new AbortController();
  const abandoned = connection.exec('cat', abort.signal);
  setImmediate(() => abort.abort());
  await assert.rejects(abandoned, { name: 'AbortError' });
  assert.ok(!connection.isIdle, 'it was still to come');
  await waitFor('the end of the channel', () => connection.isIdle);
});

test('a machine that cannot be reached, is not there or speaks something else is named', async (t) => {
  const sshd = await startSshd(t);
  const attempt = async (endpoint: typeof sshd.endpoint): Promise<HostProcess> =>
    (await openSshHost(t, endpoint)).python(counting, never);
  const nobody = await freePort();
  await assert.rejects(attempt({ ...sshd.endpoint, port: nobody }), (error) => {
    assert.ok(error instanceof ConnectionError && error.message.includes(`127.0.0.1:${nobody}`));
    return isPhase('connect')(error);
  });
  await assert.rejects(attempt({ ...sshd.endpoint, host: 'no-such-machine.invalid' }), isPhase('resolve'));
  const web = await listenInstead(t, sshd.endpoint, (socket) =>
    socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'),
  );
  await assert.rejects(attempt(web), isPhase('handshake'));
  const closing = await listenInstead(t, sshd.endpoint, (socket) => socket.destroy());
  await assert.rejects(attempt(closing), isPhase('handshake', 'connect'));
});

test('a server that drops us in the middle of the login is a connection to try again', async (t) => {
  const sshd = await startSshd(t);
  const server = new ssh2.Server(
    { hostKeys: [ssh2.utils.generateKeyPairSync('ed25519').private] },
    (client) => {
      client.on('error', () => undefined).on('authentication', () => client.end());
    },
  );
  t.after(() => server.close());
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  assert.ok(address !== null && typeof address === 'object');
  const host = await openSshHost(t, { ...sshd.endpoint, port: address.port });
  await assert.rejects(host.python(counting, never), isPhase('handshake'));
});

test('a host that is disposed ends its programs and lets nobody in again', async (t) => {
  const sshd = await startSshd(t);
  const host = await openSshHost(t, sshd.endpoint);
  const process = await host.python(counting, never);
  process.stdout.resume();
  host.dispose();
  host.dispose();
  assert.equal((await process.exit).kind, 'lost');
  await assert.rejects(host.python(counting, never), /used after its end/);
});
