import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { tempDir } from '../../support/tempDir.js';
import { waitFor } from '../../support/waitFor.js';
import { ended, patience, rowOf } from '../support/jobs.js';
import { openWorkbench, type Workbench } from '../support/workbench.js';

/** Saves what the window shows, when somebody wants to look at it. */
const shoot = async (workbench: Workbench, name: string): Promise<void> => {
  const folder = process.env.TRAINYARD_SCENES;
  if (folder !== undefined) await workbench.screenshot(name, folder);
};

/** A table as a spreadsheet of another time saves it: its letters are not those of UTF-8. */
async function oldTable(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  const rows = Array.from({ length: 40 }, (_, index) => `${index},${index % 2 ? 'caf\u00e9' : 'th\u00e9'}\n`);
  await writeFile(join(folder, 'drinks.csv'), Buffer.from(`price,what\n${rows.join('')}`, 'latin1'));
}

/** A training that fails with that error while the condition holds. */
async function failingTraining(folder: string, condition: string, error: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  await writeFile(
    join(folder, 'train.py'),
    `import os, trainyard
if ${condition}:
    raise RuntimeError("${error}")
trainyard.save_atomically(os.path.join(trainyard.output_dir(), "model.pt"), b"x")
`,
  );
  await writeFile(join(folder, 'trainyard.yaml'), 'dataset: .\nrecipe: script\nparams: { batch: 8 }\n');
}

/** Starts what the run file of the folder says. */
async function start(workbench: Workbench, folder: string): Promise<void> {
  await workbench.contextMenu(folder, 'Train with Trainyard…');
  await (await workbench.quickPick(/: Recipe/)).accept();
  await (await workbench.quickPick(/: Where/)).pick('This computer');
  await (await workbench.quickPick(/: Parameters/)).pick('Continue');
  await (await workbench.quickPick(/: Start/)).pick('Start');
}

/** The rows of the Problems panel. */
const problems = (workbench: Workbench): Promise<string[]> =>
  workbench.page.locator('.markers-panel').getByRole('treeitem').allInnerTexts();

/** Waits until the file is open in an editor. */
const opened = (workbench: Workbench, name: RegExp, timeout?: number): Promise<void> =>
  workbench.page
    .locator('.part.editor')
    .getByRole('tab', { name })
    .waitFor(timeout === undefined ? {} : { timeout });

/** What the window did not heed, as something else had the focus just then, is done again from its beginning. */
async function untilDone(what: string, act: (timeoutMs: number) => Promise<void>): Promise<void> {
  await waitFor(what, () => act(5_000).then(() => true), patience);
}

describe('what is wrong', () => {
  test('is on the file until it is repaired, and a failure has a button', async (t) => {
    const workspace = join(await tempDir(t), 'work');
    for (const name of ['drinks', 'more']) await oldTable(join(workspace, name));
    const failing = (name: string, condition: string, error: string): Promise<void> =>
      failingTraining(join(workspace, name), condition, error);
    await failing(
      'greedy',
      'trainyard.params()["batch"] > 4',
      'CUDA out of memory. Tried to allocate 2.00 GiB',
    );
    await failing('gated', 'os.environ.get("HF_TOKEN") != "hf_secret"', 'Cannot access gated repo for url x');
    await failing('full', 'True', 'No space left on device');
    await cp('samples/wine', join(workspace, 'wine'), { recursive: true });
    const workbench = await openWorkbench({ folder: workspace }, t);

    await t.test('a check shows it in the Problems panel, with a quick fix that asks first', async () => {
      await workbench.contextMenu('drinks', 'Check Dataset…');
      await workbench.answerNotification(/drinks: \d (error|warning)/, 'Show Problems');
      await waitFor(
        'the problem',
        async () => (await problems(workbench)).join().includes('UTF-8'),
        patience,
      );
      await shoot(workbench, 'problems');
      const row = workbench.page.locator('.markers-panel').getByRole('treeitem').filter({ hasText: 'UTF-8' });
      await untilDone('the file', async (timeout) => {
        await row.first().dblclick({ timeout });
        await opened(workbench, /^drinks\.csv/, timeout);
      });
      const question = workbench.page.locator('.monaco-dialog-box');
      await untilDone('the question', async (timeout) => {
        if (await question.isVisible()) return;
        await workbench.page.locator('.editor-instance .view-lines').first().click({ timeout });
        await workbench.page.keyboard.press('ControlOrMeta+Home');
        await workbench.command('Quick Fix...');
        const fix = workbench.page.locator('.action-widget').getByText('Save drinks.csv as UTF-8');
        await fix.waitFor({ timeout });
        await shoot(workbench, 'quick-fix');
        await fix.click({ timeout });
        await question.waitFor({ timeout });
      });
      await shoot(workbench, 'repair-modal');
      assert.match(
        await workbench.answerDialog('Change'),
        /Save drinks\.csv as UTF-8\?[^]*Changes drinks\.csv/,
      );
      const done = await workbench.notification(/drinks\.csv is UTF-8 now/);
      await done.getByRole('button', { name: 'Open drinks.csv' }).waitFor();
      await shoot(workbench, 'repaired');
      assert.match(await readFile(join(workspace, 'drinks/drinks.csv'), 'utf8'), /caf\u00e9/);
      await waitFor(
        'no such problem',
        async () => !(await problems(workbench)).join().includes('UTF-8'),
        patience,
      );
    });

    await t.test('the last question of a launch offers the repair', async () => {
      await workbench.contextMenu('more', 'Train with Trainyard…');
      const recipe = await workbench.quickPick(/: Recipe/);
      await shoot(workbench, 'flow-recipe');
      await recipe.accept();
      await (await workbench.quickPick(/: Where/)).pick('This computer');
      await (await workbench.quickPick(/: Parameters/)).pick('Continue');
      const last = await workbench.quickPick(/: Start/);
      const isOffered = async (): Promise<boolean> =>
        (await last.labels()).some((label) => label.includes('Save drinks'));
      await waitFor('the repair', isOffered, patience);
      await shoot(workbench, 'flow-repair');
      await last.pick(/Save drinks\.csv as UTF-8/);
      await workbench.answerDialog('Change');
      await (await workbench.quickPick(/: Start/)).shown();
      const isRepaired = async (): Promise<boolean> =>
        (await last.labels()).some((label) => label.includes('Start')) && !(await isOffered());
      await waitFor('a question without it', isRepaired, patience);
      await last.cancel();
    });

    await t.test('a training script becomes the user\u2019s own', async () => {
      await workbench.contextMenu('wine', 'Customize Training Script…');
      await opened(workbench, /^train\.py/);
      await workbench.notification(
        /train\.py of wine is yours to change\. It trains by custom\.trainyard\.yaml/,
      );
      await shoot(workbench, 'customized');
    });

    await t.test('half the batch runs where the whole did not fit', async () => {
      await start(workbench, 'greedy');
      const notice = await workbench.notification(/greedy has failed .*The GPU ran out of memory/);
      const button = workbench.panelFrame().getByRole('button', { name: 'Halve Batch and Run Again' });
      await button.waitFor();
      await shoot(workbench, 'failed');
      await notice.getByRole('button', { name: 'Halve Batch and Run Again' }).click();
      await ended(workbench);
      await workbench
        .panelFrame()
        .getByRole('button', { name: /^Run Again/ })
        .click();
      const trained = async (): Promise<number> =>
        (await workbench.tree()).filter((row) => row.includes('greedy succeeded')).length;
      await waitFor('two that trained', async () => (await trained()) === 2, patience);
      assert.ok(await rowOf(workbench, /greedy failed/), 'the job that failed stays');
      await shoot(workbench, 'tree');
    });

    await t.test('a token that is missing is asked for, kept and given to the training alone', async () => {
      await start(workbench, 'gated');
      await workbench.answerNotification(/gated has failed/, 'Add Token and Run Again…');
      const box = await workbench.quickPick('HF_TOKEN');
      await shoot(workbench, 'token');
      assert.equal(await box.input.getAttribute('type'), 'password');
      await box.type('hf_secret');
      await box.accept();
      await workbench.notification(/gated has finished/);
      const { stdout } = spawnSync('grep', ['-rl', 'hf_secret', workbench.server.trainyardHome], {
        encoding: 'utf8',
      });
      assert.equal(stdout.replaceAll(/.*\/train\.py\n/g, ''), '', 'no file of Trainyard holds it');
    });

    await t.test('a full disk offers what can be deleted there', async () => {
      await start(workbench, 'full');
      await workbench.answerNotification(/full has failed/, 'Free Disk Space…');
      const kept = await workbench.quickPick('Delete on this computer');
      await kept.widget
        .getByText(/dataset [0-9a-f]+/)
        .first()
        .waitFor();
      await shoot(workbench, 'reclaim');
      await kept.accept();
      await workbench.notification(/are free again on this computer/);
    });

    await t.test('the tree shows what is wanted, and does one thing with several jobs', async () => {
      await workbench.showTrainyard();
      const rows = async (outcome: string): Promise<number> =>
        (await workbench.tree()).filter((row) => row.includes(` ${outcome}`)).length;
      const before = [await rows('succeeded'), await rows('failed')];
      await workbench.command('Trainyard: Filter Jobs…');
      const filter = await workbench.quickPick('Filter Jobs');
      await filter.widget.locator('.monaco-list-row', { hasText: 'failed' }).click();
      await filter.input.press('Enter');
      await waitFor('only failed ones', async () => (await rows('succeeded')) === 0, patience);
      assert.equal(await rows('failed'), before[1]);
      await workbench.command('Trainyard: Show All Jobs');
      await waitFor('all of them', async () => (await rows('succeeded')) === before[0], patience);

      await workbench.command('Trainyard: Group Jobs by Workspace');
      await waitFor('the folder', () => rowOf(workbench, /^work/), patience);
      assert.equal(await rowOf(workbench, /^This computer/), undefined);
      await workbench.command('Trainyard: Group Jobs by Provider');
      await waitFor('the provider', () => rowOf(workbench, /^This computer/), patience);

      await workbench.row(/full.*failed/).click();
      await workbench.row(/gated.*failed/).click({ modifiers: ['ControlOrMeta'] });
      await workbench.rowMenu(/gated.*failed/, 'Compare Jobs…');
      const compared = async (): Promise<boolean> => (await workbench.editors()).includes('Compare 2 Jobs');
      await waitFor('the comparison', compared, patience);
      await workbench.rowMenu(/gated.*failed/, 'Remove from List…');
      assert.match(await workbench.answerDialog('Remove'), /Remove 2 jobs\?.*(full, gated|gated, full)/s);
      await waitFor(
        'a list without them',
        async () => !(await rowOf(workbench, /(full|gated) failed/)),
        patience,
      );
    });
  });
});
