import assert from 'node:assert/strict';
import { utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test, type TestContext } from 'node:test';
import { SweepRota, type SweepRotaOptions } from '../../../src/views/sweepRota.js';
import { RecordingLogger } from '../../support/recordingLogger.js';
import { tempDir } from '../../support/tempDir.js';
import { waitFor } from '../../support/waitFor.js';

const never = new AbortController().signal;

function rotaIn(test: TestContext, folder: string, options: Partial<SweepRotaOptions> = {}) {
  const sweeps: number[] = [];
  const rota = new SweepRota({
    folder,
    timeScale: 1,
    isNeeded: () => Promise.resolve(true),
    sweep: () => Promise.resolve(void sweeps.push(Date.now())),
    logger: new RecordingLogger(),
    ...options,
  });
  test.after(() => rota.dispose());
  return { rota, sweeps };
}

async function sharedFolder(test: TestContext): Promise<string> {
  return join(await tempDir(test), 'sweep');
}

describe('sweeping in turns', () => {
  test('windows that open together sweep once', async (t) => {
    const folder = await sharedFolder(t);
    const windows = [rotaIn(t, folder), rotaIn(t, folder), rotaIn(t, folder)];
    await Promise.all(windows.map(({ rota }) => rota.start()));
    assert.equal(windows.flatMap(({ sweeps }) => sweeps).length, 1);
  });

  test('a window that opens a while after the last sweep sweeps again', async (t) => {
    const folder = await sharedFolder(t);
    const first = rotaIn(t, folder);
    await first.rota.start();
    const longAgo = Date.now() / 1000 - 120;
    await utimes(join(folder, 'last'), longAgo, longAgo);
    const second = rotaIn(t, folder);
    await second.rota.start();
    assert.deepEqual([first.sweeps.length, second.sweeps.length], [1, 1]);
  });

  test('it goes on while a window is open, and ends with it', async (t) => {
    // A look every 6 ms, a sweep every 90 ms.
    const { rota, sweeps } = rotaIn(t, await sharedFolder(t), { timeScale: 0.0001 });
    await rota.start();
    await waitFor('more sweeps', () => sweeps.length > 2);
    const gaps = sweeps.slice(1).map((at, index) => at - (sweeps[index] ?? 0));
    assert.ok(Math.min(...gaps) >= 85, `${gaps.join(', ')} ms between sweeps`);
    rota.dispose();
  });

  test('nothing is asked while no cloud has a key', async (t) => {
    const { rota, sweeps } = rotaIn(t, await sharedFolder(t), { isNeeded: () => Promise.resolve(false) });
    await rota.start();
    assert.deepEqual(sweeps, []);
  });

  test('who asks for it gets it at once, but not beside another window', async (t) => {
    const folder = await sharedFolder(t);
    const other = rotaIn(t, folder);
    const refused: boolean[] = [];
    const sweep = async (): Promise<void> => void refused.push(!(await other.rota.now(never)));
    const { rota } = rotaIn(t, folder, { sweep });
    assert.equal(await rota.now(never), true);
    assert.deepEqual([refused, other.sweeps.length], [[true], 0]);
    assert.equal(await other.rota.now(never), true);
    assert.equal(other.sweeps.length, 1);
  });

  test('a sweep that fails is logged, and the next one comes all the same', async (t) => {
    const logger = new RecordingLogger();
    let count = 0;
    const sweep = (): Promise<void> => Promise.reject(new Error(`broken ${String((count += 1))}`));
    const { rota } = rotaIn(t, await sharedFolder(t), { timeScale: 0.0001, sweep, logger });
    await rota.start();
    await waitFor('another try', () => count > 1);
    assert.ok(logger.lines.some((line) => line.includes('broken 1')));
  });
});
