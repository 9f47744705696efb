import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { pathToFileURL } from 'node:url';
import { Lease, readDriver } from '../../../src/jobs/lease.js';
import { tempDir } from '../../support/tempDir.js';
import { waitFor } from '../../support/waitFor.js';

/** Another process that takes the lease, says so, and lives until it is killed. */
function holderIn(folder: string): { taken: Promise<void>; kill: () => Promise<void> } {
  const module = pathToFileURL(join(import.meta.dirname, '../../../src/jobs/lease.ts')).href;
  const program = `const { Lease } = await import(${JSON.stringify(module)});
    const lease = await Lease.take(${JSON.stringify(folder)});
    console.log(lease ? 'taken' : 'refused');
    setInterval(() => undefined, 1000);`;
  const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const taken = new Promise<void>((resolve, reject) => {
    child.stdout.once('data', (bytes: Buffer) => {
      if (bytes.toString().startsWith('taken')) resolve();
      else reject(new Error('the other process was refused'));
    });
    child.once('error', reject);
  });
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  return {
    taken,
    kill: async () => {
      child.kill('SIGKILL');
      await exited;
    },
  };
}

describe('Lease', () => {
  it('has one holder at a time', async (t) => {
    const folder = await tempDir(t);
    const first = await Lease.take(folder);
    assert.ok(first);
    assert.equal(await Lease.take(folder), undefined);
    await first.release();
    const second = await Lease.take(folder);
    assert.ok(second);
    await second.release();
  });

  it('goes to exactly one of many who ask at once', async (t) => {
    const folder = await tempDir(t);
    const asked = await Promise.all(Array.from({ length: 20 }, () => Lease.take(folder)));
    const winners = asked.filter((lease) => lease !== undefined);
    assert.equal(winners.length, 1);
    await winners[0]?.release();
  });

  it('is refused while another process lives, and taken over when it was killed', async (t) => {
    const folder = await tempDir(t);
    const other = holderIn(folder);
    await other.taken;
    assert.equal(await Lease.take(folder), undefined);
    assert.equal((await readDriver(folder)).kind, 'driving');
    await other.kill();
    assert.equal((await readDriver(folder)).kind, 'none');
    const mine = await Lease.take(folder);
    assert.ok(mine);
    await mine.release();
  });

  it('shows what its holder does, until it is released', async (t) => {
    const folder = await tempDir(t);
    const lease = await Lease.take(folder);
    assert.ok(lease);
    await lease.show({ message: 'Uploading', fraction: 0.5 });
    const driver = await readDriver(folder);
    assert.ok(driver.kind === 'driving');
    assert.deepEqual(driver.activity, { message: 'Uploading', fraction: 0.5 });
    assert.equal(driver.pid, process.pid);
    await lease.release();
    assert.equal((await readDriver(folder)).kind, 'none');
  });

  it('tells a holder that slept too long that it has lost', async (t) => {
    const folder = await tempDir(t);
    const sleeper = await Lease.take(folder);
    assert.ok(sleeper);
    const [name] = (await readdir(folder)).filter((entry) => entry.startsWith('lease.'));
    assert.ok(name);
    const holder = JSON.parse(await readFile(join(folder, name), 'utf8')) as object;
    await writeFile(join(folder, name), JSON.stringify({ ...holder, heartbeat: Date.now() - 60_000 }));
    const taker = await Lease.take(folder);
    assert.ok(taker);
    await waitFor('the first holder has lost', () => sleeper.lost.aborted);
    await sleeper.release();
    assert.equal((await readDriver(folder)).kind, 'driving');
    await taker.release();
  });
});
