import assert from 'node:assert/strict';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { delay } from '../../src/delay.js';
import { ConnectionError, MachineError } from '../../src/errors.js';
import type { Host, HostProcess, Program } from '../../src/remote/host.js';
import { fetchFile } from '../../src/remote/transfer/fetch.js';
import { syncDataset, type SyncProgress } from '../../src/remote/transfer/sync.js';
import { HostAround } from '../support/hostAround.js';
import { admissionFrame, finishFrame } from '../../src/remote/transfer/uploadFrames.js';
import { startCuttingProxy } from '../support/cuttingProxy.js';
import { openSshHost } from '../support/sshHost.js';
import { type SshdOptions, startSshd } from '../support/sshd.js';
import { type CleanUp, tempDir } from '../support/tempDir.js';
import { never, runtime, transferFixture, TransferFixture } from '../support/transferFixture.js';
import { noise, snapshotTree } from '../support/trees.js';
import { withWatchedInput } from '../support/watchedInput.js';

interface Far {
  readonly fixture: TransferFixture;
  /** Connections made so far. */
  readonly connections: () => number;
}

/** A folder of 20 MB, and a machine that is some milliseconds away. */
async function farMachine(t: CleanUp, options: SshdOptions, roundTripMs: number): Promise<Far> {
  const sshd = await startSshd(t, options);
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
    [100, 3, 7],
  ] as const) {
    const { fixture, connections } = await farMachine(t, {}, roundTripMs);
    const { path, sent } = await fixture.dataset();
    assert.equal(sent, 161);
    assert.deepEqual(await snapshotTree(path), await snapshotTree(fixture.here));
    assert.ok(connections() >= least && connections() <= most, `${connections()} connections`);
  }
});

test('a server that allows one program a connection takes an upload as well', async (t) => {
  const { fixture } = await farMachine(t, { maxSessions: 1 }, 60);
  const { path } = await fixture.dataset();
  assert.deepEqual(await snapshotTree(path), await snapshotTree(fixture.here));
  assert.equal((await fixture.dataset()).sent, 0);
});

for (const [what, ciphers] of [
  ['one cipher of another kind', ['Ciphers aes256-ctr', 'MACs hmac-sha2-256']],
  ['ChaCha20 only', ['Ciphers chacha20-poly1305@openssh.com']],
] as const) {
  test(`a server with ${what}, and with new keys after each megabyte, carries all lanes`, async (t) => {
    const { fixture } = await farMachine(t, { config: [...ciphers, 'RekeyLimit 1M'] }, 60);
    const { path } = await fixture.dataset();
    assert.deepEqual(await snapshotTree(path), await snapshotTree(fixture.here));
    const localPath = join(fixture.here, '..', 'home');
    await fetchFile(fixture.host, runtime, { remotePath: join(path, 'big'), localPath }, {}, never);
    assert.deepEqual(await readFile(localPath), await readFile(join(fixture.here, 'big')));
  });
}

interface Queueing {
  /** For so long what is sent over a lane waits for what others sent before. */
  readonly aheadMs?: number;
  /** Whether the program that holds the stage is as quick to take silence for the end as lanes are. */
  readonly impatient?: boolean;
  /** Lanes begin by so much later. */
  readonly lateMs?: number;
  /** Lanes end before they have landed what they were given. */
  readonly mortal?: boolean;
}

/** A machine whose lanes take a second of silence for the sender's end, unless they know better. */
class QueueingHost extends HostAround {
  readonly #queueing: Queueing;

  constructor(host: Host, queueing: Queueing) {
    super(host);
    this.#queueing = queueing;
  }

  override python(program: Program, signal: AbortSignal): Promise<HostProcess> {
    return super.python(this.#queueing.impatient === true ? impatient(program) : program, signal);
  }

  async lane(program: Program, signal: AbortSignal): Promise<HostProcess> {
    const lane = this.#queueing.mortal === true ? mortal(program) : program;
    await delay(this.#queueing.lateMs ?? 0, signal);
    const process = await this.host.lane?.(impatient(lane), signal);
    assert.ok(process !== undefined);
    let pieces = 0;
    return withWatchedInput(process, (_piece, letOn) => {
      // The first admits it.
      if (pieces === 1) setTimeout(letOn, this.#queueing.aheadMs ?? 0);
      else letOn();
      pieces += 1;
    });
  }
}

function impatient(program: Program): Program {
  return { ...program, source: program.source.replace('SILENCE_SECONDS = 20', 'SILENCE_SECONDS = 1') };
}

function mortal(program: Program): Program {
  const source = program.source.replace(
    'if kind == FINISH:',
    'if kind == FINISH:\n                    leave(0)',
  );
  assert.notEqual(source, program.source);
  return { ...program, source };
}

test('an upload ends with a lane of it, and the next one goes on where it was', async (t) => {
  const { fixture } = await farMachine(t, {}, 60);
  const source = { folder: fixture.here, cacheDir: await tempDir(t) };
  const host = new QueueingHost(fixture.host, { mortal: true });
  await assert.rejects(syncDataset(host, runtime, source, {}, never), ConnectionError);
  const { path } = await syncDataset(fixture.host, runtime, source, {}, never);
  assert.deepEqual(await snapshotTree(path), await snapshotTree(source.folder));
});

test('lanes that come when there is nothing left for them disturb nothing', async (t) => {
  const { fixture } = await farMachine(t, {}, 60);
  await fixture.dataset();
  for (const lateMs of [0, 60, 120]) {
    const host = new QueueingHost(fixture.host, { lateMs });
    // Nothing is remembered of the place, so all is asked about.
    const source = { folder: fixture.here, cacheDir: await tempDir(t) };
    assert.equal((await syncDataset(host, runtime, source, {}, never)).sent, 0);
  }
});

test('a lane waits for what comes behind that of others, as long as the upload goes on', async (t) => {
  const { fixture } = await farMachine(t, {}, 60);
  const host = new QueueingHost(fixture.host, { aheadMs: 2_500 });
  const source = { folder: fixture.here, cacheDir: await tempDir(t) };
  const { path } = await syncDataset(host, runtime, source, {}, never);
  assert.deepEqual(await snapshotTree(path), await snapshotTree(source.folder));
});

test('a lane whose upload never comes ends', async (t) => {
  const { host, there } = await transferFixture(t);
  const lane = await host.python(impatient(await runtime.program('lane.py', {})), never);
  lane.stdin.write(admissionFrame('0'.repeat(32), join(there, 'stage')));
  lane.stdin.write(finishFrame());
  lane.stdout.resume();
  assert.deepEqual(await lane.exit, { kind: 'code', code: 0 });
});

test('an upload does not wait for lanes of another whose line is dead', async (t) => {
  const sshd = await startSshd(t);
  const proxy = await startCuttingProxy(t, sshd.port, { roundTripMs: 60 });
  const source = { folder: await tempDir(t), cacheDir: await tempDir(t) };
  await writeFile(join(source.folder, 'big'), noise(30_000_000));
  const first = new QueueingHost(await openSshHost(t, { ...sshd.endpoint, port: proxy.port }), {
    impatient: true,
  });
  const given = new AbortController();
  const onProgress = ({ bytes }: SyncProgress): void => {
    if (bytes < 12_000_000) return;
    proxy.freeze();
    given.abort();
  };
  await assert.rejects(syncDataset(first, runtime, source, { onProgress }, given.signal));
  const second = await openSshHost(t, sshd.endpoint);
  const { path } = await syncDataset(second, runtime, source, {}, never);
  assert.deepEqual(await snapshotTree(path), await snapshotTree(source.folder));
});

test('a disk that is too full for what several lanes bring is one sentence, and what was there stays', async (t) => {
  const { fixture } = await farMachine(t, { homeBytes: 12_000_000 }, 60);
  const many = join(fixture.here, 'many');
  const all = await readdir(many);
  await rm(join(fixture.here, 'big'));
  for (const name of all.slice(20)) await rm(join(many, name));
  const before = await fixture.dataset();
  const expected = await snapshotTree(fixture.here);
  await writeFile(join(fixture.here, 'big'), noise(20_000_000, 3));
  await assert.rejects(
    fixture.dataset(),
    (error) => error instanceof MachineError && /^The disk of .* is too full for /.test(error.message),
  );
  assert.deepEqual(await snapshotTree(before.path), expected);
});
