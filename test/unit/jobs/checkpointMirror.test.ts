import assert from 'node:assert/strict';
import { mkdir, readdir, readFile, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { mirrorNewestCheckpoint, type CheckpointSource } from '../../../src/jobs/checkpointMirror.js';
import { placedRun } from './placedRun.js';

interface Run extends CheckpointSource {
  /** Where the training puts its checkpoints. */
  readonly there: string;
}

async function openRun(t: TestContext): Promise<Run> {
  const run = await placedRun(t, 'digits-abc234', ['checkpoints']);
  return { ...run, there: join(run.output, 'checkpoints') };
}

/** Puts a checkpoint there, so many seconds old. */
async function checkpoint({ there }: Run, name: string, content: string, ageSeconds: number): Promise<void> {
  await writeFile(join(there, name), content);
  const time = Date.now() / 1000 - ageSeconds;
  await utimes(join(there, name), time, time);
}

async function contentHere({ folder }: Run): Promise<string[]> {
  const kept = await readdir(folder.checkpoints);
  const names = await Promise.all(kept.map((name) => readdir(join(folder.checkpoints, name))));
  return Promise.all(
    kept.flatMap((name, index) =>
      (names[index] ?? []).map((file) => readFile(join(folder.checkpoints, name, file), 'utf8')),
    ),
  );
}

describe('mirrorNewestCheckpoint', () => {
  it('brings nothing while there is nothing', async (t) => {
    assert.equal(await mirrorNewestCheckpoint(await openRun(t), t.signal), false);
  });

  it('brings the newest once, and lets go of the one before when there is a newer', async (t) => {
    const run = await openRun(t);
    await checkpoint(run, 'epoch1.json', 'one', 120);
    await checkpoint(run, 'epoch2.json', 'two', 60);
    assert.equal(await mirrorNewestCheckpoint(run, t.signal), true);
    assert.deepEqual(await contentHere(run), ['two']);
    assert.equal(await mirrorNewestCheckpoint(run, t.signal), false);
    await checkpoint(run, 'epoch1.json', 'three', 30);
    assert.equal(await mirrorNewestCheckpoint(run, t.signal), true);
    assert.deepEqual(await contentHere(run), ['three']);
  });

  it('brings a checkpoint that is a folder with all its files', async (t) => {
    const run = await openRun(t);
    await mkdir(join(run.there, 'step-5'));
    await checkpoint(run, 'step-5/weights.bin', 'w', 60);
    await checkpoint(run, 'step-5/step-5.bin', 'o', 60);
    assert.equal(await mirrorNewestCheckpoint(run, t.signal), true);
    const [kept] = await readdir(run.folder.checkpoints);
    const folder = join(run.folder.checkpoints, kept ?? '', 'step-5');
    assert.deepEqual((await readdir(folder)).sort(), ['step-5.bin', 'weights.bin']);
  });
});
