import assert from 'node:assert/strict';
import { appendFile, mkdir, readFile, rename, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { MachineError } from '../../../../src/errors.js';
import { followRun, type MirroredFile } from '../../../../src/remote/transfer/followRun.js';
import { RunFolder } from '../../../support/runFolder.js';
import type { CleanUp } from '../../../support/tempDir.js';
import { never, runtime, type TransferFixture, transferFixture } from '../../../support/transferFixture.js';
import { noise } from '../../../support/trees.js';
import { waitFor } from '../../../support/waitFor.js';

/** A run there and its mirror here, and what the listener was told. */
class Watched {
  readonly run: RunFolder;
  readonly fixture: TransferFixture;
  readonly states: unknown[] = [];
  readonly counted: Record<MirroredFile, number> = { log: 0, gpu: 0 };

  constructor(run: RunFolder, fixture: TransferFixture) {
    this.run = run;
    this.fixture = fixture;
  }

  static async make(t: CleanUp): Promise<Watched> {
    const fixture = await transferFixture(t);
    return new Watched(await RunFolder.make(fixture.host.root), fixture);
  }

  get log(): string {
    return join(this.fixture.here, 'output.log');
  }

  get gpu(): string {
    return join(this.fixture.here, 'gpu.jsonl');
  }

  follow(attempt = 1, signal = never, base?: Record<MirroredFile, number>): Promise<void> {
    const run = { job: this.run.job, attempt, dir: this.fixture.here, ...(base ? { base } : {}) };
    const listener = {
      onState: (state: unknown): unknown => this.states.push(state),
      onBytes: (file: MirroredFile, count: number): unknown => (this.counted[file] += count),
    };
    return followRun(this.fixture.host, runtime, run, listener, signal);
  }

  async hasLog(content: string): Promise<boolean> {
    return (await readFile(this.log, 'utf8')) === content;
  }
}

test('log, load samples and states come as they are written, and the end comes when all of it is here', async (t) => {
  const watched = await Watched.make(t);
  const following = watched.follow();
  await watched.run.write('first\n');
  await waitFor('the first line', () => watched.hasLog('first\n'));
  await watched.run.state(1, 'running', 1);
  await waitFor('the state', () => watched.states.length === 1);
  await watched.run.write('second\r50%');
  await appendFile(watched.run.gpu, '{}\n');
  await waitFor('the unfinished line', () => watched.hasLog('first\nsecond\r50%'));
  await watched.run.write('last\n');
  await watched.run.state(1, 'ended', 2);
  await following;
  assert.ok(await watched.hasLog('first\nsecond\r50%last\n'));
  assert.equal(await readFile(watched.gpu, 'utf8'), '{}\n');
  assert.deepEqual(watched.counted, { log: 21, gpu: 3 });
  assert.deepEqual(watched.states, [
    { version: 1, attempt: 1, phase: 'running', heartbeat: 1 },
    { version: 1, attempt: 1, phase: 'ended', heartbeat: 2 },
  ]);
});

test('a run that ended long ago comes at once, also when it wrote nothing', async (t) => {
  const watched = await Watched.make(t);
  await watched.run.state(1, 'ended');
  await watched.follow();
  assert.ok(await watched.hasLog(''));
  await watched.run.write(noise(9_000_000));
  await watched.follow();
  assert.deepEqual(await readFile(watched.log), noise(9_000_000));
});

test('what an earlier attempt left in the state is not told, and does not end anything', async (t) => {
  const watched = await Watched.make(t);
  await watched.run.state(1, 'ended');
  const following = watched.follow(2);
  await watched.run.write('second attempt\n');
  await waitFor('the log', () => watched.hasLog('second attempt\n'));
  assert.deepEqual(watched.states, []);
  await watched.run.state(2, 'ended');
  await following;
  assert.equal(watched.states.length, 1);
});

test('following again sends only what is not here', async (t) => {
  const watched = await Watched.make(t);
  await watched.run.write(noise(300_000));
  await writeFile(watched.log, noise(300_000).subarray(0, 200_000));
  await watched.run.state(1, 'ended');
  await watched.follow();
  assert.equal(watched.counted.log, 100_000);
  assert.deepEqual(await readFile(watched.log), noise(300_000));
});

for (const [what, garbled, mostSent] of [
  ['its last bytes', 10, 70_000],
  ['more than its last probe', 100_000, 1_100_000],
  ['all of it', 3_000_000, 3_000_000],
] as const)
  test(`a mirror of which a power cut left zeros in ${what} is made right`, async (t) => {
    const watched = await Watched.make(t);
    const content = noise(3_000_000);
    await watched.run.write(content);
    await watched.run.state(1, 'ended');
    await writeFile(
      watched.log,
      Buffer.concat([content.subarray(0, 3_000_000 - garbled), Buffer.alloc(garbled)]),
    );
    await watched.follow();
    assert.deepEqual(await readFile(watched.log), content);
    assert.ok(watched.counted.log >= garbled && watched.counted.log <= mostSent);
  });

test('a mirror that is wrong in the middle only is found out in the end and made right', async (t) => {
  const watched = await Watched.make(t);
  const content = noise(400_000);
  await watched.run.write(content);
  await watched.run.state(1, 'ended');
  const wrong = Buffer.from(content);
  wrong.fill(0, 1000, 2000);
  await writeFile(watched.log, wrong);
  await watched.follow();
  assert.deepEqual(await readFile(watched.log), content);
});

test('two who mirror one file at once double nothing', async (t) => {
  const watched = await Watched.make(t);
  const both = [watched.follow(), watched.follow()];
  let written = '';
  for (let line = 0; line < 300; line += 1) {
    await watched.run.write(`${line}\n`);
    written += `${line}\n`;
  }
  await watched.run.state(1, 'ended');
  await Promise.all(both);
  assert.ok(await watched.hasLog(written));
});

test('a log that became shorter is an error that names it, before and while it is followed', async (t) => {
  const watched = await Watched.make(t);
  const shorter = (error: unknown): boolean =>
    error instanceof MachineError && error.message.includes(`${watched.run.log} became shorter`);
  await watched.run.write('0123456789');
  const following = assert.rejects(watched.follow(), shorter);
  await waitFor('the log', () => watched.hasLog('0123456789'));
  await truncate(watched.run.log, 5);
  await following;
  await assert.rejects(watched.follow(), shorter);
  assert.ok(await watched.hasLog('0123456789'));
});

test('a log that was replaced is an error that names it', async (t) => {
  const watched = await Watched.make(t);
  await watched.run.write('0123456789');
  const following = assert.rejects(
    watched.follow(),
    (error) => error instanceof MachineError && error.message.includes('was replaced'),
  );
  await waitFor('the log', () => watched.hasLog('0123456789'));
  await writeFile(`${watched.run.log}.other`, 'another 0123456789');
  await rename(`${watched.run.log}.other`, watched.run.log);
  await following;
});

test('a run that is not there is an error that names it', async (t) => {
  const fixture = await transferFixture(t);
  const watched = new Watched(new RunFolder(fixture.host.root), fixture);
  await mkdir(fixture.host.root, { recursive: true });
  await assert.rejects(
    watched.follow(),
    (error) => error instanceof MachineError && error.message.includes(watched.run.dir),
  );
});

test('following ends at once when aborted', async (t) => {
  const watched = await Watched.make(t);
  const ending = new AbortController();
  const following = assert.rejects(watched.follow(1, ending.signal), { name: 'AbortError' });
  await watched.run.write('x');
  await waitFor('the log', () => watched.hasLog('x'));
  ending.abort();
  await following;
});

test('a log goes on behind what other machines wrote, also after a cut, and what they wrote stays', async (t) => {
  const watched = await Watched.make(t);
  // The beginning of this machine's log is like that of the machine before.
  const before = 'epoch 1\nepoch 2\n';
  await writeFile(watched.log, before);
  await writeFile(watched.gpu, '{"gpu":1}\n');
  const base = { log: before.length, gpu: 10 };
  await watched.run.write('epoch 1\n');
  await appendFile(watched.run.gpu, '{}\n');
  const cut = new AbortController();
  const first = assert.rejects(watched.follow(2, cut.signal, base), { name: 'AbortError' });
  await waitFor('the first line', () => watched.hasLog(`${before}epoch 1\n`));
  cut.abort();
  await first;
  await watched.run.write('epoch 2\nepoch 3');
  await watched.run.state(2, 'ended');
  await watched.follow(2, never, base);
  assert.ok(await watched.hasLog(`${before}epoch 1\nepoch 2\nepoch 3`));
  assert.equal(await readFile(watched.gpu, 'utf8'), '{"gpu":1}\n{}\n');
  assert.equal(watched.counted.log, 23);
});

test('a mirror that is garbled behind its base is made right there, and not before', async (t) => {
  const watched = await Watched.make(t);
  const before = noise(100_000);
  const content = noise(300_000).subarray(50_000);
  await watched.run.write(content);
  await watched.run.state(2, 'ended');
  const garbled = Buffer.from(content);
  garbled.fill(0, 100, 200);
  await writeFile(watched.log, Buffer.concat([before, garbled]));
  await watched.follow(2, never, { log: before.length, gpu: 0 });
  assert.deepEqual(await readFile(watched.log), Buffer.concat([before, content]));
});
