import assert from 'node:assert/strict';
import { mkdir, readdir, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import type { Door, Host, HostProcess, Program } from '../../src/remote/host.js';
import { syncDataset } from '../../src/remote/transfer/sync.js';
import { HostAround } from '../support/hostAround.js';
import { startCuttingProxy } from '../support/cuttingProxy.js';
import { openSshHost } from '../support/sshHost.js';
import { startSshd } from '../support/sshd.js';
import { type CleanUp, tempDir } from '../support/tempDir.js';
import { never, runtime, TransferFixture } from '../support/transferFixture.js';
import { noise, snapshotTree } from '../support/trees.js';
import { waitFor } from '../support/waitFor.js';
import { withWatchedInput } from '../support/watchedInput.js';

/** A machine whose uploads have their doors in a folder of ours, and do not go on before a lane is there. */
class HostWithDoors extends HostAround {
  readonly #doors: string;
  /** Where lanes came to, and by when it was known. */
  readonly doors: Door[] = [];
  #join: () => void = () => undefined;
  readonly #joined = new Promise<void>((resolve) => (this.#join = resolve));

  constructor(host: Host, doors: string) {
    super(host);
    this.#doors = doors;
  }

  override async python(program: Program, signal: AbortSignal): Promise<HostProcess> {
    const source = program.source.replace('DOORS = b"/tmp"', `DOORS = b"${this.#doors}"`);
    let pieces = 0;
    return withWatchedInput(await super.python({ ...program, source }, signal), (_piece, letOn) => {
      // The first begins it.
      if (pieces === 0) letOn();
      else void this.#joined.then(letOn);
      pieces += 1;
    });
  }

  async lane(program: Program, signal: AbortSignal, door?: Door): Promise<HostProcess> {
    if (door !== undefined) this.doors.push(door);
    const process = await this.host.lane?.(program, signal, door);
    assert.ok(process !== undefined);
    this.#join();
    return process;
  }
}

interface Site {
  readonly host: HostWithDoors;
  readonly fixture: TransferFixture;
  readonly doors: string;
  /** Programs that the server has started. */
  readonly programs: () => number;
}

/** A folder of 12 MB, and a machine 60 ms away. */
async function site(t: CleanUp, config: readonly string[] = []): Promise<Site> {
  let programs = 0;
  const onLog = (text: string): void => {
    programs += text.match(/Starting session: command/g)?.length ?? 0;
  };
  const sshd = await startSshd(t, { config: ['LogLevel VERBOSE', ...config], onLog });
  const proxy = await startCuttingProxy(t, sshd.port, { roundTripMs: 60 });
  // A socket's path is short, and that of a test's own folder may not be.
  const doors = await tempDir(t, 'd-');
  const ssh = await openSshHost(t, { ...sshd.endpoint, port: proxy.port });
  const host = new HostWithDoors(ssh, doors);
  const fixture = new TransferFixture(await tempDir(t), host);
  await mkdir(join(fixture.here, 'many'), { recursive: true });
  for (let i = 0; i < 240; i += 1)
    await writeFile(join(fixture.here, 'many', `file${i}`), noise(50_000, i + 2));
  return { host, fixture, doors, programs: () => programs };
}

test('lanes of an upload come in by its door: one program is started for all of them', async (t) => {
  const { host, fixture, doors, programs } = await site(t);
  const { path } = await syncDataset(host, runtime, fixture.source, {}, never);
  assert.deepEqual(await snapshotTree(path), await snapshotTree(fixture.here));
  assert.ok(host.doors.length > 1, `${host.doors.length} lanes`);
  for (const door of await Promise.all(host.doors)) assert.equal(dirname(dirname(door ?? '')), doors);
  assert.equal(programs(), 1);
  await waitFor('the end of the door', async () => (await readdir(doors)).length === 0);
});

test('where the server forwards nothing, lanes are programs of their own', async (t) => {
  const { host, fixture, programs } = await site(t, ['AllowStreamLocalForwarding no']);
  const { path } = await syncDataset(host, runtime, fixture.source, {}, never);
  assert.deepEqual(await snapshotTree(path), await snapshotTree(fixture.here));
  await waitFor('a program for a lane', () => programs() > 1);
});

test('a door lets nobody else in, and goes with its upload however that ends', async (t) => {
  const { host, fixture, doors } = await site(t);
  const request = { root: fixture.host.root, source: '0'.repeat(64), base: null };
  const upload = await host.python(await runtime.program('upload.py', request), never);
  const [folder = ''] = await waitFor('a door', async () => {
    const names = await readdir(doors);
    return names.length > 0 && (await readdir(join(doors, names[0] ?? ''))).length > 0 && names;
  });
  assert.equal((await stat(join(doors, folder))).mode & 0o777, 0o700);
  upload.kill();
  await waitFor('the end of the door', async () => (await readdir(doors)).length === 0);
});
