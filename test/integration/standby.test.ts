import assert from 'node:assert/strict';
import { appendFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import type { SshHost } from '../../src/remote/ssh/sshHost.js';
import { fetchFile } from '../../src/remote/transfer/fetch.js';
import { prepareUpload } from '../../src/remote/transfer/prepareUpload.js';
import { startCuttingProxy } from '../support/cuttingProxy.js';
import { openSshHost } from '../support/sshHost.js';
import { type SshdOptions, startSshd } from '../support/sshd.js';
import { type CleanUp, tempDir } from '../support/tempDir.js';
import { never, runtime, TransferFixture } from '../support/transferFixture.js';
import { noise, snapshotTree } from '../support/trees.js';
import { waitFor } from '../support/waitFor.js';

interface Site {
  readonly fixture: TransferFixture;
  readonly host: SshHost;
  /** Process ids of all programs that were started there. */
  readonly started: () => Promise<number[]>;
}

/** A folder of 10 MB and a machine whose login script writes down who logs in. */
async function site(t: CleanUp, options: SshdOptions = {}): Promise<Site> {
  const sshd = await startSshd(t, options);
  const list = join(sshd.home, 'started');
  await writeFile(list, '');
  await writeFile(join(sshd.home, '.bashrc'), `echo $$ >> ${list}\n`);
  const proxy = await startCuttingProxy(t, sshd.port, { roundTripMs: 60 });
  const host = await openSshHost(t, { ...sshd.endpoint, port: proxy.port });
  const fixture = new TransferFixture(await tempDir(t), host);
  await mkdir(fixture.here);
  await writeFile(join(fixture.here, 'big'), noise(10_000_000));
  const started = async (): Promise<number[]> =>
    (await readFile(list, 'utf8')).split('\n').filter(Boolean).map(Number);
  return { fixture, host, started };
}

test('what stands by for an upload is all that the upload needs', async (t) => {
  const { fixture, host, started } = await site(t);
  await prepareUpload(host, runtime, fixture.source, never);
  const ready = await started();
  assert.ok(ready.length > 1, `${ready.length} programs stand by`);
  await prepareUpload(host, runtime, fixture.source, never);
  const { path } = await fixture.dataset();
  assert.deepEqual(await snapshotTree(path), await snapshotTree(fixture.here));
  assert.deepEqual(await started(), ready);
});

test('programs that ended while they stood by are started anew, by the next try at the latest', async (t) => {
  const { fixture, host, started } = await site(t);
  await prepareUpload(host, runtime, fixture.source, never);
  const ready = await started();
  for (const pid of ready) process.kill(pid);
  const { path } = await waitFor('the upload', () => fixture.dataset());
  assert.deepEqual(await snapshotTree(path), await snapshotTree(fixture.here));
  assert.ok((await started()).length > ready.length);
});

test('lanes that stand by for nothing make room for others, and end with the host', async (t) => {
  const { fixture, host, started } = await site(t);
  const { path } = await fixture.dataset();
  await prepareUpload(host, runtime, fixture.source, never);
  const localPath = join(fixture.here, '..', 'home');
  await fetchFile(host, runtime, { remotePath: join(path, 'big'), localPath }, {}, never);
  assert.deepEqual(await readFile(localPath), noise(10_000_000));
  await prepareUpload(host, runtime, fixture.source, never);
  host.dispose();
  const all = await started();
  await waitFor('their end', () => all.every((pid) => !isRunning(pid)));
});

test('lanes that an upload did not need end with it', async (t) => {
  const { fixture, host, started } = await site(t);
  await fixture.dataset();
  const before = await started();
  await prepareUpload(host, runtime, fixture.source, never);
  const ready = (await started()).filter((pid) => !before.includes(pid));
  assert.ok(ready.length > 1, `${ready.length} programs stand by`);
  assert.equal((await fixture.dataset()).sent, 0);
  await waitFor('their end', () => ready.every((pid) => !isRunning(pid)));
});

test('a server that allows one program a connection has nothing against preparing', async (t) => {
  const { fixture, host } = await site(t, { maxSessions: 1 });
  await prepareUpload(host, runtime, fixture.source, never);
  await appendFile(join(fixture.here, 'big'), 'more');
  const { path } = await fixture.dataset();
  assert.deepEqual(await snapshotTree(path), await snapshotTree(fixture.here));
});

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
