import assert from 'node:assert/strict';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { tempDir } from '../../support/tempDir.js';
import { waitFor } from '../../support/waitFor.js';
import { trainFromExplorer } from '../support/flow.js';
import { countingWorkspace, ended, patience } from '../support/jobs.js';
import { openWorkbench } from '../support/workbench.js';

describe('a launch', () => {
  test('what is wrong is one sentence; answers can be saved as trainyard.yaml, which starts the same run', async (t) => {
    const { workspace } = await countingWorkspace(t, 2, 0.05);
    await mkdir(join(workspace, 'nothing'));
    const workbench = await openWorkbench({ folder: workspace }, t);
    await workbench.contextMenu('nothing', 'Train with Trainyard…');
    await workbench.notification(/empty/);

    await workbench.contextMenu('data', 'Train with Trainyard…');
    await (await workbench.quickPick(/: Recipe/)).pick('Your own Python script');
    await (await workbench.quickPick(/: Where/)).pick('This computer');
    await (await workbench.quickPick(/: Parameters/)).pick('Continue');
    await (await workbench.quickPick(/: Start/)).pick('Save as trainyard.yaml');
    const file = join(workspace, 'data', 'trainyard.yaml');
    const text = await waitFor('the file', () => readFile(file, 'utf8').catch(() => undefined), patience);
    assert.match(text, /recipe: script/);
    await (await workbench.quickPick(/: Start/)).cancel();
    await trainFromExplorer(workbench, 'data/trainyard.yaml');
    await ended(workbench);
  });

  test('in a workspace of several folders the model comes to the folder that holds the dataset', async (t) => {
    const { workspace } = await countingWorkspace(t, 2, 0.05);
    const other = await tempDir(t);
    const file = join(other, 'both.code-workspace');
    await writeFile(file, JSON.stringify({ folders: [{ path: other, name: 'other' }, { path: workspace }] }));
    const workbench = await openWorkbench({ folder: file }, t);
    await trainFromExplorer(workbench, 'work/data');
    await ended(workbench);
    assert.equal((await readdir(join(workspace, 'models'))).length, 1);
  });

  test('an untrusted workspace is not trained, and the reason is told', async (t) => {
    const { workspace } = await countingWorkspace(t, 2, 0.05);
    const workbench = await openWorkbench(
      {
        folder: workspace,
        workspaceTrust: true,
        settings: { 'security.workspace.trust.startupPrompt': 'never' },
      },
      t,
    );
    await workbench.contextMenu('data', 'Train with Trainyard…');
    await workbench.notification(/trust/i);
    assert.deepEqual(await readdir(join(workbench.server.trainyardHome, 'jobs')).catch(() => []), []);
  });
});
