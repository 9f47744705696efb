import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { MachineError } from '../../src/errors.js';
import type { Host, HostProcess, Program } from '../../src/remote/host.js';
import { frameHeaderBytes } from '../../src/remote/transfer/frames.js';
import { HostAround } from '../support/hostAround.js';
import { startCuttingProxy } from '../support/cuttingProxy.js';
import { openSshHost } from '../support/sshHost.js';
import { startSshd } from '../support/sshd.js';
import { tempDir } from '../support/tempDir.js';
import { TransferFixture } from '../support/transferFixture.js';
import { snapshotTree } from '../support/trees.js';
import { withWatchedInput } from '../support/watchedInput.js';
import { haveZstd } from '../support/zstdStandIn.js';

type ProgramName = 'upload.py' | 'lane.py';

/**
 * A machine some of whose programs find nothing that unpacks zstd. Once it was asked about that, its first connection
 * carries no more until a lane has joined. Knows what kinds of frames each program was sent.
 */
class CountingHost extends HostAround {
  without: readonly ProgramName[] = [];
  readonly #kinds = new Map<string, Set<string>>();
  #join: () => void = () => undefined;
  readonly #joined = new Promise<void>((resolve) => (this.#join = resolve));

  kinds(program: ProgramName): ReadonlySet<string> {
    return this.#kinds.get(program) ?? new Set();
  }

  override async python(program: Program, signal: AbortSignal): Promise<HostProcess> {
    return this.#counted(program.name, await this.host.python(this.#changed(program), signal));
  }

  async lane(program: Program, signal: AbortSignal): Promise<HostProcess> {
    const process = await this.host.lane?.(this.#changed(program), signal);
    assert.ok(process !== undefined);
    return this.#counted(program.name, process);
  }

  #changed(program: Program): Program {
    if (!this.without.some((name) => name === program.name)) return program;
    const source = program.source.replace('FOUND = []', 'FOUND = [None]');
    assert.notEqual(source, program.source);
    return { ...program, source };
  }

  #counted(name: string, process: HostProcess): HostProcess {
    const kinds = this.#kinds.get(name) ?? new Set();
    this.#kinds.set(name, kinds);
    let unread = Buffer.alloc(0);
    let payloadBytes = 0;
    const note = (piece: Buffer): void => {
      unread = Buffer.concat([unread, piece]);
      for (;;) {
        const passed = Math.min(payloadBytes, unread.length);
        unread = unread.subarray(passed);
        payloadBytes -= passed;
        if (payloadBytes > 0 || unread.length < frameHeaderBytes) return;
        kinds.add(unread.toString('latin1', 0, 1));
        payloadBytes = unread.readUInt32BE(1);
        unread = unread.subarray(frameHeaderBytes);
      }
    };
    return withWatchedInput(process, (piece, letOn) => {
      if (name === 'upload.py' && kinds.has('C')) void this.#joined.then(letOn);
      else letOn();
      note(piece);
      if (kinds.has('A')) this.#join();
    });
  }
}

interface Far {
  readonly fixture: TransferFixture;
  readonly host: CountingHost;
}

/** A folder of text, of more than is read until the machine has answered, and a machine that is far away. */
async function farMachine(t: TestContext): Promise<Far> {
  const sshd = await startSshd(t);
  const proxy = await startCuttingProxy(t, sshd.port, { roundTripMs: 60 });
  const ssh: Host = await openSshHost(t, { ...sshd.endpoint, port: proxy.port });
  const host = new CountingHost(ssh);
  const fixture = new TransferFixture(await tempDir(t), host);
  await mkdir(join(fixture.here, 'many'), { recursive: true });
  await writeFile(join(fixture.here, 'big.csv'), csv(1_000_000, 0).repeat(16));
  for (let i = 1; i <= 40; i += 1) await writeFile(join(fixture.here, 'many', `${i}.csv`), csv(200_000, i));
  return { fixture, host };
}

function csv(bytes: number, seed: number): string {
  let text = '';
  for (let row = 0; text.length < bytes; row += 1)
    text += `${1_700_000_000 + row},s${row % 7},${Math.sin(row * seed + row).toFixed(6)},ok\n`;
  return text.slice(0, bytes);
}

test('text goes packed by zstd to a machine that is far away and has it, over all lanes', async (t) => {
  haveZstd(t);
  const { fixture, host } = await farMachine(t);
  const { path } = await fixture.dataset();
  assert.deepEqual(await snapshotTree(path), await snapshotTree(fixture.here));
  assert.ok(host.kinds('upload.py').has('C'), 'the machine is asked');
  assert.ok(host.kinds('lane.py').has('X'));
});

test('text goes packed by zlib where the machine has no zstd', async (t) => {
  haveZstd(t);
  const { fixture, host } = await farMachine(t);
  host.without = ['upload.py', 'lane.py'];
  const { path } = await fixture.dataset();
  assert.deepEqual(await snapshotTree(path), await snapshotTree(fixture.here));
  const kinds = new Set([...host.kinds('upload.py'), ...host.kinds('lane.py')]);
  assert.ok(kinds.has('C') && kinds.has('Z') && !kinds.has('X'), [...kinds].join(''));
});

test('a lane that cannot unpack what the machine said it can ends the upload, and the next one goes on', async (t) => {
  haveZstd(t);
  const { fixture, host } = await farMachine(t);
  host.without = ['lane.py'];
  await assert.rejects(
    fixture.dataset(),
    (error) => error instanceof MachineError && error.message.includes('there is nothing that unpacks zstd'),
  );
  host.without = [];
  const { path } = await fixture.dataset();
  assert.deepEqual(await snapshotTree(path), await snapshotTree(fixture.here));
});
