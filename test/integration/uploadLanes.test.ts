import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { startCuttingProxy } from '../support/cuttingProxy.js';
import { openSshHost } from '../support/sshHost.js';
import { startSshd } from '../support/sshd.js';
import { type CleanUp, tempDir } from '../support/tempDir.js';
import { TransferFixture } from '../support/transferFixture.js';
import { noise, snapshotTree } from '../support/trees.js';

interface Far {
  readonly fixture: TransferFixture;
  /** Connections made so far. */
  readonly connections: () => number;
}

/** A folder of 20 MB, and a machine that is some milliseconds away. */
async function farMachine(t: CleanUp, maxSessions: number, roundTripMs: number): Promise<Far> {
  const sshd = await startSshd(t, { maxSessions });
  const proxy = await startCuttingProxy(t, sshd.port, { roundTripMs });
  const host = await openSshHost(t, { ...sshd.endpoint, port: proxy.port });
  const fixture = new TransferFixture(await tempDir(t), host);
  await mkdir(join(fixture.here, 'many'), { recursive: true });
  await writeFile(join(fixture.here, 'big'), noise(12_345_678));
  for (let i = 0; i < 160; i += 1)
    await writeFile(join(fixture.here, 'many', `file${i}`), noise(50_000, i + 2));
  return { fixture, connections: () => proxy.connections };
}

test('much goes over a connection of its own, and more of them where the machine is far away', async (t) => {
  for (const [roundTripMs, least, most] of [
    [0, 2, 5],
    [100, 3, 5],
  ] as const) {
    const { fixture, connections } = await farMachine(t, 10, roundTripMs);
    const { path, sent } = await fixture.dataset();
    assert.equal(sent, 161);
    assert.deepEqual(await snapshotTree(path), await snapshotTree(fixture.here));
    assert.ok(connections() >= least && connections() <= most, `${connections()} connections`);
  }
});

test('a server that allows one program a connection takes an upload as well', async (t) => {
  const { fixture } = await farMachine(t, 1, 60);
  const { path } = await fixture.dataset();
  assert.deepEqual(await snapshotTree(path), await snapshotTree(fixture.here));
  assert.equal((await fixture.dataset()).sent, 0);
});
