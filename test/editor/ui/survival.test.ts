import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { tempDir } from '../../support/tempDir.js';
import { waitFor } from '../../support/waitFor.js';
import { trainFromExplorer } from '../support/flow.js';
import { assertOneWholeJob, countingWorkspace, ended, patience, rowOf } from '../support/jobs.js';
import { openWorkbench } from '../support/workbench.js';

describe('a training and its windows', () => {
  test('a crash of the extension host and a reload in mid-training lose and double nothing', async (t) => {
    const { workspace, starts } = await countingWorkspace(t, 60, 0.5);
    const home = await tempDir(t);
    const workbench = await openWorkbench({ folder: workspace, env: { TRAINYARD_HOME: home } }, t);
    await trainFromExplorer(workbench, 'data');
    await workbench.showTrainyard();
    await waitFor('progress', () => rowOf(workbench, /training [1-9]\d* %/), patience);
    await workbench.killExtensionHost();
    await workbench.reload();
    await workbench.showTrainyard();
    await waitFor('the job after the crash', () => rowOf(workbench, /data training \d+ %/), patience);
    await workbench.reload();
    await ended(workbench);
    await assertOneWholeJob(home, workspace, starts, 60);
  });

  test('a second window, in German, shows the job and stops it', async (t) => {
    const { workspace } = await countingWorkspace(t, 200, 0.3);
    const workbench = await openWorkbench({ folder: workspace }, t);
    await trainFromExplorer(workbench, 'data');
    await workbench.showTrainyard();
    await waitFor('progress', () => rowOf(workbench, /training \d+ %/), patience);
    const second = await workbench.openWindow({ folder: workspace }, 'de');
    await second.contextMenu('data', 'Mit Trainyard trainieren …');
    const recipe = await second.quickPick('data trainieren: Rezept');
    await recipe.pick('Ihr eigenes Python-Skript');
    await (await second.quickPick('data trainieren: Wo')).cancel();
    await second.showTrainyard();
    await waitFor('the job in the second window', () => rowOf(second, /data trainiert \d+ %/), patience);
    await second.rowAction(/trainiert/, 'Anhalten');
    await ended(second, 'abgebrochen');
    await ended(workbench, 'cancelled');
    const [checkpoint] = await readdir(join(workspace, 'models'));
    assert.ok(checkpoint, 'its checkpoint was collected');
    await workbench.rowAction(/cancelled/, 'Resume');
    await waitFor('the job to go on', () => rowOf(workbench, /data training \d+ %/), patience);
    await workbench.rowAction(/training/, 'Stop');
    await ended(workbench, 'cancelled');
  });
});
