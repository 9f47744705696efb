import assert from 'node:assert/strict';
import { appendFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { test } from 'node:test';
import type { HostProcess, Program, SshEndpoint } from '../../src/remote/host.js';
import type { SshHost } from '../../src/remote/ssh/sshHost.js';
import { fetchFile } from '../../src/remote/transfer/fetch.js';
import { followRun, prepareFollow } from '../../src/remote/transfer/followRun.js';
import { prepareUpload } from '../../src/remote/transfer/prepareUpload.js';
import { syncDataset, type SyncProgress } from '../../src/remote/transfer/sync.js';
import { startCuttingProxy } from '../support/cuttingProxy.js';
import { HostAround } from '../support/hostAround.js';
import { RunFolder } from '../support/runFolder.js';
import { openSshHost } from '../support/sshHost.js';
import { type SshdOptions, startSshd } from '../support/sshd.js';
import { type CleanUp, tempDir } from '../support/tempDir.js';
import { never, runtime, TransferFixture } from '../support/transferFixture.js';
import { noise, snapshotTree } from '../support/trees.js';
import { waitFor } from '../support/waitFor.js';
import { withWatchedInput } from '../support/watchedInput.js';

interface Site {
  readonly fixture: TransferFixture;
  readonly host: SshHost;
  readonly endpoint: SshEndpoint;
  readonly home: string;
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
  const endpoint = { ...sshd.endpoint, port: proxy.port };
  const host = await openSshHost(t, endpoint);
  const fixture = new TransferFixture(await tempDir(t), host);
  await mkdir(fixture.here);
  await writeFile(join(fixture.here, 'big'), noise(10_000_000));
  const started = async (): Promise<number[]> =>
    (await readFile(list, 'utf8')).split('\n').filter(Boolean).map(Number);
  return { fixture, host, endpoint, home: sshd.home, started };
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

test('what stands by to follow a run is what follows it', async (t) => {
  const { fixture, host, home, started } = await site(t);
  const run = await RunFolder.make(join(home, '.trainyard'));
  await prepareFollow(host, runtime, { job: run.job, attempt: 1 });
  const ready = await started();
  assert.ok(ready.length > 0);
  await run.write('a line\n');
  await run.state(1, 'ended');
  const followed = { job: run.job, attempt: 1, dir: fixture.there };
  await followRun(host, runtime, followed, { onState: () => undefined }, never);
  assert.equal(await readFile(join(fixture.there, 'output.log'), 'utf8'), 'a line\n');
  assert.deepEqual(await started(), ready);
});

/** A machine that says no more than what it found until its lanes were given some of the content. */
class ReticentHost extends HostAround {
  readonly #enoughBytes: number;
  readonly #ssh: SshHost;
  #givenBytes = 0;
  #speak: () => void = () => undefined;
  readonly #isEnough = new Promise<void>((resolve) => (this.#speak = resolve));

  constructor(host: SshHost, enoughBytes: number) {
    super(host);
    this.#ssh = host;
    this.#enoughBytes = enoughBytes;
  }

  override async python(program: Program, signal: AbortSignal): Promise<HostProcess> {
    const process = await super.python(program, signal);
    const stdout = Readable.from(this.#held(process.stdout));
    return { ...process, stdout };
  }

  async *#held(said: Readable): AsyncGenerator<Buffer> {
    let hasFound = false;
    for await (const piece of said as AsyncIterable<Buffer>) {
      if (hasFound) await this.#isEnough;
      hasFound ||= piece.includes('"found"');
      yield piece;
    }
  }

  async lane(program: Program, signal: AbortSignal): Promise<HostProcess> {
    const process = await this.#ssh.lane(program, signal);
    return withWatchedInput(process, (piece, letOn) => {
      this.#givenBytes += piece.length;
      if (this.#givenBytes >= this.#enoughBytes) this.#speak();
      letOn();
    });
  }
}

test('what stands by has looked already, so that an empty machine is sent everything at once', async (t) => {
  const { fixture, host } = await site(t);
  await prepareUpload(host, runtime, fixture.source, never);
  const { path } = await syncDataset(new ReticentHost(host, 1_000_000), runtime, fixture.source, {}, never);
  assert.deepEqual(await snapshotTree(path), await snapshotTree(fixture.here));
});

test('two uploads of a folder that found the machine empty end with one whole dataset', async (t) => {
  const { fixture, host, endpoint } = await site(t);
  const other = await openSshHost(t, endpoint);
  const theirs = { ...fixture.source, cacheDir: await tempDir(t) };
  await prepareUpload(host, runtime, fixture.source, never);
  await prepareUpload(other, runtime, theirs, never);
  const phases = new Set<string>();
  const onProgress = ({ phase }: SyncProgress): void => void phases.add(phase);
  const both = await Promise.all([
    syncDataset(host, runtime, fixture.source, { onProgress }, never),
    syncDataset(other, runtime, theirs, { onProgress }, never),
  ]);
  assert.ok(phases.has('waiting'), [...phases].join());
  assert.equal(both[0].path, both[1].path);
  assert.deepEqual(await snapshotTree(both[0].path), await snapshotTree(fixture.here));
});

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
