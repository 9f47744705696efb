import assert from 'node:assert/strict';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { ConnectionError, MachineError, messageOf } from '../../src/errors.js';
import { retryConnection } from '../../src/remote/backoff.js';
import { fetchFile } from '../../src/remote/transfer/fetch.js';
import { fetchTree } from '../../src/remote/transfer/fetchTree.js';
import type { Host } from '../../src/remote/host.js';
import { type CuttingProxy, startCuttingProxy } from '../support/cuttingProxy.js';
import { LimitedHost } from '../support/limitedHost.js';
import { openSshHost } from '../support/sshHost.js';
import { type Sshd, startSshd } from '../support/sshd.js';
import { type CleanUp, tempDir } from '../support/tempDir.js';
import { never, runtime, TransferFixture } from '../support/transferFixture.js';
import { makeHostileTree, noise, sha256, snapshotTree } from '../support/trees.js';

/** Bytes that may go twice for one cut: what was in flight, which is bounded by windows and buffers. */
const mostLostBytes = 6_000_000;

async function fixtureOver(t: CleanUp, host: Host): Promise<TransferFixture> {
  const fixture = new TransferFixture(await tempDir(t), host);
  await mkdir(fixture.here);
  await mkdir(fixture.there);
  return fixture;
}

interface Cuttable {
  readonly sshd: Sshd;
  readonly proxy: CuttingProxy;
  readonly fixture: TransferFixture;
}

async function cuttable(t: CleanUp, roundTripMs = 0): Promise<Cuttable> {
  const sshd = await startSshd(t);
  const proxy = await startCuttingProxy(t, sshd.port, { roundTripMs });
  const host = await openSshHost(t, { ...sshd.endpoint, port: proxy.port });
  return { sshd, proxy, fixture: await fixtureOver(t, host) };
}

test('hostile names go to a machine and come back byte for byte', async (t) => {
  const sshd = await startSshd(t);
  const fixture = await fixtureOver(t, await openSshHost(t, sshd.endpoint));
  await makeHostileTree(fixture.here);
  const expected = await snapshotTree(fixture.here);

  const { path } = await fixture.dataset();
  assert.deepEqual(await snapshotTree(path), expected);
  assert.ok(path.startsWith(join(sshd.home, '.trainyard', 'datasets')));

  await fixture.mirror();
  assert.deepEqual(await snapshotTree(fixture.there), expected);

  const back = join(fixture.here, '..', 'back');
  await fetchTree(fixture.host, runtime, { remotePath: path, localPath: back }, {}, never);
  const returned = { ...expected, private: (expected.private ?? '').replace('600', '644') };
  assert.deepEqual(await snapshotTree(back), returned);
});

test('an upload that is cut again and again arrives whole, and little of it goes twice', async (t) => {
  const { proxy, fixture } = await cuttable(t);
  await writeFile(join(fixture.here, 'big'), noise(24_000_000));
  for (let i = 0; i < 300; i += 1) await writeFile(join(fixture.here, `small${i}`), noise(10_000, i + 2));
  const totalBytes = 24_000_000 + 300 * 10_000;

  let cuts = 0;
  let nextCut = 1_000_000;
  const result = await retryConnection(
    () =>
      fixture.dataset({
        onProgress: () => {
          if (proxy.bytesUp < nextCut || cuts === 8) return;
          cuts += 1;
          nextCut = proxy.bytesUp + Math.floor(Math.random() * 6_000_000);
          proxy.cut();
        },
      }),
    { signal: never, timeScale: 0.02 },
  );
  assert.deepEqual(await snapshotTree(result.path), await snapshotTree(fixture.here));
  assert.ok(cuts >= 4, `${cuts} cuts`);
  const resent = proxy.bytesUp - totalBytes;
  assert.ok(resent < cuts * mostLostBytes, `${resent} bytes went twice over ${cuts} cuts`);
});

test('a download that is cut again and again comes home whole, and little of it comes twice', async (t) => {
  const { proxy, fixture } = await cuttable(t);
  const model = noise(24_000_000);
  const paths = { remotePath: join(fixture.there, 'model.pt'), localPath: join(fixture.here, 'model.pt') };
  await writeFile(paths.remotePath, model);

  let cuts = 0;
  let nextCut = Math.random() * 2_000_000;
  const onProgress = ({ bytes }: { bytes: number }): void => {
    if (bytes < nextCut || cuts === 8) return;
    cuts += 1;
    nextCut = bytes + Math.random() * 3_000_000;
    proxy.cut();
  };
  const result = await retryConnection(() => fetchFile(fixture.host, runtime, paths, { onProgress }, never), {
    signal: never,
    timeScale: 0.02,
  });
  assert.equal(cuts, 8);
  assert.equal(result.sha256, sha256(model));
  assert.equal(sha256(await readFile(paths.localPath)), sha256(model));
  assert.deepEqual(await readdir(fixture.here), ['model.pt']);
  const twice = proxy.bytesDown - model.length;
  assert.ok(twice < cuts * mostLostBytes, `${twice} bytes came twice over ${cuts} cuts`);
});

test('from far away a model comes over several connections, whole, also when they are cut', async (t) => {
  const { proxy, fixture } = await cuttable(t, 60);
  const model = noise(32_000_000);
  const paths = { remotePath: join(fixture.there, 'model.pt'), localPath: join(fixture.here, 'model.pt') };
  await writeFile(paths.remotePath, model);

  let mostConnections = 0;
  const cutAt = [3, 9, 15].map((megabytes) => (megabytes + Math.random()) * 1_000_000);
  const onProgress = ({ bytes }: { bytes: number }): void => {
    mostConnections = Math.max(mostConnections, proxy.connections);
    if (bytes < (cutAt[0] ?? Number.POSITIVE_INFINITY)) return;
    cutAt.shift();
    proxy.cut();
  };
  const result = await retryConnection(() => fetchFile(fixture.host, runtime, paths, { onProgress }, never), {
    signal: never,
    timeScale: 0.02,
  });
  assert.deepEqual(cutAt, []);
  assert.ok(mostConnections > 4, `${mostConnections} connections`);
  assert.equal(result.sha256, sha256(model));
  assert.equal(sha256(await readFile(paths.localPath)), sha256(model));
  assert.deepEqual(await readdir(fixture.here), ['model.pt']);
});

test('a cut is a ConnectionError, and what was sent before it is kept there', async (t) => {
  const { sshd, proxy, fixture } = await cuttable(t);
  await writeFile(join(fixture.here, 'big'), noise(20_000_000));
  const onProgress = ({ bytes }: { bytes: number }): void => {
    if (bytes > 10_000_000) proxy.cut();
  };
  await assert.rejects(fixture.dataset({ onProgress }), ConnectionError);
  const kept = await readdir(join(sshd.home, '.trainyard', 'datasets'));
  assert.deepEqual(
    kept.map((name) => name.slice(64)),
    ['.partial'],
  );
});

test('a machine whose login scripts talk is understood', async (t) => {
  const sshd = await startSshd(t);
  await writeFile(join(sshd.home, '.bashrc'), 'echo Welcome to gpu1\n');
  const fixture = await fixtureOver(t, await openSshHost(t, sshd.endpoint));
  await writeFile(join(fixture.here, 'file'), 'content');
  const { path } = await fixture.dataset();
  assert.deepEqual(await snapshotTree(path), await snapshotTree(fixture.here));
});

test('a machine without python3 is named with what to install', async (t) => {
  const sshd = await startSshd(t, { python3: 'absent' });
  const fixture = await fixtureOver(t, await openSshHost(t, sshd.endpoint));
  await assert.rejects(
    fixture.dataset(),
    (error) => error instanceof MachineError && error.message.includes('python3'),
  );
});

test('a full disk is told before anything is sent, with what is needed and free', async (t) => {
  const host = await fullMachine(t);
  const fixture = await fixtureOver(t, host);
  await writeFile(join(fixture.here, 'small'), 'small');
  const before = await fixture.dataset();
  await writeFile(join(fixture.here, 'big'), noise(20_000_000));
  await assert.rejects(
    fixture.dataset(),
    (error) =>
      error instanceof MachineError &&
      /^The disk of .* is too full for .*19\.1 MB are needed and .* are free; /.test(error.message),
  );
  assert.deepEqual((await snapshotTree(before.path)).small, (await snapshotTree(fixture.here)).small);
});

/** A machine with 8 MB of disk; where nobody may mount one, a machine whose files end at 8 MB. */
async function fullMachine(t: TestContext): Promise<Host> {
  const bytes = 8_000_000;
  try {
    const sshd = await startSshd(t, { homeBytes: bytes });
    return await openSshHost(t, sshd.endpoint);
  } catch (error) {
    t.diagnostic(`no small disk could be mounted (${messageOf(error)}); a limit on files stands in for it`);
    const sshd = await startSshd(t);
    return new LimitedHost(await openSshHost(t, sshd.endpoint), bytes);
  }
}
