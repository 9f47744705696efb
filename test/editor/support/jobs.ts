import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { tempDir, type CleanUp } from '../../support/tempDir.js';
import { countingLog, countingTraining, withoutProtocol } from '../../support/trainings.js';
import { waitFor } from '../../support/waitFor.js';
import type { Workbench } from './workbench.js';

/**
 * How long a training and all around it may take on a slow machine. A look at the window costs it some milliseconds:
 * who looks all the time slows down what is waited for.
 */
export const patience = { timeoutMs: 240_000, intervalMs: 200 };

/** A workspace with one folder `data` that trains for a while. */
export async function countingWorkspace(
  test: CleanUp,
  epochs: number,
  secondsPerEpoch: number,
): Promise<{ workspace: string; starts: string }> {
  const workspace = join(await tempDir(test), 'work');
  const { starts } = await countingTraining(join(workspace, 'data'), { epochs, secondsPerEpoch });
  return { workspace, starts };
}

/** The first row of Trainyard's view that fits. */
export const rowOf = async (workbench: Workbench, text: RegExp): Promise<string | undefined> =>
  (await workbench.tree()).find((row) => text.test(row));

/** Waits until a job of the view has ended that way. */
export async function ended(workbench: Workbench, outcome = 'succeeded'): Promise<void> {
  await workbench.showTrainyard();
  await waitFor(`a job that ${outcome}`, () => rowOf(workbench, new RegExp(outcome)), patience);
}

/** The promises that hold for every job that went well, whatever happened on the way. */
export async function assertOneWholeJob(
  home: string,
  workspace: string,
  starts: string,
  epochs: number,
): Promise<void> {
  const [job, ...others] = await readdir(join(home, 'jobs'));
  assert.ok(job !== undefined && others.length === 0, 'there is one job');
  const log = await readFile(join(home, 'jobs', job, 'output.log'), 'utf8');
  assert.equal(withoutProtocol(log), countingLog(epochs));
  assert.equal(
    (await readFile(starts, 'utf8')).trim().split('\n').length,
    1,
    'the training was started once',
  );
  assert.equal((await readdir(join(workspace, 'models'))).length, 1, 'there is one model');
}
