import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { retryConnection } from '../../src/remote/backoff.js';
import type { Host } from '../../src/remote/host.js';
import { fetchFile } from '../../src/remote/transfer/fetch.js';
import { followRun } from '../../src/remote/transfer/followRun.js';
import { startCuttingProxy } from '../support/cuttingProxy.js';
import { RunFolder } from '../support/runFolder.js';
import { openSshHost } from '../support/sshHost.js';
import { startSshd } from '../support/sshd.js';
import { type CleanUp, tempDir } from '../support/tempDir.js';
import { never, runtime, TransferFixture } from '../support/transferFixture.js';
import { makeHostileTree, noise, sha256, snapshotTree } from '../support/trees.js';

const run = promisify(execFile);

/** As a job is, in little time. */
const patient = { signal: never, timeScale: 0.02 };

async function fixtureOver(t: CleanUp, host: Host): Promise<TransferFixture> {
  const fixture = new TransferFixture(await tempDir(t), host);
  await mkdir(fixture.here);
  await mkdir(fixture.there);
  return fixture;
}

/** A folder with python3 and the programs of busybox in it; where there is no busybox, with python3 and a shell. */
async function bareTools(t: CleanUp): Promise<string> {
  const tools = await tempDir(t);
  await run('busybox', ['--install', '-s', tools]).catch(() => symlink('/bin/sh', join(tools, 'sh')));
  const { stdout } = await run('python3', ['-c', 'import sys; print(sys.executable)']);
  await symlink(stdout.trim(), join(tools, 'python3'));
  return tools;
}

test('a machine without GNU programs takes a folder, gives it back and shows its log', async (t) => {
  const sshd = await startSshd(t, { path: await bareTools(t) });
  const fixture = await fixtureOver(t, await openSshHost(t, sshd.endpoint));
  await makeHostileTree(fixture.here);
  await writeFile(join(fixture.here, 'big'), noise(9_000_000));
  const { path } = await fixture.dataset();
  assert.deepEqual(await snapshotTree(path), await snapshotTree(fixture.here));

  const localPath = join(fixture.here, '..', 'home');
  await fetchFile(fixture.host, runtime, { remotePath: join(path, 'big'), localPath }, {}, never);
  assert.ok((await readFile(localPath)).equals(noise(9_000_000)));

  const job = await RunFolder.make(join(sshd.home, '.trainyard'));
  await job.write('one\ntwo\n');
  await job.state(1, 'ended');
  const dir = await tempDir(t);
  const listener = { onState: () => undefined };
  await followRun(fixture.host, runtime, { job: job.job, attempt: 1, dir }, listener, never);
  assert.equal(await readFile(join(dir, 'output.log'), 'utf8'), 'one\ntwo\n');
});

test('a server that closes after every 8 MB carries a folder and a model all the same', async (t) => {
  const sshd = await startSshd(t);
  const proxy = await startCuttingProxy(t, sshd.port, { connectionBytes: 8_000_000 });
  const host = await openSshHost(t, { ...sshd.endpoint, port: proxy.port });
  const fixture = await fixtureOver(t, host);
  const content = noise(24_000_000);
  await writeFile(join(fixture.here, 'model.pt'), content);

  const { path } = await retryConnection(() => fixture.dataset(), patient);
  assert.equal(sha256(await readFile(join(path, 'model.pt'))), sha256(content));
  assert.ok(proxy.bytesUp < 2 * content.length, `${proxy.bytesUp} bytes went up`);

  const paths = { remotePath: join(path, 'model.pt'), localPath: join(fixture.here, '..', 'home') };
  const downBefore = proxy.bytesDown;
  const result = await retryConnection(() => fetchFile(host, runtime, paths, {}, never), patient);
  assert.equal(result.sha256, sha256(content));
  assert.ok(proxy.bytesDown - downBefore < 2 * content.length, `${proxy.bytesDown - downBefore} bytes came`);
  assert.ok(proxy.connections >= 6, `${proxy.connections} connections`);
});

test('a server whose connections end at every change of keys carries a folder and a model all the same', async (t) => {
  let changes = 0;
  let onChange = (): void => undefined;
  const sshd = await startSshd(t, {
    config: ['RekeyLimit 3M', 'LogLevel DEBUG1'],
    onLog: (text) => {
      // The keys that a connection begins with are told with [preauth] behind.
      const now = text.match(/SSH2_MSG_KEXINIT sent\r?$/gm)?.length ?? 0;
      changes += now;
      if (now > 0) onChange();
    },
  });
  const proxy = await startCuttingProxy(t, sshd.port);
  onChange = () => proxy.cut();
  const host = await openSshHost(t, { ...sshd.endpoint, port: proxy.port });
  const fixture = await fixtureOver(t, host);
  const content = noise(16_000_000);
  await writeFile(join(fixture.here, 'model.pt'), content);
  for (let i = 0; i < 40; i += 1) await writeFile(join(fixture.here, `small${i}`), noise(50_000, i + 2));

  const { path } = await retryConnection(() => fixture.dataset(), patient);
  assert.deepEqual(await snapshotTree(path), await snapshotTree(fixture.here));
  const changesUp = changes;
  assert.ok(changesUp >= 3, `${changesUp} changes of keys on the way up`);

  const paths = { remotePath: join(path, 'model.pt'), localPath: join(fixture.here, '..', 'home') };
  const result = await retryConnection(() => fetchFile(host, runtime, paths, {}, never), patient);
  assert.equal(result.sha256, sha256(content));
  assert.ok(changes - changesUp >= 3, `${changes - changesUp} changes of keys on the way down`);
});

for (const [what, maxSessions] of [
  ['a network that lets one connection through at a time', 10],
  ['one connection at a time, with one program over it,', 1],
] as const)
  test(`${what} carries a folder and a model`, async (t) => {
    const sshd = await startSshd(t, { maxSessions });
    for (const roundTripMs of [0, 60]) {
      const proxy = await startCuttingProxy(t, sshd.port, { roundTripMs, mostConnections: 1 });
      const host = await openSshHost(t, { ...sshd.endpoint, port: proxy.port });
      const fixture = await fixtureOver(t, host);
      const content = noise(9_000_000, roundTripMs);
      await writeFile(join(fixture.here, 'model.pt'), content);
      const { path } = await retryConnection(() => fixture.dataset(), patient);
      const localPath = join(fixture.here, '..', 'home');
      const paths = { remotePath: join(path, 'model.pt'), localPath };
      await retryConnection(() => fetchFile(host, runtime, paths, {}, never), patient);
      assert.equal(sha256(await readFile(localPath)), sha256(content));
      assert.ok(proxy.connections > 1, 'another one was tried');
    }
  });
