import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { retryConnection } from '../../src/remote/backoff.js';
import type { Host } from '../../src/remote/host.js';
import { fetchFile } from '../../src/remote/transfer/fetch.js';
import { fetchTree } from '../../src/remote/transfer/fetchTree.js';
import { followRun } from '../../src/remote/transfer/followRun.js';
import { startCuttingProxy } from '../support/cuttingProxy.js';
import { startRekeyClosingServer } from '../support/rekeyClosingServer.js';
import { RunFolder } from '../support/runFolder.js';
import { openSshHost } from '../support/sshHost.js';
import { startSshd } from '../support/sshd.js';
import { type CleanUp, tempDir } from '../support/tempDir.js';
import { never, runtime, TransferFixture } from '../support/transferFixture.js';
import { makeHostileTree, noise, sha256, snapshotTree } from '../support/trees.js';

const run = promisify(execFile);

/** As a job is, in little time. */
const patient = { signal: never, timeScale: 0.02 };

/** What a cut may cost: a window of 2 MB in each of two channels, and what lay in pipes and programs. */
const mostLostBytes = 5_000_000;

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

test('a server that closes at every change of keys takes a folder and gives it back, little of it twice', async (t) => {
  const server = await startRekeyClosingServer(t, 4_000_000);
  const host = await openSshHost(t, server.endpoint);
  const fixture = await fixtureOver(t, host);
  const model = noise(12_000_000);
  await writeFile(join(fixture.here, 'model.pt'), model);
  const small = join(fixture.here, 'small');
  await mkdir(small);
  for (let i = 0; i < 80; i += 1) await writeFile(join(small, `file${i}`), noise(150_000, i + 2));
  const carry = async (bytes: number, action: () => Promise<unknown>): Promise<void> => {
    const { bytesMoved, keyChanges } = server;
    await retryConnection(action, patient);
    const twice = server.bytesMoved - bytesMoved - bytes;
    const changes = server.keyChanges - keyChanges;
    assert.ok(changes >= 2, `${changes} changes of keys`);
    assert.ok(twice < changes * mostLostBytes, `${twice} bytes too many over ${changes} changes of keys`);
  };

  let path = '';
  await carry(24_000_000, async () => ({ path } = await fixture.dataset()));
  assert.deepEqual(await snapshotTree(path), await snapshotTree(fixture.here));

  const folder = { remotePath: join(path, 'small'), localPath: join(fixture.here, '..', 'home') };
  await carry(12_000_000, () => fetchTree(host, runtime, folder, {}, never));
  assert.deepEqual(await snapshotTree(folder.localPath), await snapshotTree(small));

  const file = { remotePath: join(path, 'model.pt'), localPath: join(fixture.here, '..', 'model.pt') };
  let hash = '';
  await carry(12_000_000, async () => ({ sha256: hash } = await fetchFile(host, runtime, file, {}, never)));
  assert.equal(hash, sha256(model));
  assert.equal(sha256(await readFile(file.localPath)), sha256(model));
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
